"""The parts of an import map that look outward: whose it is, where rows stand in nested data, what goes back and how.

system: salesforce                  # maps of one system have this word in common
each: [records, payload]            # where the rows stand in JSON and XML; the first that is there counts
pairs: {propertyName: propertyValue}    # a row that names one column and its value in two others
only: {subscriptionType: deal.*}    # rows of JSON and XML with another value there are passed over
write_back:
  object: Lead                      # in addresses of their interface
  id: Id                            # how their id is called in files; default: the column of our id
  modified: LastModifiedDate        # when they changed it: who did so last wins
  fields:
    OwnerId: {from: request.owner, column: [OwnerId, owner_id]}
    Status: {from: '{request.status} {request.outcome}', values: {closed sales: Converted}, otherwise: null}
"""

from collections.abc import Sequence as Several

from leadrelay.leads.fields import SUBJECTS, Field
from leadrelay.leads.records import ENTITY_OF, field_for, known_paths
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.import_map import PERSON_AS, WRITE_AS, Shape, Target, ValueTable, WriteBack, WriteField
from leadrelay.rulebook.nodes import Mapping, Node, Scalar

KEYS = ("system", "each", "pairs", "only", "modified", "write_back")
BACK_KEYS = ("object", "id", "modified", "fields")
FIELD_KEYS = ("from", "column", "values", "otherwise", "person", "as", "dates")


def modified_of(ctx: Context, document: Mapping, back: WriteBack | None) -> tuple[str, ...]:
    """The columns that say when a record was changed there: the map's, or those of its way back."""
    own = tuple(one.text for one in ctx.texts(document.get("modified"), "'modified'"))
    return own or (back.modified if back else ())


def shape_of(ctx: Context, document: Mapping) -> Shape:
    """How rows stand in JSON and XML, as the map says; faults are reported."""
    pairs = ctx.mapping(document.get("pairs"), "'pairs'")
    only = ctx.mapping(document.get("only"), "'only'")
    return Shape(
        each=tuple(one.text for one in ctx.texts(document.get("each"), "'each'")),
        pairs=tuple(
            (key.text, name) for key, one in (pairs.items() if pairs else ()) if (name := ctx.text(one, "The column"))
        ),
        only=tuple(
            (key.text, tuple(one.text.strip().casefold() for one in ctx.texts(node, f"'only' of {key.text}")))
            for key, node in (only.items() if only else ())
        ),
    )


def write_back_of(ctx: Context, document: Mapping, kind: str, targets: Several[Target]) -> WriteBack | None:
    """What the map's system is told of changes; None: nothing. Faults are reported."""
    back = ctx.mapping(document.get("write_back"), "'write_back'")
    if back is None:
        return None
    ctx.keys(back, BACK_KEYS, "'write_back'")
    entity, place = ENTITY_OF[kind], document.key("write_back")
    ids = [one for one in targets if one.field.path == f"{entity}.id" and one.text is None]
    if entity not in SUBJECTS or not ids:
        ctx.report(
            place,
            "map-no-id",
            f"Rows of {kind} without a column for {entity}.id cannot be written back.",
            f"Fill {entity}.id from the column with their id." if entity in SUBJECTS else "Remove 'write_back'.",
        )
        return None
    if "system" not in document:
        ctx.report(place, "missing-key", "Nothing says which system is written to.", "Add 'system: salesforce'.")
    fields = ctx.mapping(back.get("fields"), "'fields'")
    if fields is None:
        ctx.report(place, "missing-key", "'write_back' names no fields.", "Add 'fields:' with their columns.")
    found = [_field(ctx, key, spec, kind, targets) for key, spec in (fields.items() if fields else ())]
    return WriteBack(
        object=ctx.text(back.get("object"), "'object'") or "",
        id=ctx.text(back.get("id"), "'id'") or ids[0].columns[0],
        id_columns=tuple(one.columns[0] for one in ids),
        modified=tuple(one.text for one in ctx.texts(back.get("modified"), "'modified'")),
        fields=tuple(one for one in found if one),
    )


