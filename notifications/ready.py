"""What delivery makes ready once for a version of the rules and keeps from run to run: statements cost time to make."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from leadrelay.rulebook.model import Ruleset
from notifications.facts import FactsReader
from notifications.render import Renderer
from notifications.standing import Standings

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings


class Ready(Struct, frozen=True):
    """The renderer of the templates, the reader of facts, and the rules as far as messages hang on them."""

    ruleset: Ruleset
    renderer: Renderer
    facts: FactsReader
    standings: Standings


def made_ready(ruleset: Ruleset, files: Mapping[str, str], settings: "Settings") -> Ready:
    """All of it for these rules and files."""
    return Ready(ruleset, Renderer(ruleset, files, settings), FactsReader(ruleset), Standings(ruleset))
