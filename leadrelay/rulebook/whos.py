"""Reads WHO in actions, in all its forms, and holds it against the people, pools, roles and fields there are."""

from typing import cast, get_args

from leadrelay.leads.fields import PERSON_FIELDS, REACHABLE, Field
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.field_names import find_field
from leadrelay.rulebook.model import By, Pick, Then, Who
from leadrelay.rulebook.nodes import Mapping, Node, Scalar, Sequence

TEAM_FILE = "rules/team.yaml"
CONTACT = "contact"
"""WHO of `notify`: the contact of the subject, or the subject if that is a contact."""
PICK_KEYS = ("pool", "by", "then", "keep", "not", "present", "fallback")


def read_who(node: Node | None, context: Context, subject: str, also: tuple[str, ...] = ()) -> Who | None:
    """WHO of `assign`: a person, pool, role or field, or a mapping of PICK_KEYS; None was reported.

    `also`: other keys that the mapping may have, which are read elsewhere."""
    if isinstance(node, Mapping):
        context.keys(node, (*PICK_KEYS, *also), "'assign'")
        return _pick(node, context, subject)
    return read_name(node, context, subject)


def read_names(node: Node | None, context: Context, subject: str, *, outside: bool = False) -> tuple[str, ...]:
    """WHO of `notify` and `task`: people, pools, roles and fields, one or a list; what cannot be used was reported.

    `outside`: the word `contact` may stand there too, for the subject's contact."""
    items = node.items if isinstance(node, Sequence) else [] if node is None else [node]
    if node is not None and not items:
        context.report(node.place, "no-value", "Nobody is named here.", "Name a person, pool, role or field.")
    names = [
        CONTACT if outside and _is_contact(item, context, subject) else _name_or_pool(item, context, subject)
        for item in items
    ]
    return tuple(dict.fromkeys(name for name in names if name is not None))


def read_name(node: Node | None, context: Context, subject: str) -> str | None:
    """A person's id, a pool, a role, or the path of a field that holds a person's id; None was reported."""
    name = context.text(node, "WHO")
    if name is None or not isinstance(node, Scalar):
        return None
    team = context.team
    if name in team.people or name in team.pools or any(name in person.roles for person in team.active()):
        return name
    if _looks_like_field(name, subject):
        field = find_field(node, context, subject)
        return name if field is not None and _holds_a_person(field, node, context) else None
    if not _is_known(context):
        return name
    if TEAM_FILE not in context.broken:
        remedy = suggestion(name, [*known_names(context), *_person_fields(context, subject)])
        context.report(
            node.place, "unknown-who", f"'{name}' is no person, pool, role or field that holds a person.", remedy
        )
    return None


def _is_contact(node: Node, context: Context, subject: str) -> bool:
    """Whether the word is `contact`, for a subject that has one; a person, pool or role of that name goes first."""
    if not isinstance(node, Scalar) or node.text.strip() != CONTACT or CONTACT in known_names(context):
        return False
    return CONTACT in REACHABLE[subject]


def known_names(context: Context) -> list[str]:
    """Every person's id, pool and role, as WHO may name them."""
    people = context.team.people.values()
    return list(dict.fromkeys([*context.team.people, *context.team.pools, *(r for one in people for r in one.roles)]))


def _name_or_pool(node: Node, context: Context, subject: str) -> str | None:
    if not isinstance(node, Mapping):
        return read_name(node, context, subject)
    context.keys(node, ("pool",), "a pool to tell: every member is told")
    return _pool(node, context)


def _pick(node: Mapping, context: Context, subject: str) -> Pick | None:
    pool = _pool(node, context)
    by, then = read_strategy(node, context)
    own = context.team.pools.get(pool or "")
    if then and (by or (own and own.by)) != "territory":
        then_without_territory(node, context)
    keep = read_name(node.get("keep"), context, subject)
    fallback = read_name(node.get("fallback"), context, subject)
    if keep is not None and not _looks_like_field(keep, subject):
        context.report(
            node.key("keep"), "keep-not-a-field", f"'keep' names a field, and '{keep}' is none.", "Write account.owner."
        )
        keep = None
    out, present = _one_person(node, context, subject), context.yes_no(node.get("present"), "'present'")
    if pool is None or ("by" in node and by is None):
        return None
    return Pick(pool, by, keep, fallback, then, out, present)


def read_strategy(node: Mapping, context: Context) -> tuple[By | None, Then | None]:
    """`by:` and `then:` of a rule or a pool; None where it does not say, or what it says was reported."""
    by = context.choice(node.get("by"), "by", get_args(By))
    return cast(By | None, by), cast(Then | None, context.choice(node.get("then"), "then", get_args(Then)))


def then_without_territory(node: Mapping, context: Context) -> None:
    """Reports a `then:` that nothing goes by."""
    context.report(
        node.key("then"),
        "then-without-territory",
        "'then' chooses among those whose territory holds, and this does not go by territory.",
        "Write by: territory as well, or put the word of 'then' after 'by'.",
    )


def _one_person(node: Mapping, context: Context, subject: str) -> str | None:
    """Whom `not` leaves out: a person, or a field that holds one."""
    name = read_name(node.get("not"), context, subject)
    if name is None or name in context.team.people or _looks_like_field(name, subject) or not _is_known(context):
        return name
    context.report(
        node.key("not"),
        "not-one-person",
        f"'not' leaves one person out, and '{name}' is several.",
        "Write not: request.owner, or a person's id.",
    )
    return None


def _pool(node: Mapping, context: Context) -> str | None:
    given = node.get("pool")
    if given is None:
        context.report(node.place, "missing-key", "No pool is named here.", "Add pool: NAME, or name one person.")
    name = context.text(given, "'pool'")
    if name is None or given is None or name in context.team.pools or not _is_known(context):
        return name
    if TEAM_FILE not in context.broken and f"pool {name}" not in context.broken:
        remedy = suggestion(name, list(context.team.pools))
        context.report(given.place, "unknown-pool", f"There is no pool '{name}' in {TEAM_FILE}.", remedy)
    return None


def _is_known(context: Context) -> bool:
    """Whether the team can be known at all: without a team file it is in the database, from `import --as team`."""
    return TEAM_FILE in context.files or TEAM_FILE in context.broken


def _looks_like_field(name: str, subject: str) -> bool:
    return name.partition(".")[0] in (*REACHABLE, *REACHABLE[subject]) and "." in name


def _holds_a_person(field: Field, node: Scalar, context: Context) -> bool:
    if field.name in PERSON_FIELDS or field.path == "owner.id" or field.name.startswith("extra."):
        return True
    context.report(
        node.place, "not-a-person-field", f"{field.path} does not hold a person.", "Name one such as account.owner."
    )
    return False


def _person_fields(context: Context, subject: str) -> list[str]:
    reachable = context.fields.reachable(subject)
    return [field.path for field in reachable if field.name in PERSON_FIELDS]
