"""Reads rules/maps/*.yaml into import maps; whatever is wrong there becomes a problem with its place.

kind: requests                      # or as: what a row is
zone: Europe/Amsterdam              # of times without an offset; default: the default calendar's
dates: ['%d %b, %Y %H:%M:%S']       # tried in this order, before what is understood anyway
numbers: english                    # 1,234.56 | european: 1.234,56 | auto
prefix: {request: zoho-}            # before every id of that entity
columns:
  Last Name: contact.name
  Lead Source: {to: request.source, values: {Cold Call: telemarketing}}
  Stage: [opportunity.stage, {to: opportunity.outcome, values: {Closed Won: won}, otherwise: null}]
joined:
  contact.name: '{First Name} {Last Name}'
constants: {request.channel: crm}
skip: [month_*]
reject: {is_deleted: {'true': deleted in the source}}

and what looks outward (map_outward.py): system, each, pairs, only, write_back.
"""

import re
from datetime import datetime
from decimal import Decimal, InvalidOperation
from pathlib import PurePosixPath

from leadrelay.leads.fields import Field, Type
from leadrelay.leads.records import CARRIED, ENTITY_OF, REFERS, field_for, known_paths
from leadrelay.rulebook import map_outward
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.import_map import (
    INVALID,
    KEEP,
    LOOKUPS,
    NUMBER_STYLES,
    ORDERS,
    READ_AS,
    SERIAL,
    Constant,
    ImportMap,
    RowRule,
    Target,
    ValueTable,
)
from leadrelay.rulebook.nodes import Mapping, Node, Scalar, Sequence

FOLDER = "rules/maps/"
KEYS = ("map", "about", "kind", "as", "zone", "dates", "numbers", "formats", "prefix", "columns", "joined", "constants",
        "skip", "reject", *map_outward.KEYS)  # fmt: skip
TARGET_KEYS = ("to", "as", "values", "otherwise", "dates", "numbers", "times", "lookup", "keep", "invalid", "optional")


def load_maps(ctx: Context) -> dict[str, ImportMap]:
    """Every map of the project by name; faults are reported in `ctx`. Needs `ctx.fields`."""
    names = [file for file in ctx.files if file.startswith(FOLDER) and file.endswith((".yaml", ".yml"))]
    found = {PurePosixPath(file).stem: load_map(ctx, file) for file in sorted(names)}
    return {name: one for name, one in found.items() if one is not None}


def load_map(ctx: Context, file: str) -> ImportMap | None:
    """The map in `ctx.files[file]`; faults are reported, what they touch is left out. None: there is no map in it."""
    document = ctx.document(file)
    if document is None:
        return None
    ctx.keys(document, KEYS, "an import map")
    key = "as" if "as" in document and "kind" not in document else "kind"
    kind = ctx.choice(document.get(key), key, tuple(ENTITY_OF))
    if kind is None:
        if key not in document:
            ctx.report(document.place, "missing-key", "The map does not say what a row is.", "Add 'kind: requests'.")
        return None
    return _Loader(ctx, kind).load(document, PurePosixPath(file).stem)


