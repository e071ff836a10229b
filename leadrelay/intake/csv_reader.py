"""Delimited text as rows of cells: the delimiter is found out, and every row knows the line it begins in."""

import csv
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain

from leadrelay.errors import UnreadableFile
from leadrelay.intake.rows import Cells, Table
from leadrelay.intake.source import Source

DELIMITERS = (",", ";", "\t", "|")
LARGEST_CELL = 1_000_000
"""Characters; a longer cell means that a quote was never closed."""

_END = "\x00end of the file\x00"  # read as a row of its own, unless a quote is still open before it
_LOOKED_AT = 25


def read_csv(source: Source) -> Table:
    """The table in a delimited text; all of it is looked through first. Raises UnreadableFile."""
    rows = csv_lines(source)
    whole = rows()
    header = next(whole, None)
    if header is None:
        raise UnreadableFile(file=source.name, why="it holds no header and no rows")
    names = named(header.values)
    count = sum(1 for _ in whole)

    def again() -> Iterator[Cells]:
        below = rows()
        next(below)
        return (fitted(cells, names) for cells in below)

    return Table(names, count, again)


def csv_lines(source: Source) -> Callable[[], Iterator[Cells]]:
    """Reads every line of a delimited text that is not blank, the heading too, as often as it is called.

    Reading raises UnreadableFile for text that is not CSV to its end."""
    head = source.head()
    return lambda: _rows(source, _marked(head) or _delimiter(head), bool(_marked(head)))


def delimiter_of(source: Source) -> str:
    """What stands between the cells of a source; a comma where it is no delimited text."""
    head = "" if source.workbook else source.head()
    delimited = bool(head) and not head.lstrip().startswith(("[", "{", "<"))
    return (_marked(head) or _delimiter(head)) if delimited else ","


def _marked(head: str) -> str:
    """The delimiter that a first line `sep=;` names, as Excel understands it."""
    return head[4:5] if head[:4].lower() == "sep=" else ""


def _rows(source: Source, delimiter: str, marked: bool) -> Iterator[Cells]:
    """Every row that is not blank, the header too. Raises UnreadableFile for text that is not CSV to its end."""
    csv.field_size_limit(LARGEST_CELL)
    line = 1
    row: list[str] = []
    with source.text() as text:
        if marked:
            text.readline()
            line = 2
        offset = line - 1
        reader = csv.reader(chain(text, (_END,)), delimiter=delimiter)
        try:
            for row in reader:
                if row == [_END]:
                    return
                if any(cell.strip() for cell in row):
                    if _END in row[-1]:
                        break
                    yield Cells(line, row)
                line = reader.line_num + offset + 1
        except csv.Error as error:
            raise UnreadableFile(file=source.name, why=f"line {line}: {_spoken(error)}") from error
    raise UnreadableFile(file=source.name, why=f"line {line}: a quote is opened and never closed")


def _spoken(error: csv.Error) -> str:
    if "field larger" in str(error):
        return f"a cell has more than {LARGEST_CELL:,} characters; probably a quote is opened and never closed"
    return str(error)


def _delimiter(head: str) -> str:
    """The delimiter that cuts the header and the first rows into the same number of cells, the larger the better."""
    best, best_score = ",", (0.0, 0)
    lines = head.splitlines(keepends=True)
    whole = lines[: max(1, min(len(lines) - 1, _LOOKED_AT))]
    for delimiter in DELIMITERS:
        widths = _widths(whole, delimiter)
        if widths and widths[0] > 1:
            even = sum(width == widths[0] for width in widths) / len(widths)
            best, best_score = max((best, best_score), (delimiter, (even, widths[0])), key=lambda one: one[1])
    return best


def _widths(lines: Sequence[str], delimiter: str) -> list[int]:
    try:
        return [len(row) for row in csv.reader(lines, delimiter=delimiter) if row]
    except csv.Error:
        return []


def named(header: Sequence[str]) -> tuple[str, ...]:
    """The columns' names: trimmed, a repeated one numbered, one without a name called after its place.

    Those at the end without a name are left out."""
    names = numbered(" ".join(name.replace("\ufeff", "").split()) for name in header)
    return tuple(name or f"(column {place})" for place, name in enumerate(names, 1))


def numbered(names: Iterable[str]) -> tuple[str, ...]:
    """Names each once: the second `Email` is `Email (2)`. Empty names at the end are dropped."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(f"{name} ({seen[name]})" if name and seen[name] > 1 else name)
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def fitted(cells: Cells, names: tuple[str, ...]) -> Cells:
    """The row with as many cells as there are names; what is missing at the end is blank, what is over must be."""
    row, wanted = cells.values, len(names)
    if len(row) == wanted:
        return cells
    if len(row) < wanted:
        return Cells(cells.line, [*row, *[""] * (wanted - len(row))])
    if any(cell.strip() for cell in row[wanted:]):
        return Cells(cells.line, row, f"the row has {len(row)} cells and the header names {wanted}")
    return Cells(cells.line, row[:wanted])
