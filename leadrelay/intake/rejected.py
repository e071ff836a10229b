"""FILE.rejected.csv, .xlsx or .ods: the rows that were not taken, in the format they came in, with line and reason.

They are mended and imported again."""

import csv
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from leadrelay.intake.csv_reader import delimiter_of
from leadrelay.intake.rows import Cells
from leadrelay.intake.source import Source
from leadrelay.private import open_private

ADDED = ("line", "reason")
"""The columns that stand behind the original ones; an import leaves them out when they end a header."""


class _Writer(Protocol):
    def row(self, values: Sequence[object]) -> None: ...

    def close(self) -> None: ...


class RejectedFile:
    """The file beside the source, made at the first rejected row.

    In a folder that cannot be written to it stands in `fallback`."""

    def __init__(self, source: Source, columns: Sequence[str], fallback: Path) -> None:
        """`source`: what was read; standard input and JSON are given back as CSV."""
        self._format = _format_of(source)
        self._source = source
        name = f"{source.name}.rejected.{self._format}"
        self._paths = [fallback / name] if source.name == "stdin" else [Path(name), fallback / Path(name).name]
        self._columns = columns
        self._writer: _Writer | None = None
        self.path: Path | None = None

    def add(self, cells: Cells, reason: str) -> None:
        """One more row. Raises OSError when it can be written nowhere."""
        if self._writer is None:
            self._writer = self._opened()
            self._writer.row([*self._columns, *ADDED])
        width = len(self._columns)
        values = [value.replace("\x00", "") for value in cells.values[:width]]
        self._writer.row([*values, *[""] * (width - len(values)), cells.line, reason])

    def close(self) -> None:
        """Ends the file."""
        if self._writer is not None:
            self._writer.close()

    def forget_older(self) -> None:
        """Removes the file of an earlier import when this one rejected nothing."""
        if self.path is None:
            with suppress(OSError):
                self._paths[0].unlink(missing_ok=True)

    def _opened(self) -> _Writer:
        for path in self._paths[:-1]:
            with suppress(OSError):
                self.path = path
                return self._written(path)
        self.path = self._paths[-1]
        return self._written(self.path)

    def _written(self, path: Path) -> _Writer:
        if self._format == "csv":
            return _Csv(path, self._source)
        open_private(path, "ab").close()  # a folder that cannot be written to is found out here, not at the end
        from leadrelay.intake.sheets.write import OdsWriter, XlsxWriter  # loaded only when there is something to write

        return XlsxWriter(path) if self._format == "xlsx" else OdsWriter(path)


class _Csv:
    """Delimited text as the source has it, in UTF-8; with a mark in front where the source was in another encoding, so
    that spreadsheet programs see which it is. Half a surrogate pair, which JSON may hold, is written as its escape."""

    def __init__(self, path: Path, source: Source) -> None:
        encoding = "utf-8" if source.workbook or source.encoding == "utf-8" else "utf-8-sig"
        self._file = open_private(path, "w", encoding=encoding, errors="backslashreplace", newline="")
        self._rows = csv.writer(self._file, delimiter=delimiter_of(source), lineterminator="\n")

    def row(self, values: Sequence[object]) -> None:
        self._rows.writerow(values)

    def close(self) -> None:
        self._file.close()


def _format_of(source: Source) -> str:
    if not source.workbook:
        return "csv"
    return "ods" if source.path.suffix.lower() == ".ods" or Path(source.name).suffix.lower() == ".ods" else "xlsx"
