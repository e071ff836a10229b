"""Where something stands in a rule file."""

from msgspec import Struct


class Place(Struct, frozen=True):
    """File (relative to the project folder), line and column, both from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Place("", 1, 1)
