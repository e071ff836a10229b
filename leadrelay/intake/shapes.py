"""Where the rows stand in nested data: paths into it, lists of keys and values, columns that name other columns."""

import re
from collections.abc import Iterator, Mapping
from fnmatch import translate
from functools import lru_cache
from typing import Any

from leadrelay.rulebook.import_map import Shape

DEEPEST = 30
"""Data that is nested deeper is no row of anything."""


class TooDeep(ValueError):
    """Data that is nested more than DEEPEST deep."""


def rows_in(document: Any, shape: Shape) -> Iterator[Any]:
    """The rows in one value: what stands at the first path that is there, else the value itself.

    Rows that the map passes over are left out. Raises TooDeep."""
    if not isinstance(document, dict) or shape == Shape():
        yield document
        return
    for path in shape.each:
        found = list(_at(document, path.split(".")))
        if found:
            break
    else:
        found = [document]
    for row in found:
        whole = _paired(row, shape) if isinstance(row, dict) else row
        if not isinstance(whole, dict) or _wanted(whole, shape):
            yield whole  # what is no object is told by the reader


def as_object(value: Any) -> Any:
    """A list of {key, value} objects as one object, as Dynamics writes collections; anything else as it is."""
    if isinstance(value, list) and value and all(isinstance(one, dict) and one.keys() == _KEY_VALUE for one in value):
        return {str(one["key"]): one["value"] for one in value}
    return value


_KEY_VALUE = {"key", "value"}


def flat(item: Mapping[str, Any], before: str = "", depth: int = 0) -> dict[str, Any]:
    """Nested objects as dotted names (`contact.email`); lists and plain values stay as they are. Raises TooDeep."""
    if depth > DEEPEST:
        raise TooDeep
    found: dict[str, Any] = {}
    for key, value in item.items():
        inner = as_object(value)
        if isinstance(inner, dict):
            found.update(flat(inner, f"{before}{key}.", depth + 1))
        else:
            found[f"{before}{key}"] = inner
    return found


def _at(value: Any, path: list[str]) -> Iterator[Any]:
    """What stands at a path; lists on the way and at its end are gone through."""
    value = as_object(value)
    if isinstance(value, list):
        for one in value:
            yield from _at(one, path)
    elif not path:
        yield value
    elif isinstance(value, dict) and path[0] in value:
        yield from _at(value[path[0]], path[1:])


def _paired(row: dict[str, Any], shape: Shape) -> dict[str, Any]:
    for name, value in shape.pairs:
        if isinstance(row.get(name), str) and value in row:
            row = {**{key: one for key, one in row.items() if key not in (name, value)}, row[name]: row[value]}
    return row


def _wanted(row: dict[str, Any], shape: Shape) -> bool:
    if not shape.only:
        return True
    cells = flat(row)
    return all(
        any(_pattern(one).match(str(cells[column]).strip().casefold()) for one in patterns)
        for column, patterns in shape.only
        if column in cells
    )


@lru_cache(maxsize=256)
def _pattern(text: str) -> re.Pattern[str]:
    return re.compile(translate(text))
