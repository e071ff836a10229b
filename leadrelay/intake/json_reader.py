"""JSON as rows of cells: an array of objects, an object with one (or with an array per column), an object a line."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TextIO

from leadrelay.errors import UnreadableFile
from leadrelay.intake.json_stream import BLANK, DECODER, NotJson, Stream
from leadrelay.intake.rows import Cells, Table
from leadrelay.intake.source import Source

Numbered = Iterator[tuple[int, Any]]


def read_json(source: Source, wanted: str | None) -> Table:
    """The table in a JSON document; of several arrays, the one named `wanted` ('requests'). Raises UnreadableFile."""
    return _table(source, lambda text: _objects(text, wanted))


def read_lines(source: Source) -> Table:
    """The table in a file with one JSON object a line; lines that are no object are rows with a fault."""
    return _table(source, _lines)


def is_lines(head: str) -> bool:
    """Whether a text that begins with '{' is one object a line; a single line is a document like any other."""
    lines = [line.strip() for line in head.splitlines() if line.strip()][:2]
    return len(lines) > 1 and lines[0].endswith("}") and not lines[1].startswith(("]", "}", ","))


def _table(source: Source, read: Callable[[TextIO], Numbered]) -> Table:
    columns: dict[str, None] = {}
    count = 0
    try:
        with source.text() as text:
            for _, item in read(text):
                count += 1
                columns.update(dict.fromkeys(_flat(item)) if isinstance(item, dict) else {})
    except (NotJson, RecursionError) as error:
        why = "it is nested too deep" if isinstance(error, RecursionError) else str(error)
        raise UnreadableFile(file=source.name, why=why) from error
    names = tuple(columns)

    def again() -> Iterator[Cells]:
        with source.text() as text:
            for line, item in read(text):
                if isinstance(item, dict):
                    flat = _flat(item)
                    yield Cells(line, [flat.get(name, "") for name in names])
                else:
                    yield Cells(line, ["" for _ in names], _complaint(item))

    return Table(names, count, again)


def _complaint(item: object) -> str:
    if isinstance(item, NotJson):
        return str(item)
    return f"{json.dumps(item, default=str)[:80]} is not an object with a field per column"


def _flat(item: Mapping[str, Any], before: str = "") -> dict[str, str]:
    """Nested objects as dotted names (`contact.email`), lists as their parts between semicolons, all values as text."""
    flat: dict[str, str] = {}
    for key, value in item.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            flat.update(_flat(value, f"{name}."))
        elif isinstance(value, list):
            flat[name] = ";".join(_text(one) for one in value)
        else:
            flat[name] = _text(value)
    return flat


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


def _objects(text: TextIO, wanted: str | None) -> Numbered:
    """The rows of a document, read piece by piece, so that a large array never stands in memory."""
    stream = Stream(text)
    first = stream.peek()
    if first == "[":
        yield from stream.array()
        stream.end()
    elif first == "{":
        yield from _inside(text, stream, wanted)
    else:
        raise NotJson("it is neither a JSON array nor an object")


def _inside(text: TextIO, stream: Stream, wanted: str | None) -> Numbered:
    """The rows of an object: its array of objects, else its arrays as columns, else itself as the only row."""
    arrays, rest = [], {}
    for key in stream.members():
        if stream.at_rows():
            arrays.append(key)
            deque(stream.array(), maxlen=0)
        else:
            rest[key] = stream.value()
    stream.end()
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
