"""Rows written as a workbook, every cell a text: nothing in them is a formula, a link or a number to be rounded."""

from collections.abc import Sequence
from pathlib import Path

import xlsxwriter
from odf.opendocument import OpenDocumentSpreadsheet
from odf.table import Table, TableCell, TableRow
from odf.text import P

from leadrelay.private import open_private

SHEET = "rejected"
_LONGEST = 32_767
"""Characters that a cell of Excel may hold."""


class XlsxWriter:
    """An .xlsx file; the whole of it is written at the end."""

    def __init__(self, path: Path) -> None:
        self._file = open_private(path, "wb")
        self._book = xlsxwriter.Workbook(self._file, {"constant_memory": True, "strings_to_urls": False})
        self._sheet = self._book.add_worksheet(SHEET)
        self._line = 0

    def row(self, values: Sequence[object]) -> None:
        """One more row."""
        for column, value in enumerate(values):
            self._sheet.write_string(self._line, column, str(value)[:_LONGEST])
        self._line += 1

    def close(self) -> None:
        """Writes the file. Raises OSError."""
        self._book.close()
        self._file.close()


class OdsWriter:
    """An .ods file; the whole of it is written at the end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._book = OpenDocumentSpreadsheet()
        self._table = Table(name=SHEET)
        self._book.spreadsheet.addElement(self._table)

    def row(self, values: Sequence[object]) -> None:
        """One more row."""
        row = TableRow()
        for value in values:
            cell = TableCell(valuetype="string")
            cell.addElement(P(text=str(value)))
            row.addElement(cell)
        self._table.addElement(row)

    def close(self) -> None:
        """Writes the file. Raises OSError."""
        with open_private(self._path, "wb") as file:
            self._book.write(file)
