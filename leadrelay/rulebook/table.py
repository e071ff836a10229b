"""Reads decision tables, written in the rulebook or exported from a spreadsheet: each row becomes a rule."""

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Literal

from msgspec import Struct

from leadrelay.leads.fields import Field
from leadrelay.rulebook.actions import check_name, read_action
from leadrelay.rulebook.condition import All, Condition, Line
from leadrelay.rulebook.conditions import read_line
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.field_names import find_field
from leadrelay.rulebook.model import Action
from leadrelay.rulebook.nodes import Mapping, Node, Scalar, parse
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.sheet import Cell, UnclosedQuote, read_sheet

KEYS = ("when", "then", "rows", "file", "ordered")
ANY = "any"
_WORD = re.compile(r"[A-Za-z_][\w.\-]*|[0-9]{1,15}", re.ASCII)
"""Cells that need no YAML parser: most of a large table."""


class Row(Struct, frozen=True):
    """A row: its number from 1, the id it is given (if any), its tests by column (None: any), and its actions."""

    number: int
    place: Place
    id: Scalar | None
    about: str
    lines: tuple[Line | None, ...]
    then: tuple[Action, ...]

    @property
    def when(self) -> Condition:
        """All its tests together."""
        return All(tuple(line for line in self.lines if line is not None))


class Table(Struct, frozen=True):
    """A table as read. `ordered`: True when the order of its rows is meant to count, False when rows must not overlap,
    None when nothing is said."""

    rows: tuple[Row, ...]
    ordered: bool | None
    place: Place


class _Column(Struct, frozen=True):
    """What the cells of a column are: a test of a field, an action, the row's id, or what it is about."""

    kind: Literal["when", "then", "id", "about", "nothing"]
    head: Scalar
    field: Field | None = None


def read_table(node: Mapping, context: Context, subject: str, calendar: str) -> Table:
    """The table that is written there or in the file it names; what is wrong was reported and is left out."""
    context.keys(node, KEYS, "a table")
    reader = _Reader(context, subject, calendar)
    rows = reader.from_file(node) if "file" in node else reader.inline(node)
    if not rows and "rows" not in node and "file" not in node:
        context.report(
            node.place, "missing-key", "The table has no rows.", "Add when:, then: and rows:, or file: NAME.csv."
        )
    return Table(tuple(rows), context.yes_no(node.get("ordered"), "'ordered'"), node.place)