def _field(ctx: Context, name: Scalar, spec: Node, kind: str, targets: Several[Target]) -> WriteField | None:
    if not isinstance(spec, Mapping):
        spec = Mapping({"from": (Scalar("from", True, spec.place), spec)}, spec.place)
    ctx.keys(spec, FIELD_KEYS, "a field that is written back")
    text = ctx.text(spec.get("from"), "'from'")
    if text is None:
        if "from" not in spec:
            ctx.report(spec.place, "missing-key", f"Nothing says what {name.text} is filled from.",
                       "Add 'from: request.owner'.")  # fmt: skip
        return None
    paths = braced(text) if "{" in text else (text,)
    sources = [_source(ctx, path, spec.get("from"), kind) for path in paths]
    if None in sources or not sources:
        return None
    columns = tuple(one.text for one in ctx.texts(spec.get("column"), "'column'")) or (name.text,)
    fields = tuple(one for one in sources if one)
    values = _values(ctx, spec) or (_reversed(ctx, name, fields[0], columns, targets) if "{" not in text else None)
    return WriteField(
        name=name.text,
        sources=fields,
        columns=columns,
        text=text if "{" in text else None,
        values=values,
        person=ctx.choice(spec.get("person"), "person", PERSON_AS) or "id",
        written_as=ctx.choice(spec.get("as"), "as", WRITE_AS) or "text",
        dates=ctx.text(spec.get("dates"), "'dates'"),
        place=name.place,
    )


def _source(ctx: Context, path: str, node: Node | None, kind: str) -> Field | None:
    """Our field: one of the record that the rows are about."""
    found = field_for(path, kind, ctx.fields)
    entity = ENTITY_OF[kind]
    if found is not None and found.entity == entity:
        return found
    known = [one for one in known_paths(kind, ctx.fields) if one.startswith(f"{entity}.")]
    assert node is not None
    ctx.report(node.place, "map-unknown-field", f"'{path}' is no field of {entity} that can be written back.",
               suggestion(path, known))  # fmt: skip
    return None


def _values(ctx: Context, spec: Mapping) -> ValueTable | None:
    """Our value -> theirs; `otherwise: null` writes nothing."""
    table = ctx.mapping(spec.get("values"), "'values'")
    if table is None:
        return None
    rows = tuple((" ".join(key.text.casefold().split()), _theirs(ctx, node)) for key, node in table.items())
    return ValueTable(rows, _theirs(ctx, spec.get("otherwise")), "otherwise" in spec)


def _theirs(ctx: Context, node: Node | None) -> str | None:
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return None
    return ctx.text(node, "Their value")


def _reversed(
    ctx: Context, name: Scalar, field: Field, columns: tuple[str, ...], targets: Several[Target]
) -> ValueTable | None:
    """The table by which the map reads that column, the other way round; None: the value goes as it is."""
    keys = {one.casefold() for one in columns}
    for target in targets:
        if target.field.path != field.path or target.values is None:
            continue
        if target.text is not None or target.columns[0].casefold() not in keys:
            continue
        ours = [value for _, value in target.values.rows]
        if len(set(ours)) < len(ours) or None in ours or any("*" in one for one in target.values.written):
            ctx.report(
                name.place,
                "map-not-reversible",
                f"Several values of {target.columns[0]} are read as the same {field.path}, or as none.",
                f"Say what is written for each value: {name.text}: {{from: {field.path}, values: {{…}}}}.",
            )
            return None
        return ValueTable(tuple(zip([str(one).casefold() for one in ours], target.values.written, strict=True)))
    return None


def braced(text: str) -> tuple[str, ...]:
    """The names between braces."""
    return tuple(part.partition("}")[0].strip() for part in text.split("{")[1:] if "}" in part)
