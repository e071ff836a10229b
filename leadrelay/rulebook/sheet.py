"""Spreadsheet exports as cells that know their line and column; comma, semicolon or tab is told from the first line."""

from collections.abc import Iterator

from msgspec import Struct

from leadrelay.rulebook.place import Place

SEPARATORS = ";\t,"


class Cell(Struct, frozen=True):
    """The text of a cell without its quotes, and where it begins."""

    text: str
    place: Place


class UnclosedQuote(Exception):
    """A quote that opens a cell is not closed; `place` is where it stands."""

    def __init__(self, place: Place) -> None:
        super().__init__("the quote is not closed")
        self.place = place


def read_sheet(text: str, file: str) -> list[list[Cell]]:
    """The rows of a CSV text, each with its cells; lines without any cell text are left out. Raises UnclosedQuote."""
    text = text.removeprefix("\ufeff")
    first = text.partition("\n")[0]
    separator = max(SEPARATORS, key=first.count)
    rows: list[list[Cell]] = [[]]
    for cell, last in _cells(text, separator, file):
        rows[-1].append(cell)
        if last:
            rows.append([])
    return [row for row in rows if any(cell.text for cell in row)]


def _cells(text: str, separator: str, file: str) -> Iterator[tuple[Cell, bool]]:
    """Every cell in order, with whether it is the last one of its row."""
    position, line, line_start, line_end = 0, 1, 0, -1
    while position < len(text):
        while text[position : position + 1] == " ":
            position += 1
        place = Place(file, line, position - line_start + 1)
        if text[position : position + 1] == '"':
            end = _closing(text, position, place)
            value = text[position + 1 : end].replace('""', '"')
            place = Place(file, line, place.column + 1)
            breaks = text.count("\n", position, end)
            if breaks:
                line, line_start = line + breaks, text.rindex("\n", position, end) + 1
            position = end + 1
        else:
            value = ""
        if position > line_end:
            line_end = _end_of_line(text, position)
        stop = text.find(separator, position, line_end)
        stop = line_end if stop < 0 else stop
        value += text[position:stop]
        last = text[stop : stop + 1] != separator
        yield Cell(value.strip(), place), last
        position = stop + 1
        if last:
            line, line_start = line + 1, position


def _closing(text: str, opening: int, place: Place) -> int:
    """Where the quote that opens there is closed; a doubled quote is one quote in the text."""
    end = text.find('"', opening + 1)
    while end >= 0 and text[end + 1 : end + 2] == '"':
        end = text.find('"', end + 2)
    if end < 0:
        raise UnclosedQuote(place)
    return end


def _end_of_line(text: str, position: int) -> int:
    end = text.find("\n", position)
    return len(text) if end < 0 else end
