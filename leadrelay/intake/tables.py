"""Which reader a source needs, told by its first characters."""

from leadrelay.errors import UnreadableFile
from leadrelay.intake.csv_reader import read_csv
from leadrelay.intake.json_reader import NO_SHAPE, is_lines, read_json, read_lines, read_tree
from leadrelay.intake.rows import Table
from leadrelay.intake.source import Source
from leadrelay.rulebook.import_map import Shape


def table_of(source: Source, wanted: str | None = None, shape: Shape = NO_SHAPE) -> Table:
    """The table in a source, whatever its format; of several arrays in a JSON object the one named `wanted`, or where
    the map's `shape` says.

    Looks all of it through once, so that a file that is broken further on is refused before anything is taken.
    Raises UnreadableFile."""
    if source.path.suffix.lower() in (".csv", ".tsv", ".tab"):
        return _with_columns(source, read_csv(source))
    if source.path.suffix.lower() in (".ndjson", ".jsonl"):
        return _with_columns(source, read_lines(source, shape))
    head = source.head().lstrip()
    if head.startswith("[") or (source.path.suffix.lower() == ".json" and not head.startswith("{")):
        return _with_columns(source, read_json(source, wanted, shape))
    if head.startswith("{"):
        return _with_columns(source, read_lines(source, shape) if is_lines(head) else read_json(source, wanted, shape))
    if head.startswith("<"):
        return _with_columns(source, read_tree(source, shape))
    return _with_columns(source, read_csv(source))


def is_delimited(source: Source) -> bool:
    """Whether the source is delimited text: no workbook, JSON or XML."""
    suffix = source.path.suffix.lower()
    if source.workbook or suffix in (".ndjson", ".jsonl", ".json"):
        return False
    return suffix in (".csv", ".tsv", ".tab") or not source.head(64).lstrip().startswith(("[", "{", "<"))


def _with_columns(source: Source, table: Table) -> Table:
    if not table.columns and table.count:
        raise UnreadableFile(file=source.name, why="none of its rows has a column with a name")
    return table
