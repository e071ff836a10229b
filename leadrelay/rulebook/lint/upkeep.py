"""What hangs together across files and what does not: what nothing uses or fills, and one person who gets it all."""

from leadrelay.rulebook.lint.crowding import check_crowding
from leadrelay.rulebook.lint.unfilled import check_unfilled
from leadrelay.rulebook.lint.unused import check_unused
from leadrelay.rulebook.load import Loaded
from leadrelay.rulebook.problem import Problem


def check_upkeep(loaded: Loaded, language: str = "en") -> list[Problem]:
    """Warnings about rules that have no errors; `language` is the company's."""
    return [*check_unused(loaded, language), *check_unfilled(loaded), *check_crowding(loaded)]
