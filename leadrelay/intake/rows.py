"""What every reader yields: named columns, the number of rows, and the rows as cells with their line."""

from collections.abc import Callable, Iterator, Sequence
from typing import NamedTuple

from msgspec import Struct


class Cells(NamedTuple):
    """One row. `line` is where it begins in the file, from 1; `fault` says why it cannot be read as cells."""

    line: int
    values: Sequence[str]
    fault: str = ""


class Table(Struct, frozen=True):
    """A source that was looked through once: its columns, how many rows it has, and a way to read them (again)."""

    columns: tuple[str, ...]
    count: int
    rows: Callable[[], Iterator[Cells]]
