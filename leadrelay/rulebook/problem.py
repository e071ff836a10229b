"""A fault in a file that ops wrote: where, what and how to mend it; shown with its line and a caret."""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal

from msgspec import Struct

from leadrelay.rulebook.place import Place

Severity = Literal["error", "warning"]
WIDTH = 160
"""How much of a line is shown."""


class Problem(Struct, frozen=True):
    """One finding. `code` names its kind (docs/checks.md has a line for each)."""

    place: Place
    code: str
    message: str
    remedy: str = ""
    severity: Severity = "error"

    def as_dict(self) -> dict[str, object]:
        """As `check --json` prints it."""
        return {
            "file": self.place.file,
            "line": self.place.line,
            "column": self.place.column,
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "remedy": self.remedy,
        }


def show(problem: Problem, files: Mapping[str, str]) -> str:
    """The finding as a person reads it: place, message, the line with a caret, the remedy."""
    place = problem.place
    shown = [f"{place}: {problem.severity}: {problem.message} [{problem.code}]"]
    lines = _lines(files.get(place.file, ""))
    if 0 < place.line <= len(lines):
        text, column = _window(lines[place.line - 1].replace("\t", " "), place.column - 1)
        shown += [f"    {text}", f"    {' ' * column}^"]
    if problem.remedy:
        shown.append(f"    {problem.remedy}")
    return "\n".join(shown)


@lru_cache(maxsize=2)
def _lines(text: str) -> list[str]:
    return text.splitlines()


def _window(line: str, column: int) -> tuple[str, int]:
    """The part of a long line around a column, and where in it the column is."""
    if len(line) <= WIDTH:
        return line, column
    start = max(0, column - WIDTH // 2)
    before, after = "…" if start else "", "…" if start + WIDTH < len(line) else ""
    return f"{before}{line[start : start + WIDTH]}{after}", column - start + len(before)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """Findings by file, line and column, each once."""
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda one: (one.place.file, one.place.line, one.place.column, one.code))
