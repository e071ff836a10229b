"""Reads rules/fields.yaml: the company's own fields, which rules name as `request.extra.NAME`."""

import re
from collections.abc import Iterator

from leadrelay.leads.fields import CORE, SUBJECTS, Field, Fields, Type
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.formulas import FORMS, read_formula
from leadrelay.rulebook.nodes import Mapping, Node, Scalar
from leadrelay.rulebook.place import Place, home, own_first

FILE = "rules/fields.yaml"
KEYS = ("type", "choices", "about", *FORMS, "each", "among")

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_CORE_PATHS = frozenset(field.path for field in CORE)


def load_fields(ctx: Context) -> Fields:
    """The registry of core fields and those of rules/fields.yaml; what is wrong there is reported and left out."""
    extras: dict[str, Field] = {}
    places: dict[str, Place] = {}
    for key, node in _subjects(ctx):
        if key.text not in SUBJECTS:
            ctx.unknown("unknown-subject", "kind of subject that can have fields", key, SUBJECTS)
            continue
        fields = ctx.mapping(node, f"The fields of {key.text}")
        for name, about in fields.items() if fields else ():
            one = _field(ctx, key.text, name, about, Fields(tuple(extras.values())))
            if one is not None and one.path in extras:
                message = f"There is a field {one.path} already, at {places[one.path]}."
                ctx.report(name.place, "duplicate-field", message, "Give one of them another name.")
            elif one is not None:
                extras[one.path], places[one.path] = one, name.place
    ctx.places |= {f"field {path}": place for path, place in places.items()}
    return Fields(tuple(extras.values()))


def _subjects(ctx: Context) -> Iterator[tuple[Scalar, Node]]:
    """What the company's own file says of each kind of subject, then what those of the packs say."""
    for file in own_first(file for file in ctx.files if home(file) == FILE):
        document = ctx.document(file)
        yield from document.items() if document else ()


def _field(ctx: Context, entity: str, key: Scalar, node: Node, known: Fields) -> Field | None:
    path = f"{entity}.extra.{key.text}"
    spec = ctx.mapping(node, f"The field {path}") if _good_name(ctx, entity, key) else None
    if spec is None:
        ctx.broken.add(f"field {path}")
        return None
    ctx.keys(spec, KEYS, "a field")
    kind = _type(ctx, path, spec)
    if kind is None:
        ctx.broken.add(f"field {path}")
        return None
    about = ctx.text(spec.get("about"), "'about'") or ""
    choices = _choices(ctx, path, kind, spec)
    computed = read_formula(ctx, path, kind, spec, known)
    if computed is None and any(form in spec for form in FORMS):
        ctx.broken.add(f"field {path}")
        return None
    return Field(path, kind, about, choices, computed is not None, formula=computed)


def _good_name(ctx: Context, entity: str, key: Scalar) -> bool:
    if not _NAME.fullmatch(key.text):
        ctx.report(
            key.place,
            "bad-name",
            f"'{key.text}' cannot be the name of a field.",
            "Use small letters, digits and underscores, and begin with a letter: machine_type.",
        )
        return False
    if f"{entity}.{key.text}" in _CORE_PATHS:
        ctx.report(
            key.place,
            "own-field-clash",
            f"{entity}.{key.text} exists already; this one would be {entity}.extra.{key.text} beside it.",
            f"Use {entity}.{key.text}, or give your own field another name.",
            "warning",
        )
    return True


def _type(ctx: Context, path: str, spec: Mapping) -> Type | None:
    node = spec.get("type")
    if node is None:
        ctx.report(spec.place, "missing-key", f"The field {path} has no type.", f"Add type: {', '.join(Type)}.")
    word = ctx.text(node, "'type'")
    if word is None or word in tuple(Type):
        return Type(word) if word else None
    assert isinstance(node, Scalar)
    ctx.unknown("unknown-type", "type of field", node, tuple(Type))
    return None


def _choices(ctx: Context, path: str, kind: Type, spec: Mapping) -> tuple[str, ...]:
    """The choices as written, each once."""
    if kind is not Type.CHOICE:
        if "choices" in spec:
            ctx.report(
                spec.key("choices"),
                "choices-without-choice",
                f"{path} is of type {kind}, which has no choices.",
                "Make it type: choice, or remove the choices.",
            )
        return ()
    found: dict[str, str] = {}
    for item in ctx.texts(ctx.sequence(spec.get("choices"), "'choices'"), "A choice"):
        word = item.text.strip()
        if word.casefold() in found:
            ctx.report(item.place, "duplicate-choice", f"The choice '{word}' stands here twice.", "Remove one of them.")
        found.setdefault(word.casefold(), word)
    if not found:
        ctx.report(
            spec.key("choices"),
            "choice-without-choices",
            f"{path} is of type choice and has none to choose from.",
            "Add choices: [one, another].",
        )
    return tuple(found.values())
