"""JSON as rows of cells: an array of objects, an object with one (or with an array per column), an object a line.

A map may say where in it the rows stand (shapes.py); XML is read as the same nested data."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TextIO

from leadrelay.errors import UnreadableFile
from leadrelay.intake.json_stream import BLANK, DECODER, NotJson, Stream
from leadrelay.intake.rows import Cells, Table
from leadrelay.intake.shapes import TooDeep, flat, rows_in
from leadrelay.intake.source import Source
from leadrelay.intake.xml_reader import read_xml
from leadrelay.rulebook.import_map import Shape

NO_SHAPE = Shape()
Numbered = Iterator[tuple[int, Any]]


def read_json(source: Source, wanted: str | None, shape: Shape = NO_SHAPE) -> Table:
    """The table in a JSON document; of several arrays, the one named `wanted` ('requests'). Raises UnreadableFile."""
    return _table(source, lambda text: _shaped(_objects(text, wanted, shape), shape))


def read_lines(source: Source, shape: Shape = NO_SHAPE) -> Table:
    """The table in a file with one JSON object a line; lines that are no object are rows with a fault."""
    return _table(source, lambda text: _shaped(_lines(text), shape))


def read_tree(source: Source, shape: Shape) -> Table:
    """The table in an XML document, where the map says. Raises UnreadableFile."""
    tree = read_xml(source)
    return _table(source, lambda _: _shaped(iter([(1, tree)]), shape))


def table_in(document: object, name: str, shape: Shape = NO_SHAPE) -> Table:
    """The table in data that was parsed already (by DECODER, or parse_xml): a list of objects, or one; lines are the
    numbers of rows, from 1. Raises UnreadableFile."""
    items = document if isinstance(document, list) else [document]
    try:
        rows = [row for item in items for row in rows_in(item, shape)]
    except TooDeep as error:
        raise UnreadableFile(file=name, why="it is nested too deep") from error
    return _built(name, lambda: enumerate(rows, 1))


def _shaped(items: Numbered, shape: Shape) -> Numbered:
    for line, item in items:
        for row in rows_in(item, shape):
            yield line, row


def is_lines(head: str) -> bool:
    """Whether a text that begins with '{' is one object a line; a single line is a document like any other."""
    lines = [line.strip() for line in head.splitlines() if line.strip()][:2]
    return len(lines) > 1 and lines[0].endswith("}") and not lines[1].startswith(("]", "}", ","))


def _table(source: Source, read: Callable[[TextIO], Numbered]) -> Table:
    def items() -> Numbered:
        with source.text() as text:
            yield from read(text)

    return _built(source.name, items)


def _built(name: str, items: Callable[[], Numbered]) -> Table:
    columns: dict[str, None] = {}
    count = 0
    lines = set()
    try:
        for line, item in items():
            count += 1
            lines.add(line)
            columns.update(dict.fromkeys(_flat(item)) if isinstance(item, dict) else {})
    except (NotJson, RecursionError, TooDeep) as error:
        why = str(error) if isinstance(error, NotJson) else "it is nested too deep"
        raise UnreadableFile(file=name, why=why) from error
    names = tuple(columns)

    apart = len(lines) == count

    def again() -> Iterator[Cells]:
        for number, (line, item) in enumerate(items(), 1):
            line = line if apart else number  # several in a line: the place in the file says nothing, the row does
            if isinstance(item, dict):
                cells = _flat(item)
                yield Cells(line, [cells.get(name, "") for name in names])
            else:
                yield Cells(line, ["" for _ in names], _complaint(item))

    return Table(names, count, again)


def _complaint(item: object) -> str:
    if isinstance(item, NotJson):
        return str(item)
    return f"{json.dumps(item, default=str)[:80]} is not an object with a field per column"


def _flat(item: Mapping[str, Any]) -> dict[str, str]:
    """Nested objects as dotted names (`contact.email`), lists as their parts between semicolons, all values as text."""
    return {
        name: ";".join(map(_text, value)) if isinstance(value, list) else _text(value)
        for name, value in flat(item).items()
    }


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else json.dumps(value, default=str)


def _lines(text: TextIO) -> Numbered:
    for number, line in enumerate(text, 1):
        if line.strip():
            try:
                yield number, DECODER.decode(line.strip(BLANK))
            except (ValueError, RecursionError) as error:
                yield number, NotJson(f"the line is not JSON: {error}")


def _objects(text: TextIO, wanted: str | None, shape: Shape) -> Numbered:
    """The rows of a document, read piece by piece, so that a large array never stands in memory."""
    stream = Stream(text)
    first = stream.peek()
    if first == "[":
        yield from stream.array()
        stream.end()
    elif first == "{":
        yield from _inside(text, stream, wanted, shape)
    else:
        raise NotJson("it is neither a JSON array nor an object")


def _inside(text: TextIO, stream: Stream, wanted: str | None, shape: Shape) -> Numbered:
    """The rows of an object: its array of objects, else its arrays as columns, else itself as the only row.

    With a map that says where rows stand, its array of that name, else the whole."""
    arrays, rest = [], {}
    for key in stream.members():
        if stream.at_rows():
            arrays.append(key)
            deque(stream.array(), maxlen=0)
        else:
            rest[key] = stream.value()
    stream.end()
    if shape.each:
        wanted = next((path for path in shape.each if path in arrays), None)
        if wanted is None:
            text.seek(0)
            yield 1, Stream(text).value()
            return
    if arrays:
        chosen = wanted if wanted in arrays else arrays[0]
        text.seek(0)
        again = Stream(text)
        for key in again.members():
            if key == chosen:
                yield from again.array()
            else:
                again.value()
    elif rest and all(isinstance(value, list) for value in rest.values()):
        for number in range(max(map(len, rest.values()))):
            yield 1, {key: column[number] for key, column in rest.items() if number < len(column)}
    else:
        yield 1, rest