class _Loader:
    """Reads one map; `dates` and `numbers` are the map's own, which a column may replace."""

    def __init__(self, ctx: Context, kind: str) -> None:
        self.ctx = ctx
        self.kind = kind
        self.dates: tuple[str, ...] = ()
        self.numbers = "auto"
        self.unused: list[str] = []  # columns for optional fields that this project does not have

    def load(self, document: Mapping, name: str) -> ImportMap:
        ctx = self.ctx
        formats = ctx.mapping(document.get("formats"), "'formats'") or Mapping({}, document.place)
        ctx.keys(formats, ("dates", "date", "time", "times", "numbers", "number", "money"), "'formats'")
        for node in (document.get("dates"), *map(formats.get, ("dates", "date", "times", "time"))):
            self.dates += tuple(self._dates(node))
        for node in (document.get("numbers"), *map(formats.get, ("numbers", "number", "money"))):
            self.numbers = ctx.choice(node, "numbers", NUMBER_STYLES) or self.numbers
        targets = [*self._columns(document.get("columns")), *self._joined(document.get("joined"))]
        constants = tuple(self._constants(document.get("constants")))
        if not targets and not constants and "columns" not in document:
            ctx.report(document.place, "missing-key", "The map names no columns.", "Add 'columns:' with their fields.")
        back = map_outward.write_back_of(ctx, document, self.kind, targets)
        skipped = [one.text for one in ctx.texts(document.get("skip"), "'skip'")]
        return ImportMap(
            name=name,
            kind=self.kind,
            targets=tuple(targets),
            constants=constants,
            skip=tuple(one.strip().casefold() for one in (*skipped, *self.unused)),
            rejects=tuple(self._rejects(document.get("reject"))),
            prefixes=self._prefixes(document.get("prefix")),
            zone=ctx.text(document.get("zone"), "'zone'"),
            system=ctx.text(document.get("system"), "'system'") or "",
            shape=map_outward.shape_of(ctx, document),
            write_back=back,
            modified=map_outward.modified_of(ctx, document, back),
            place=document.place,
        )

    def _columns(self, node: Node | None) -> list[Target]:
        columns = self.ctx.mapping(node, "'columns'")
        found: list[Target | None] = []
        for key, spec in columns.items() if columns else ():
            several = spec.items if isinstance(spec, Sequence) else [spec]
            found += [self._target(one, (key.text,)) for one in several]
        return [one for one in found if one]

    def _joined(self, node: Node | None) -> list[Target]:
        joined = self.ctx.mapping(node, "'joined'")
        return [one for key, spec in (joined.items() if joined else ()) if (one := self._join(key, spec))]

    def _join(self, key: Scalar, spec: Node) -> Target | None:
        text_node = spec.get("text") if isinstance(spec, Mapping) else spec
        text = self.ctx.text(text_node, "'text'")
        if text is None:
            if text_node is None:
                self.ctx.report(spec.place, "missing-key", f"{key.text} has no text.", "Add text: '{Column} {Other}'.")
            return None
        columns = map_outward.braced(text)
        if not columns:
            self.ctx.report(spec.place, "map-no-columns", "The text names no column.", "Write it as '{First} {Last}'.")
            return None
        more = spec if isinstance(spec, Mapping) else Mapping({}, spec.place)
        self.ctx.keys(more, ("text", *TARGET_KEYS[1:]), "a joined field")
        return self._built(key, more, columns, text)

    def _target(self, spec: Node, columns: tuple[str, ...]) -> Target | None:
        if not isinstance(spec, Mapping):
            return self._built(spec, Mapping({}, spec.place), columns, None)
        self.ctx.keys(spec, TARGET_KEYS, "a column")
        if "to" not in spec:
            self.ctx.report(spec.place, "missing-key", "The column has no field to go to.", "Add 'to: request.source'.")
            return None
        return self._built(spec.get("to"), spec, columns, None)

    def _built(self, to: Node | None, spec: Mapping, columns: tuple[str, ...], text: str | None) -> Target | None:
        optional = self.ctx.yes_no(spec.get("optional"), "'optional'") or False
        field = self._field(to, optional)
        if field is None:
            self.unused += columns if optional else ()
            return None
        ctx, place = self.ctx, to.place if to else spec.place
        return Target(
            field,
            columns,
            text,
            read_as=ctx.choice(spec.get("as"), "as", READ_AS) or _natural(field),
            values=self._values(spec, field),
            dates=tuple(self._dates(spec.get("dates"))) or self.dates,
            numbers=ctx.choice(spec.get("numbers"), "numbers", NUMBER_STYLES) or self.numbers,
            times=self._times(spec.get("times")),
            lookup=self._lookup(spec, field),
            keep=ctx.choice(spec.get("keep"), "keep", KEEP) or "newest",
            invalid=ctx.choice(spec.get("invalid"), "invalid", INVALID) or "reject",
            place=place,
        )

    def _lookup(self, spec: Mapping, field: Field) -> str:
        """What the column names instead of giving an id. People are always found by name too."""
        word = self.ctx.choice(spec.get("lookup"), "lookup", LOOKUPS) or ""
        if word and (REFERS.get(field.path) != word or (word == "account" and field.path != "account.parent")):
            self.ctx.report(
                spec.key("lookup"),
                "map-lookup",
                f"{field.path} cannot be found by the name of {word}.",
                "Look up a person for an owner, an account for account.parent; elsewhere map the name to account.name.",
            )
            return ""
        return word

    def _field(self, node: Node | None, optional: bool = False) -> Field | None:
        path = self.ctx.text(node, "The field")
        if path is None or not isinstance(node, Scalar):
            return None
        found = field_for(path, self.kind, self.ctx.fields)
        if found is None and not optional and f"field {path}" not in self.ctx.broken:
            entity = ENTITY_OF[self.kind]
            named = path if "." in path else f"{entity}.{path}"
            known = known_paths(self.kind, self.ctx.fields)
            carried = ", ".join((entity, *CARRIED[entity]))
            self.ctx.report(
                node.place,
                "map-unknown-field",
                f"A row of {self.kind} has no field '{path}' that can be imported (it brings {carried}).",
                suggestion(named, known),
            )
        return found

    def _values(self, spec: Mapping, field: Field) -> ValueTable | None:
        table = self.ctx.mapping(spec.get("values"), "'values'")
        if table is None:
            if "otherwise" in spec:
                self.ctx.report(spec.key("otherwise"), "map-otherwise", "'otherwise' stands without 'values'.",
                                "Add 'values:', or use a constant.")  # fmt: skip
            return None
        rows = tuple((key.text.strip().casefold(), self._chosen(node, field)) for key, node in table.items())
        written = tuple(key.text.strip() for key, _ in table.items())
        return ValueTable(rows, self._chosen(spec.get("otherwise"), field), "otherwise" in spec, written)

    def _chosen(self, node: Node | None, field: Field) -> str | None:
        """Our value in a table or constant, checked against the choices of its field."""
        if node is None or (isinstance(node, Scalar) and node.value is None):
            return None
        text = self.ctx.text(node, f"The value for {field.path}")
        if text and field.type is Type.CHOICE and text not in field.choices and isinstance(node, Scalar):
            self.ctx.unknown("unknown-choice", f"value of {field.path}", node, field.choices)
        return text

    def _constants(self, node: Node | None) -> list[Constant]:
        constants = self.ctx.mapping(node, "'constants'")
        found = []
        for key, value in constants.items() if constants else ():
            field, text = self._field(key), None
            text = self._chosen(value, field) if field else None
            if field and text is not None:
                found.append(Constant(field, text, value.place))
        return found

    def _rejects(self, node: Node | None) -> list[RowRule]:
        rules = self.ctx.mapping(node, "'reject'")
        found = []
        for key, spec in rules.items() if rules else ():
            reasons = self.ctx.mapping(spec, f"'reject' of {key.text}")
            pairs = [
                (value.text.strip().casefold(), reason)
                for value, one in (reasons.items() if reasons else ())
                if (reason := self.ctx.text(one, "The reason"))
            ]
            found.append(RowRule(key.text, tuple(pairs)))
        return found

    def _prefixes(self, node: Node | None) -> dict[str, str]:
        prefixes = self.ctx.mapping(node, "'prefix'")
        found: dict[str, str] = {}
        for key, value in prefixes.items() if prefixes else ():
            if key.text not in ENTITY_OF.values():
                self.ctx.unknown("unknown-subject", "record that has ids", key, tuple(ENTITY_OF.values()))
            elif text := self.ctx.text(value, "The prefix"):
                found[key.text] = text
        return found

    def _dates(self, node: Node | None) -> list[str]:
        found = []
        for one in self.ctx.texts(node, "'dates'"):
            if one.text in (*ORDERS, SERIAL) or _is_format(one.text):
                found.append(one.text)
            else:
                self.ctx.report(
                    one.place,
                    "map-bad-format",
                    f"'{one.text}' does not give a day, month and year.",
                    f"Write {', '.join(ORDERS)} or {SERIAL}, or as Python's strptime does: '%d-%m-%Y', '%d %b, %Y'.",
                )
        return found

    def _times(self, node: Node | None) -> Decimal:
        try:
            return Decimal(node.text) if isinstance(node, Scalar) else Decimal(1)
        except InvalidOperation:
            assert node is not None
            self.ctx.report(node.place, "not-a-number", "'times' must be a number.", "Write times: 1000.")
            return Decimal(1)


def _natural(field: Field) -> str:
    """How a field's values are read when the map says nothing."""
    special = {"account.domain": "domain", "contact.email": "email", "person.email": "email"}
    return special.get(field.path, field.type.value)


def _is_format(pattern: str) -> bool:
    moment = datetime(2021, 12, 31)  # noqa: DTZ001 - only its day counts
    try:
        return datetime.strptime(moment.strftime(pattern), pattern).date() == moment.date()  # noqa: DTZ007
    except (ValueError, re.error):  # re.error: one part twice
        return False
