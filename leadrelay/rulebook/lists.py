"""Reads the named lists of rules/lists/: NAME.yaml (a list) or NAME.csv (its first column).

The first row of a CSV is a header only if its first cell is `name`, `value` or the list's own name (in any case, and
with spaces or underscores for dashes); otherwise it is the first entry.
"""

from collections.abc import Iterator, Set
from pathlib import PurePosixPath

from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import normal
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.long_list import LONG, keep, kept, key_of, made
from leadrelay.rulebook.place import Place, own_first
from leadrelay.rulebook.place import home as home_of
from leadrelay.rulebook.sheet import SEPARATORS, Cell, UnclosedQuote, read_sheet

FOLDER = "rules/lists"
Entry = tuple[str, Place]
MOST_TOLD = 20
"""So many entries that stand twice are told one by one."""


def load_lists(ctx: Context) -> dict[str, Set[Value]]:
    """Every list by name, as the normal values that `in_list` and `mentions` look for."""
    lists: dict[str, Set[Value]] = {}
    home: dict[str, str] = {}
    for file in own_first(ctx.files):
        path = PurePosixPath(home_of(file))
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


def _values(ctx: Context, file: str) -> Set[Value]:
    text = ctx.files[file]
    if text.count("\n") < LONG:
        return _read(ctx, file)
    key = key_of(file, text)
    ready = kept(key)
    if ready is not None:
        ctx.problems += ready[1]
        return ready[0]
    before = len(ctx.problems)
    entries = _read(ctx, file)
    if file in ctx.broken or len(entries) < LONG:
        return entries
    found = made({str(one) for one in entries})
    keep(key, found, ctx.problems[before:])
    return found


def _read(ctx: Context, file: str) -> frozenset[Value]:
    entries = _from_csv(ctx, file) if file.endswith(".csv") else _from_yaml(ctx, file)
    seen: dict[Value, Place] = {}
    again = 0
    for text, place in entries:
        value = normal(text)
        if value in seen:
            again += 1
            if again <= MOST_TOLD:
                ctx.report(
                    place,
                    "duplicate-entry",
                    f"'{text.strip()}' stands in line {seen[value].line} as well (upper and lower case are the same).",
                    "Remove one of them.",
                    "warning",
                )
        elif value is not None:
            seen[value] = place
    if again > MOST_TOLD:
        ctx.report(
            Place(file, 1, 1),
            "duplicate-entry",
            f"{again - MOST_TOLD} more of its entries stand in it twice.",
            "Remove what is too much, with 'sort -fu', say.",
            "warning",
        )
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
    try:
        rows = read_sheet(ctx.files[file], file)
    except UnclosedQuote as error:
        remedy = 'Close it; within quotes, write " as "".'
        ctx.report(error.place, "unclosed-cell", "The quote that opens this entry is not closed.", remedy)
        ctx.broken.add(file)
        return
    lines = ctx.files[file].splitlines()
    for number, row in enumerate(rows):
        first = row[0]
        if len(row) > len(rows[0]) or (len(rows[0]) == 1 and _is_torn(first, lines)):
            ctx.report(
                first.place,
                "ragged-row",
                "This row has more cells than the first one.",
                "Write an entry that has a comma (or whatever parts the cells) in it between quotes.",
            )
        elif first.text and not (number == 0 and _is_header(first.text, PurePosixPath(file).stem)):
            yield first.text, first.place


def _is_torn(cell: Cell, lines: list[str]) -> bool:
    """Whether a cell without quotes has something in it that could part cells, though the first row shows none."""
    before = lines[cell.place.line - 1][: cell.place.column - 1]
    return not before.endswith('"') and any(mark in cell.text for mark in SEPARATORS)


def _is_header(cell: str, name: str) -> bool:
    words = cell.strip().casefold().replace(" ", "-").replace("_", "-")
    return words in ("name", "value", name.casefold().replace("_", "-"))
