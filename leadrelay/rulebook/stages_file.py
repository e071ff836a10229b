"""Reads rules/stages.yaml, and the `gates:` of any rules file: the stages in order, gates, who approves quotes."""

import re
from typing import Literal, cast

from msgspec.structs import replace

from leadrelay.leads.fields import OPPORTUNITY_OUTCOMES, Field, Type
from leadrelay.rulebook.conditions import read_condition
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.field_names import find_field
from leadrelay.rulebook.literals import Fault, duration, literal
from leadrelay.rulebook.nodes import Mapping, Node, Scalar
from leadrelay.rulebook.stages import ACTS, Authorisation, Gate, Stage, Stages
from leadrelay.rulebook.whos import read_name

FILE = "rules/stages.yaml"
KEYS = ("about", "stages", "gates", "authorisation")
STAGE_KEYS = ("stage", "about", "chance", "demands", "next_step", "next_step_within")
GATE_KEYS = ("id", "about", "into", "when", "override")
OVERRIDE_KEYS = ("roles", "reason")
LIMIT_KEYS = ("discount_over", "amount_over", "by", "due", "deputy")
NEXT_STEPS = ("required", "optional")
_NAME = re.compile(r"[^\W_][\w.\- ]*")
_SUBJECT = "opportunity"


def load_stages(ctx: Context) -> Stages:
    """The stages and who approves quotes; its gates go to `ctx.gates`. What is wrong is reported and left out.

    Needs the fields, lists, calendars and people that it may name."""
    document = ctx.document(FILE)
    if document is None:
        return Stages()
    ctx.keys(document, KEYS, "this file")
    items = ctx.sequence(document.get("stages"), "'stages'")
    if items is None or len(items) == 0:
        place = document.place if items is None else items.place
        ctx.report(place, "no-stages", "There are no stages here.", "Add stages: and a list of - stage: NAME.")
    stages = [one for item in items or () if (one := _stage(ctx, ctx.mapping(item, "A stage")))]
    _check_order(ctx, stages)
    found = Stages(tuple(stages), authorisation=_authorisation(ctx, document))
    ctx.stages = found
    ctx.fields = replace(ctx.fields, stage_chances=tuple((one.name, one.chance) for one in stages))
    read_gates(document, ctx)
    return found


def read_gates(document: Mapping, ctx: Context) -> None:
    """The gates under the key `gates` of any rules file; they go to `ctx.gates`. Stages have been read before."""
    for item in ctx.sequence(document.get("gates"), "'gates'") or ():
        node = ctx.mapping(item, "A gate")
        if node is not None and (gate := _gate(ctx, node)):
            ctx.gates.append(gate)


def _stage(ctx: Context, node: Mapping | None) -> Stage | None:
    if node is None:
        return None
    ctx.keys(node, STAGE_KEYS, "a stage")
    given = node.get("stage")
    name = _name(ctx, node, "stage")
    if name is None or given is None:
        return None
    if name.casefold() in OPPORTUNITY_OUTCOMES:
        message = f"'{name}' is how an opportunity ends, and no stage that it is in."
        ctx.report(given.place, "outcome-as-stage", message, "Remove it: won, lost and recycled need not be listed.")
        return None
    next_step = ctx.choice(node.get("next_step"), "next_step", NEXT_STEPS) if "next_step" in node else None
    return Stage(
        name=name,
        about=ctx.text(node.get("about"), "'about'") or "",
        chance=_percent(ctx, node, "chance", "opportunity.win_chance"),
        demands=_demands(ctx, node.get("demands")),
        next_step=cast(Literal["required", "optional"], next_step or "optional"),
        within=duration(node.get("next_step_within"), "next_step_within", ctx, "default"),
        place=given.place,
    )


def _name(ctx: Context, node: Mapping, key: str) -> str | None:
    """The name of a stage or a gate, which must be there and look like one."""
    given = node.get(key)
    if given is None:
        ctx.report(node.place, "missing-key", f"There is no {key} here.", f"Add {key}: NAME.")
    name = ctx.text(given, f"'{key}'")
    if name is not None and given is not None and not _NAME.fullmatch(name):
        remedy = "Use letters, digits, spaces, - and _, as in quote or no-quote-without-a-date."
        ctx.report(given.place, "bad-name", f"'{name}' cannot be a name.", remedy)
        return None
    return name


def _percent(ctx: Context, node: Mapping, key: str, path: str) -> float | None:
    """A number of 0 to 100."""
    given = node.get(key)
    if given is None:
        return None
    value = literal(given, Field(path, Type.NUMBER, ""), ctx)
    if isinstance(value, Fault) or not isinstance(value, int | float):
        return None
    if not 0 <= value <= 100:
        ctx.report(given.place, "bad-percentage", f"'{key}' is {value:g}.", "Write a number from 0 to 100.")
        return None
    return float(value)