class _Reader(Struct, frozen=True):
    context: Context
    subject: str
    calendar: str

    def inline(self, node: Mapping) -> list[Row]:
        heads = [(head, "when") for head in self.context.texts(node.get("when"), "A column")]
        heads += [(head, "then") for head in self.context.texts(node.get("then"), "A column")]
        columns = [self._column(head, part == "then") for head, part in heads]
        self._check_columns(columns, node.place)
        items = self.context.sequence(node.get("rows"), "'rows'")
        if items is not None and len(items) == 0:
            self.context.report(items.place, "no-rules", "The table has no rows.", "Add one, or remove the rulebook.")
        rows = []
        for number, item in enumerate(items or (), start=1):
            cells = self.context.sequence(item, "A row")
            if cells is not None and self._fits(cells.place, len(cells), columns):
                rows.append(self._row(number, item.place, columns, cells.items))
        return rows

    def from_file(self, node: Mapping) -> list[Row]:
        for key in ("when", "then", "rows"):
            if key in node:
                remedy = "Remove it, or remove 'file'."
                self.context.report(node.key(key), "file-and-rows", f"With a file there is no '{key}'.", remedy)
        given = node.get("file")
        name = self.context.text(given, "'file'")
        if name is None or given is None:
            return []
        folder = PurePosixPath(given.place.file).parent
        file = str(folder / name)
        if file not in self.context.files:
            sheets = [PurePosixPath(path) for path in self.context.files if path.endswith(".csv")]
            known = sorted(sheet.name for sheet in sheets if sheet.parent == folder)
            self.context.report(given.place, "unknown-file", f"There is no file {file}.", suggestion(name, known))
            return []
        try:
            sheet = read_sheet(self.context.files[file], file)
        except UnclosedQuote as error:
            remedy = 'Close it; within quotes, write " as "".'
            self.context.report(error.place, "unclosed-cell", "The quote that opens this cell is not closed.", remedy)
            return []
        if len(sheet) < 2:
            place = Place(file, 1, 1)
            self.context.report(place, "no-rules", "The sheet has no rows.", "Write column names, then rows.")
            return []
        return list(self._sheet_rows(sheet, file))

    def _sheet_rows(self, sheet: list[list[Cell]], file: str) -> Iterator[Row]:
        columns = list(self._sheet_columns(sheet[0]))
        self._check_columns(columns, Place(file, 1, 1))
        width = len(columns)
        for number, cells in enumerate(sheet[1:], start=1):
            while len(cells) > width and not cells[-1].text:
                cells = cells[:-1]
            if len(cells) <= width or self._fits(cells[width].place, len(cells), columns):
                nodes = [self._cell(cell) for cell in cells]
                empty = Scalar("", False, cells[-1].place)
                yield self._row(number, cells[0].place, columns, nodes + [empty] * (width - len(cells)))

    def _sheet_columns(self, heads: list[Cell]) -> Iterator[_Column]:
        """The columns of a sheet; from the first '>' on they are actions."""
        actions = False
        for head in heads:
            text = head.text.removeprefix(">").strip()
            actions = actions or head.text.startswith(">")
            shift = head.text.index(text) if text else 0
            place = Place(head.place.file, head.place.line, head.place.column + shift)
            yield self._column(Scalar(text, False, place), actions, separator=head.text == ">")

    def _column(self, head: Scalar, action: bool, separator: bool = False) -> _Column:
        if separator:
            return _Column("nothing", head)
        if head.text == "id":
            return _Column("id", head)
        if head.text == "about":
            return _Column("about", head)
        if action:
            return _Column("then" if check_name(head, self.context) else "nothing", head)
        if not head.text:
            self.context.report(head.place, "no-value", "This column has no name.", "Name a field, or > and an action.")
            return _Column("nothing", head)
        field = find_field(head, self.context, self.subject)
        return _Column("when" if field else "nothing", head, field)

    def _check_columns(self, columns: list[_Column], place: Place) -> None:
        seen: dict[str, Place] = {}
        for column in columns:
            name = column.head.text
            if name in seen and column.kind in ("when", "id", "about"):
                self.context.report(
                    column.head.place,
                    "duplicate-column",
                    f"There are two columns '{name}'.",
                    "Remove one, or join them.",
                )
            seen.setdefault(name, column.head.place)
        if columns and not any(column.kind == "then" for column in columns):
            remedy = "Add then: [route], or in a sheet a column '> route'."
            self.context.report(place, "no-actions", "No column of the table says what is done.", remedy)

    def _fits(self, place: Place, count: int, columns: list[_Column]) -> bool:
        if count != len(columns):
            message = f"This row has {count} cells, and the table {len(columns)} columns."
            remedy = "Write 'any' for a test that does not matter; put a cell with a separator in it between quotes."
            self.context.report(place, "row-width", message, remedy)
        return count == len(columns)

    def _cell(self, cell: Cell) -> Node:
        if not cell.text or _WORD.fullmatch(cell.text):
            return Scalar(cell.text, False, cell.place)
        before = len(self.context.problems)
        node = parse(cell.text, cell.place.file, self.context.problems, cell.place)
        if node is None and len(self.context.problems) > before:
            return Scalar("", False, cell.place)
        return node or Scalar("", False, cell.place)

    def _row(self, number: int, place: Place, columns: list[_Column], cells: list[Node]) -> Row:
        name: Scalar | None = None
        about = ""
        lines: list[Line | None] = []
        then: list[Action] = []
        for column, cell in zip(columns, cells, strict=True):
            empty = _is_empty(cell)
            if column.kind == "when" and column.field is not None:
                lines.append(
                    None if empty else read_line(column.field, cell, self.context, self.subject, self.calendar)
                )
            elif column.kind == "then" and not empty:
                head = Scalar(column.head.text, False, cell.place)
                action = read_action(head, cell, self.context, self.subject, self.calendar)
                then += [action] if action else []
            elif column.kind == "id" and isinstance(cell, Scalar) and not empty:
                name = cell
            elif column.kind == "about" and isinstance(cell, Scalar):
                about = cell.text
        return Row(number, place, name, about, tuple(lines), tuple(then))


def _is_empty(cell: Node) -> bool:
    if not isinstance(cell, Scalar):
        return False
    return not cell.text.strip() or (not cell.quoted and (cell.value is None or cell.text.strip() == ANY))
