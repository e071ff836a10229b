"""The different values of every column of a table, gathered in one pass: the evidence for what the columns are."""

from collections.abc import Sequence

from msgspec import Struct, field

from leadrelay.intake.rows import Table

MOST = 20_000
"""So many different values of one column are looked at."""
FIRST = 3
"""So many rows are shown in a preview."""


class Samples(Struct):
    """By the place of a column (from 0) its different values, not blank, in their order; and the first rows."""

    values: list[dict[str, None]]
    rows: list[Sequence[str]] = field(default_factory=list)


def samples_of(table: Table) -> Samples:
    """Looks once through the whole table."""
    found = Samples([{} for _ in table.columns])
    for cells in table.rows():
        if len(found.rows) < FIRST:
            found.rows.append(cells.values)
        for seen, value in zip(found.values, cells.values, strict=False):
            text = value.strip()
            if text and len(seen) < MOST:
                seen[text] = None
    return found