def _demands(ctx: Context, node: Node | None) -> tuple[str, ...]:
    """Fields by path; those of the opportunity itself may be named without `opportunity.` in front."""
    found: list[str] = []
    for item in ctx.texts(node, "A field that is demanded"):
        short = ctx.fields.get(f"{_SUBJECT}.{item.text.strip()}")
        field = short or find_field(Scalar(item.text.strip(), item.quoted, item.place), ctx, _SUBJECT)
        if field is not None:
            found.append(field.path)
    return tuple(dict.fromkeys(found))


def _check_order(ctx: Context, stages: list[Stage]) -> None:
    """Each name once, and no stage with less weight than one before it (M20)."""
    names: dict[str, Stage] = {}
    heaviest = 0.0
    for stage in stages:
        before = names.setdefault(stage.name.casefold(), stage)
        if before is not stage:
            message = f"There is a stage '{stage.name}' already, in line {before.place.line}."
            ctx.report(stage.place, "duplicate-stage", message, "Remove one of them.")
        if stage.chance is not None and stage.chance < heaviest:
            message = f"'{stage.name}' has a chance of {stage.chance:g}, less than a stage before it ({heaviest:g})."
            remedy = "An opportunity counts heavier at each later stage; put the stages in order."
            ctx.report(stage.place, "lighter-stage", message, remedy, "warning")
        heaviest = max(heaviest, stage.chance or 0.0)


def _gate(ctx: Context, node: Mapping) -> Gate | None:
    ctx.keys(node, GATE_KEYS, "a gate")
    name = _name(ctx, node, "id")
    into = tuple(stage for item in ctx.texts(node.get("into"), "'into'") if (stage := _into(ctx, item)))
    for key, remedy in (("into", "Add into: [STAGE]."), ("when", "Add when: and the condition that must hold.")):
        if key not in node:
            ctx.report(node.place, "missing-key", f"The gate has no {key}.", remedy)
    when = read_condition(node.get("when"), ctx, _SUBJECT)
    override = _override(ctx, node.get("override"))
    given = node.get("id")
    if name is None or given is None or not into or "when" not in node:
        return None
    twin = next((gate for gate in ctx.gates if gate.id == name), None)
    if twin is not None:
        message = f"There is another gate '{name}', at {twin.place}."
        ctx.report(given.place, "duplicate-gate", message, "Give one of them another name.")
    return Gate(name, into, when, ctx.text(node.get("about"), "'about'") or "", override, given.place)


def _into(ctx: Context, item: Scalar) -> str | None:
    """A stage that a gate guards, or an act."""
    name = item.text.strip()
    return name if name in ACTS or known_stage(item, ctx) else None


def known_stage(node: Scalar, ctx: Context) -> bool:
    """Whether an opportunity may be in a stage of that name; reported if not."""
    if ctx.stages.known(node.text) or FILE in ctx.broken:
        return True
    ctx.unknown("unknown-stage", f"stage of {FILE}", node, [stage.name for stage in ctx.stages.stages])
    return False


def _override(ctx: Context, node: Node | None) -> tuple[str, ...]:
    """The roles that may override a gate; `override: false`, and nothing, is nobody."""
    if node is None or (isinstance(node, Scalar) and node.value is False):
        return ()
    given = ctx.mapping(node, "'override'")
    if given is None:
        return ()
    ctx.keys(given, OVERRIDE_KEYS, "'override'")
    if "reason" in given:
        ctx.choice(given.get("reason"), "reason", ("required",))
    known = {role for person in ctx.team.active() for role in person.roles}
    roles = ctx.texts(given.get("roles"), "A role")
    for role in roles:
        if known and role.text not in known:
            ctx.unknown("unknown-role", "role that somebody in the team has", role, sorted(known))
    if not roles:
        remedy = "Add roles: [sales_director], or write override: false."
        ctx.report(given.place, "no-roles", "Nobody is named who may override this.", remedy)
    return tuple(role.text.strip() for role in roles)


def _authorisation(ctx: Context, document: Mapping) -> Authorisation | None:
    node = ctx.mapping(document.get("authorisation"), "'authorisation'")
    if node is None:
        return None
    ctx.keys(node, LIMIT_KEYS, "'authorisation'")
    for key, remedy in (("by", "Add by: a person or a role."), ("due", "Add due: 4 working hours.")):
        if key not in node:
            ctx.report(node.place, "missing-key", f"'authorisation' has no {key}.", remedy)
    discount = _percent(ctx, node, "discount_over", "opportunity.quote_discount")
    amount = _money(ctx, node)
    if "discount_over" not in node and "amount_over" not in node:
        remedy = "Add discount_over: 15, amount_over: 50000, or both."
        ctx.report(node.place, "no-limit", "Nothing says which quotes somebody must approve.", remedy)
    by, deputy = read_name(node.get("by"), ctx, _SUBJECT), read_name(node.get("deputy"), ctx, _SUBJECT)
    due = duration(node.get("due"), "due", ctx, "default")
    return Authorisation(by, due, discount, amount, deputy, node.place) if by and due else None


def _money(ctx: Context, node: Mapping) -> int | None:
    """An amount in cents."""
    given = node.get("amount_over")
    value = None if given is None else literal(given, Field("opportunity.quote_total", Type.MONEY, ""), ctx)
    return value if isinstance(value, int) else None
