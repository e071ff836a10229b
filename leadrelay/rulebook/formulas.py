"""Reads how an own field is computed from others: `count: [...]`, `sum: [...]`, `difference: [a, b]`, `place_of: a`."""

from collections.abc import Mapping as Dictionary
from types import MappingProxyType
from typing import Literal, NamedTuple, cast

from leadrelay.leads.fields import Field, Fields, Formula, Type
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.nodes import Mapping, Node, Scalar


class _Form(NamedTuple):
    """What a form takes: fields of these types, so many at least and at most, and gives."""

    takes: tuple[Type, ...]
    least: int
    most: int
    key: str
    """The one further key that it may have."""


_SUMS = (Type.NUMBER, Type.MONEY)
_FORMS: Dictionary[str, _Form] = MappingProxyType(
    {
        "count": _Form(tuple(Type), 1, 100, "each"),
        "sum": _Form(_SUMS, 1, 100, ""),
        "difference": _Form(_SUMS, 2, 2, ""),
        "place_of": _Form((Type.TEXT, Type.CHOICE), 1, 1, "among"),
    }
)
FORMS = tuple(_FORMS)


def read_formula(ctx: Context, path: str, kind: Type, spec: Mapping, known: Fields) -> Formula | None:
    """How the field `path` of type `kind` is computed; None when it is not, or wrongly so (which has been reported).

    `known`: the fields that it may follow from, which are those of the same entity that stand before it."""
    forms = [form for form in FORMS if form in spec]
    if len(forms) > 1:
        place = spec.key(forms[1])
        ctx.report(place, "several-forms", f"{path} is computed in two ways.", f"Keep one of: {', '.join(forms)}.")
        return None
    for key in ("each", "among"):
        if key in spec and not any(_FORMS[form].key == key for form in forms):
            belongs = next(form for form, one in _FORMS.items() if one.key == key)
            ctx.report(spec.key(key), "misfit-key", f"'{key}' says nothing here.", f"It goes with '{belongs}'.")
    if not forms:
        return None
    form = forms[0]
    sources = _sources(ctx, path, form, spec, known)
    each, among = _each(ctx, spec), tuple(one.text.strip() for one in ctx.texts(spec.get("among"), "A word"))
    if form == "place_of" and not among:
        place = spec.key("place_of")
        ctx.report(place, "missing-key", f"{path} has no words to find a place among.", "Add among: [first, second].")
        return None
    if sources is None or each is None or not _gives(ctx, path, kind, form, sources, spec):
        return None
    return Formula(cast(Literal["count"], form), tuple(one.path for one in sources), each, among)


def _sources(ctx: Context, path: str, form: str, spec: Mapping, known: Fields) -> list[Field] | None:
    items = ctx.texts(spec.get(form), f"A field of '{form}'")
    found = [one for item in items if (one := _source(ctx, path, form, item, known))]
    takes = _FORMS[form]
    if len(found) < len(items):
        return None
    if not takes.least <= len(items) <= takes.most:
        number = str(takes.least) if takes.least == takes.most else f"{takes.least} or more"
        place = spec.key(form)
        ctx.report(place, "bad-form", f"'{form}' takes {number} fields, not {len(items)}.", "Write their paths.")
        return None
    return found


def _source(ctx: Context, path: str, form: str, item: Scalar, known: Fields) -> Field | None:
    name = item.text.strip()
    one = known.get(name)
    entity = path.partition(".")[0]
    if one is None:
        if f"field {name}" not in ctx.broken:
            names = [field.path for field in known.of(entity)]
            remedy = suggestion(name, names) if len(names) < 20 else _nearest(name, names)
            ctx.report(item.place, "unknown-field", f"There is no field {name} before {path}.", remedy)
    elif one.entity != entity or (one.derived and one.formula is None):
        message = f"{path} cannot be computed from {name}."
        ctx.report(item.place, "bad-form", message, f"Use fields of the {entity} that are kept or computed like this.")
    elif one.type not in _FORMS[form].takes:
        takes = " or ".join(_FORMS[form].takes)
        ctx.report(
            item.place, "bad-form", f"'{form}' takes fields of type {takes}; {name} is {one.type}.", "Use those."
        )
    else:
        return one
    return None


def _nearest(name: str, names: list[str]) -> str:
    remedy = suggestion(name, names)
    return remedy if remedy.startswith("Did") else "'leadrelay fields' lists them; declare it above this one."


def _each(ctx: Context, spec: Mapping) -> float | None:
    node: Node | None = spec.get("each")
    if node is None:
        return 1
    value = node.value if isinstance(node, Scalar) else None
    if isinstance(value, int | float) and not isinstance(value, bool) and value > 0:
        return value
    ctx.report(node.place, "not-a-number", "'each' must be a number above 0.", "Write what one counts: each: 12.5.")
    return None


def _gives(ctx: Context, path: str, kind: Type, form: str, sources: list[Field], spec: Mapping) -> bool:
    """Whether the field has the type of what the form gives: the type of what it adds up, else a number."""
    gives = {one.type for one in sources} if form in ("sum", "difference") else {Type.NUMBER}
    if gives == {kind}:
        return True
    what = " and ".join(sorted(gives))
    remedy = f"Make it type: {what}." if len(gives) == 1 else "Use fields of one type."
    ctx.report(spec.key("type"), "bad-form", f"{path} is of type {kind}, and '{form}' gives {what} here.", remedy)
    return False
