"""Which reader a source needs, told by its first characters."""

from leadrelay.errors import UnreadableFile
from leadrelay.intake.csv_reader import read_csv
from leadrelay.intake.json_reader import is_lines, read_json, read_lines
from leadrelay.intake.rows import Table
from leadrelay.intake.source import Source


def table_of(source: Source, wanted: str | None = None) -> Table:
    """The table in a source, whatever its format; of several arrays in a JSON object the one named `wanted`.

    Looks all of it through once, so that a file that is broken further on is refused before anything is taken.
    Raises UnreadableFile."""
    if source.path.suffix.lower() in (".csv", ".tsv", ".tab"):
        return _with_columns(source, read_csv(source))
    if source.path.suffix.lower() in (".ndjson", ".jsonl"):
        return _with_columns(source, read_lines(source))
    head = source.head().lstrip()
    if head.startswith("[") or (source.path.suffix.lower() == ".json" and not head.startswith("{")):
        return _with_columns(source, read_json(source, wanted))
    if head.startswith("{"):
        return _with_columns(source, read_lines(source) if is_lines(head) else read_json(source, wanted))
    return _with_columns(source, read_csv(source))


def _with_columns(source: Source, table: Table) -> Table:
    if not table.columns and table.count:
        raise UnreadableFile(file=source.name, why="none of its rows has a column with a name")
    return table
