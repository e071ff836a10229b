"""A table out of lines: its heading found, what stands above and below it left out, and said."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice

from msgspec import Struct, field

from leadrelay.intake.csv_reader import fitted, named
from leadrelay.intake.rows import Cells, Table
from leadrelay.intake.sheets.layout import LOOKED_AT, Heading, Known, heading_in, is_total, leftovers
from leadrelay.intake.sheets.workbook import Span

TAIL = 15
"""So many lines at the end may be the footer of a report."""


class Arranged(Struct, frozen=True):
    """The table, and what of the file is not in it, in words."""

    table: Table
    notes: list[str] = field(default_factory=list)


def arranged(
    rows: Callable[[], Iterator[Cells]], known: Known, is_group: Known, merged: Sequence[Span] = ()
) -> Arranged | None:
    """The table in these lines, which are read several times; None when there are none."""
    first = list(islice(rows(), LOOKED_AT))
    if not first:
        return None
    heading = heading_in(first, merged, known, is_group)
    names = named(heading.columns)
    below = (row for row in rows() if row.line > heading.last)
    out = leftovers(list(deque(below, TAIL)), len(names))
    totals = {row.line: " ".join(filter(None, row.values)) for row in rows() if _is_sum(row, heading, out)}
    out |= totals

    def again() -> Iterator[Cells]:
        return (fitted(row, names) for row in rows() if row.line > heading.last and row.line not in out)

    count = sum(1 for _ in again())
    return Arranged(Table(names, count, again), _notes(first, heading, out))


def _is_sum(row: Cells, heading: Heading, out: Iterable[int]) -> bool:
    return row.line > heading.last and row.line not in out and is_total(row.values)


def _notes(first: Sequence[Cells], heading: Heading, out: dict[int, str]) -> list[str]:
    notes = []
    above = [row for row in first if row.line < heading.first]
    if above:
        shown = " ".join(filter(None, above[0].values))[:60]
        lines = f"lines {above[0].line}–{above[-1].line}" if len(above) > 1 else f"line {above[0].line}"
        notes.append(f"{lines} above the heading left out: '{shown}'{' …' if len(above) > 1 else ''}")
    for line, text in sorted(out.items())[:5]:
        notes.append(f"line {line} is no row and was left out: '{text[:60]}'")
    if len(out) > 5:
        notes.append(f"{len(out) - 5} more lines like these were left out")
    return notes
