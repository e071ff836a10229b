"""Where something stands in a rule file."""

from collections.abc import Iterable

from msgspec import Struct


class Place(Struct, frozen=True):
    """File (relative to the project folder), line and column, both from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place("", 1, 1)


PACKS = "packs/"
"""The folder of the method packs, each in a folder of its own."""


def home(file: str) -> str:
    """Where a file would stand if it were in no pack: `packs/bant/lists/a.yaml` counts as `rules/lists/a.yaml`."""
    if not file.startswith(PACKS):
        return file
    inside = file.removeprefix(PACKS).partition("/")[2]
    return inside if inside.startswith("templates/") else f"rules/{inside}"


def own_first(files: Iterable[str]) -> list[str]:
    """Files by name, those of packs after the project's own: of two that clash, the pack's is the one to change."""
    return sorted(files, key=lambda file: (file.startswith(PACKS), file))


def pack_of(file: str) -> str | None:
    """The name of the pack that a file is in."""
    return file.split("/")[1] if file.startswith(PACKS) and file.count("/") > 1 else None
