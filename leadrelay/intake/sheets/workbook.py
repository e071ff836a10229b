"""A workbook (.xlsx, .xlsb, .xls, .ods) as sheets of texts: each cell as people read it, whatever the file keeps."""

import re
import zipfile
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta
from itertools import chain
from pathlib import Path

from msgspec import Struct, field
from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from leadrelay.errors import UnreadableFile
from leadrelay.intake.rows import Cells

LARGEST = 512 << 20
"""Bytes: a workbook that unpacks to more than this is no list of requests but a zip bomb."""

_BROKEN = frozenset(("#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NUM!", "#NULL!", "#N/B", "#VERW!", "#WAARDE!"))
_PADDED = re.compile(r'formatCode="(?:&quot;)?0{2,}(?:&quot;)?"')
_ZEROS = re.compile(r"0{2,}")

Span = tuple[tuple[int, int], tuple[int, int]]
"""A merged range: its first and its last cell, as (row, column) from 0."""


class Sheet(Struct, frozen=True):
    """One sheet: `rows` from the first line of the sheet on, blank ones too; `merged` ranges in them; `typed` columns
    (from 0) hold numbers that the workbook keeps as numbers, so that their decimals are not in doubt."""

    name: str
    rows: list[list[str]]
    merged: list[Span] = field(default_factory=list)
    typed: frozenset[int] = frozenset()
    broken: int = 0

    def cells(self) -> Iterator[Cells]:
        """Every row that is not blank, with its line in the sheet, from 1."""
        for line, row in enumerate(self.rows, 1):
            if any(row):
                yield Cells(line, row)


def sheets_of(name: str, path: Path) -> list[Sheet]:
    """The sheets of a workbook that can be seen and hold something, in their order.

    Raises UnreadableFile: with a password, damaged, no workbook, or one that unpacks to far more than it says."""
    _refuse_bombs(name, path)
    try:
        with CalamineWorkbook.from_path(str(path)) as book:
            seen = [
                one.name
                for one in book.sheets_metadata
                if one.typ is SheetTypeEnum.WorkSheet and one.visible is SheetVisibleEnum.Visible
            ]
            found = [_sheet(book.get_sheet_by_name(sheet)) for sheet in seen]
    except PasswordError as error:
        raise UnreadableFile(file=name, why="it has a password; save a copy without one") from error
    except (CalamineError, OSError, ValueError) as error:
        raise UnreadableFile(file=name, why=f"it is no workbook that can be read ({error})") from error
    padded = _padded(path)
    return [_with_zeros(one, path) if padded else one for one in found if any(map(any, one.rows))]


def _sheet(sheet: CalamineSheet) -> Sheet:
    values = sheet.to_python(skip_empty_area=False)
    typed = {column for row in values for column, value in enumerate(row) if isinstance(value, float | int)}
    broken = sum(value in _BROKEN for row in values for value in row if isinstance(value, str))
    rows = [[text_of(value) for value in row] for row in values]
    merged = list(sheet.merged_cell_ranges or ())
    _fill_down(rows, merged)
    return Sheet(sheet.name, rows, merged, frozenset(typed), broken)


def text_of(value: object) -> str:
    """A cell as text: days and times as ISO 8601, whole numbers without a point, errors blank.

    A fraction never has exactly three decimals, which could be read as thousands."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return str(value)
    if isinstance(value, float):
        return _number(value)
    text = str(value)
    return "" if text in _BROKEN else text.strip()


def _number(value: float) -> str:
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    text = repr(value)
    decimals = len(text.partition(".")[2])
    return f"{text}0" if decimals == 3 and "e" not in text else text


def _fill_down(rows: list[list[str]], merged: Sequence[Span]) -> None:
    """What is merged over several rows holds for each of them: a company beside three of its people."""
    for (top, left), (bottom, _) in merged:
        for row in range(top + 1, min(bottom, len(rows) - 1) + 1):
            if left < len(rows[row]) and not rows[row][left]:
                rows[row][left] = rows[top][left]


def _refuse_bombs(name: str, path: Path) -> None:
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as packed:
        size = sum(one.file_size for one in packed.infolist())
    if size > LARGEST:
        raise UnreadableFile(file=name, why=f"it unpacks to {size >> 20:,} MB; at most {LARGEST >> 20} are read")


def _padded(path: Path) -> bool:
    """Whether some cell may be shown with zeros in front that its number does not have (a postcode 01234)."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as packed:
        if "xl/styles.xml" not in packed.namelist():
            return False
        return bool(_PADDED.search(packed.read("xl/styles.xml").decode("utf-8", "replace")))


def _with_zeros(sheet: Sheet, path: Path) -> Sheet:
    """The sheet with the zeros that its formats put in front of numbers: calamine does not tell of formats."""
    from openpyxl import load_workbook  # slow to import, and seldom needed

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        for cell in chain.from_iterable(book[sheet.name].iter_rows()):
            shape = getattr(cell, "number_format", "") or ""
            if isinstance(cell.value, int) and _ZEROS.fullmatch(shape.strip('"')):
                sheet.rows[cell.row - 1][cell.column - 1] = str(cell.value).zfill(len(shape.strip('"')))
    finally:
        book.close()
    return sheet
