"""Exports written as CSV, JSON or NDJSON, row by row."""

import csv
import json
import unicodedata
from collections.abc import Callable, Iterator, Mapping
from typing import TextIO

from leadrelay.store.exports import NAMES as EXPORTS
from leadrelay.store.exports import Exported, Exporter

__all__ = ["EXPORTS", "FORMATS", "cell", "write_export"]


def _csv(columns: tuple[str, ...], rows: Iterator[Exported], out: TextIO) -> None:
    """Lists and objects in a cell are JSON; yes and no are true and false; no value is an empty cell."""
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(columns)
    for row in rows:
        writer.writerow(cell(row[name]) for name in columns)


_BEGINS_FORMULA = frozenset("=+-@\t\r\n")
"""Full-width signs count as well: a spreadsheet program may take them for these."""


def cell(value: object) -> object:
    """A value as a cell of a spreadsheet, in which nothing is a formula."""
    if isinstance(value, bool | list | dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str) and unicodedata.normalize("NFKC", value[:1])[:1] in _BEGINS_FORMULA:
        return f"'{value}"  # a spreadsheet would take it for a formula, and lead data is hostile
    return value


def _ndjson(_columns: tuple[str, ...], rows: Iterator[Exported], out: TextIO) -> None:
    for row in rows:
        out.write(json.dumps(row, ensure_ascii=False) + "\n")


def _json(_columns: tuple[str, ...], rows: Iterator[Exported], out: TextIO) -> None:
    out.write("[")
    for number, row in enumerate(rows):
        out.write(("," if number else "") + "\n  " + json.dumps(row, ensure_ascii=False))
    out.write("\n]\n")


_WRITERS: Mapping[str, Callable[[tuple[str, ...], Iterator[Exported], TextIO], None]] = {
    "csv": _csv,
    "json": _json,
    "ndjson": _ndjson,
}
FORMATS = tuple(_WRITERS)


def write_export(exporter: Exporter, what: str, format_: str, out: TextIO) -> None:
    """Writes one export in one format, without holding it in memory."""
    _WRITERS[format_](exporter.columns(what), exporter.rows(what), out)
