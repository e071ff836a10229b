"""Reads the named lists of rules/lists/: NAME.yaml (a list) or NAME.csv (its first column).

The first row of a CSV is a header only if its first cell is `name`, `value` or the list's own name (in any case, and
with spaces or underscores for dashes); otherwise it is the first entry.
"""

import csv
from collections.abc import Iterator
from pathlib import PurePosixPath

from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import normal
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.place import Place

FOLDER = "rules/lists"
Entry = tuple[str, Place]


def load_lists(ctx: Context) -> dict[str, frozenset[Value]]:
    """Every list by name, as the normal values that `in_list` looks for."""
    lists: dict[str, frozenset[Value]] = {}
    home: dict[str, str] = {}
    for file in sorted(ctx.files):
        path = PurePosixPath(file)
        if path.parts[:2] != ("rules", "lists") or path.suffix == ".md":
            continue
        if path.suffix not in (".yaml", ".csv") or str(path.parent) != FOLDER:
            _refuse(ctx, file)
        elif path.stem in home:
            ctx.report(
                Place(file, 1, 1),
                "duplicate-list",
                f"The list '{path.stem}' is in {home[path.stem]} as well; only that one is read.",
                "Join the two, and remove one file.",
            )
        else:
            home[path.stem] = file
            lists[path.stem] = _values(ctx, file)
    return lists


def _refuse(ctx: Context, file: str) -> None:
    ctx.report(
        Place(file, 1, 1),
        "not-a-list-file",
        "Nothing reads this file as a list.",
        f"Save it as {FOLDER}/NAME.yaml (a list) or {FOLDER}/NAME.csv (the first column counts).",
        "warning",
    )


def _values(ctx: Context, file: str) -> frozenset[Value]:
    entries = _from_csv(ctx, file) if file.endswith(".csv") else _from_yaml(ctx, file)
    seen: dict[Value, Place] = {}
    for text, place in entries:
        value = normal(text)
        if value in seen:
            ctx.report(
                place,
                "duplicate-entry",
                f"'{text.strip()}' stands in line {seen[value].line} as well (upper and lower case are the same).",
                "Remove one of them.",
                "warning",
            )
        elif value is not None:
            seen[value] = place
    if not seen and file not in ctx.broken:
        ctx.report(
            Place(file, 1, 1),
            "empty-list",
            "The list is empty, so nothing is ever on it.",
            "Add entries, or remove the file and the rules that use it.",
            "warning",
        )
    return frozenset(seen)


def _from_yaml(ctx: Context, file: str) -> Iterator[Entry]:
    items = ctx.sequence(ctx.parse(file), "This file")
    if items is None:
        ctx.broken.add(file)
        return
    for item in ctx.texts(items, "An entry"):
        yield item.text, item.place


def _from_csv(ctx: Context, file: str) -> Iterator[Entry]:
    text = ctx.files[file].removeprefix("\ufeff")
    first_line = text.partition("\n")[0]
    delimiter = max(",;\t", key=first_line.count)
    reader = csv.reader(text.splitlines(keepends=True), delimiter=delimiter)
    width = 0
    before = 0
    for row in reader:
        place = Place(file, before + 1, 1)
        first, before = before == 0, reader.line_num
        width = width or len(row)
        if len(row) > width:
            ctx.report(
                place,
                "ragged-row",
                f"This row has {len(row)} cells, the first one has {width}.",
                f"Write an entry that holds a '{delimiter}' between quotes: \"{delimiter.join(row)}\".",
            )
        elif row and row[0].strip() and not (first and _is_header(row[0], PurePosixPath(file).stem)):
            yield row[0], place


def _is_header(cell: str, name: str) -> bool:
    words = cell.strip().casefold().replace(" ", "-").replace("_", "-")
    return words in ("name", "value", name.casefold().replace("_", "-"))
