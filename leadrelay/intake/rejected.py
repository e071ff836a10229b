"""FILE.rejected.csv: the rows that were not taken, with their line and reason, to be mended and imported again."""

import csv
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO

from leadrelay.intake.rows import Cells
from leadrelay.private import open_private

ADDED = ("line", "reason")
"""The columns that stand behind the original ones; an import leaves them out when they end a header."""


class RejectedFile:
    """The file beside the source, made at the first rejected row.

    In a folder that cannot be written to it stands in `fallback`."""

    def __init__(self, source: str, columns: Sequence[str], fallback: Path) -> None:
        """`source`: the file's name, or 'stdin'."""
        name = f"{source}.rejected.csv"
        self._paths = [fallback / name] if source == "stdin" else [Path(name), fallback / Path(name).name]
        self._columns = columns
        self._file: IO[str] | None = None
        self.path: Path | None = None

    def add(self, cells: Cells, reason: str) -> None:
        """One more row. Raises OSError when it can be written nowhere."""
        if self._file is None:
            self._file = self._opened()
            self._writer = csv.writer(self._file, lineterminator="\n")
            self._writer.writerow([*self._columns, *ADDED])
        width = len(self._columns)
        values = [value.replace("\x00", "") for value in cells.values[:width]]
        self._writer.writerow([*values, *[""] * (width - len(values)), cells.line, reason])

    def close(self) -> None:
        """Ends the file."""
        if self._file is not None:
            self._file.close()

    def forget_older(self) -> None:
        """Removes the file of an earlier import when this one rejected nothing."""
        if self.path is None:
            with suppress(OSError):
                self._paths[0].unlink(missing_ok=True)

    def _opened(self) -> IO[str]:
        for path in self._paths[:-1]:
            with suppress(OSError):
                self.path = path
                return _writable(path)
        self.path = self._paths[-1]
        return _writable(self.path)


def _writable(path: Path) -> IO[str]:
    """Half a surrogate pair, which JSON may hold and UTF-8 may not, is written as its escape."""
    return open_private(path, "w", encoding="utf-8", errors="backslashreplace", newline="")
