"""Reads what a rule does later: the rungs of `later:`, in order of time, and `repeat:`."""

import re

from leadrelay.clock import FOREVER, HOUR, MINUTE, SECOND
from leadrelay.duration import Duration
from leadrelay.rulebook.actions import read_actions
from leadrelay.rulebook.condition import ALWAYS, All, Condition, Nothing
from leadrelay.rulebook.conditions import read_condition
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.literals import duration
from leadrelay.rulebook.model import Repeat, Step
from leadrelay.rulebook.nodes import Mapping, Node

_DAY = 24 * HOUR
_ID = re.compile(r"[^\W_][\w.\-]*")
# The least and the most that one of a unit can last by the calendar: short months, closed time.
_LASTS = {
    "second": (SECOND, SECOND),
    "minute": (MINUTE, MINUTE),
    "hour": (HOUR, HOUR),
    "day": (_DAY, _DAY),
    "week": (7 * _DAY, 7 * _DAY),
    "month": (28 * _DAY, 31 * _DAY),
    "year": (365 * _DAY, 366 * _DAY),
    "working minute": (MINUTE, FOREVER),
    "working hour": (HOUR, FOREVER),
    "working day": (0, FOREVER),
}
_SHIFT = 3 * HOUR
"""More than a clock that is put forward or back can add to a span or take from it."""


def shorter(one: Duration, other: Duration) -> bool | None:
    """Whether `one` always passes before `other` (True), never does (False), or that depends on the moment (None)."""
    if one.unit == other.unit:
        return one.amount < other.amount
    (least, most), (other_least, other_most) = _bounds(one), _bounds(other)
    if most < other_least:
        return True
    return False if least >= other_most else None


def _bounds(span: Duration) -> tuple[int, int]:
    least, most = _LASTS[span.unit]
    shift = _SHIFT if span.unit in ("day", "week", "month", "year") else 0
    # Even 0 working days last, from closed time to the next opening.
    return span.amount * least - shift, FOREVER if span.unit.startswith("working") else span.amount * most + shift


def read_later(node: Node | None, context: Context, subject: str, calendar: str) -> tuple[Step, ...]:
    """The rungs of a ladder; each must come after the one above it. What is wrong was reported and is left out."""
    steps: list[Step] = []
    for item in context.sequence(node, "'later'") or ():
        rung = context.mapping(item, "A step of 'later'")
        step = _step(rung, context, subject, calendar) if rung else None
        if step is None or rung is None:
            continue
        check_step(steps, step, rung, context)
        steps.append(step)
    return tuple(steps)


def read_step_id(rung: Mapping, context: Context) -> str:
    """The `id:` of a step; '' when it has none, or one that cannot be one, which was reported."""
    given = rung.get("id")
    name = context.text(given, "The id of a step")
    if not name or given is None:
        return ""
    if not _ID.fullmatch(name):
        remedy = "Use letters, digits, - and _, as in case-study."
        context.report(given.place, "bad-name", f"'{name}' cannot be the id of a step.", remedy)
        return ""
    return name


def check_step(above: list[Step], step: Step, rung: Mapping, context: Context) -> None:
    """Reports a step that does not come after the last of those above it, or has the id of one of them."""
    given = rung.get("id")
    if step.id and given is not None and any(one.id == step.id for one in above):
        message = f"There is another step '{step.id}' above."
        context.report(given.place, "duplicate-step", message, "Give one of them another id.")
    if above and shorter(above[-1].after, step.after) is False:
        context.report(
            step.place,
            "later-out-of-order",
            f"This step comes {step.after} after the start, not later than the one above it ({above[-1].after}).",
            "'after' counts from when the rule came to hold, not from the step above; put the earliest first.",
        )


def read_repeat(node: Node | None, context: Context, calendar: str) -> Repeat | None:
    """`repeat: {every, at_most}`; None when there is none, or when it cannot be used, which was reported."""
    parts = context.mapping(node, "'repeat'")
    if parts is None or not _has(parts, ("every", "at_most"), "'repeat'", context):
        return None
    every = duration(parts.get("every"), "every", context, calendar)
    at_most = context.whole(parts.get("at_most"), "'at_most'", least=1)
    if every is not None and every.amount == 0:
        given = parts.get("every") or parts
        context.report(given.place, "no-time", "Something cannot repeat every no time at all.", "Write 1 working day.")
        return None
    return None if every is None or at_most is None else Repeat(every, at_most, parts.place)


def _step(rung: Mapping, context: Context, subject: str, calendar: str) -> Step | None:
    if not _has(rung, ("after", "then"), "a step of 'later'", context, also=("id", "when", "unless")):
        return None
    after = duration(rung.get("after"), "after", context, calendar)
    then = read_actions(rung.get("then"), context, subject, calendar)
    given = rung.get("after")
    when = read_rung_condition(rung, context, subject, calendar)
    return None if after is None or given is None else Step(after, then, given.place, when, read_step_id(rung, context))


def read_rung_condition(rung: Mapping, context: Context, subject: str, calendar: str) -> Condition:
    """`when` and `unless` of a step: what must hold, and what must not, at the moment when it is due."""
    parts: list[Condition] = []
    if "when" in rung:
        parts.append(read_condition(rung.get("when"), context, subject, calendar))
    if "unless" in rung:
        parts.append(Nothing((read_condition(rung.get("unless"), context, subject, calendar),)))
    return All(tuple(parts)) if parts else ALWAYS


def _has(node: Mapping, keys: tuple[str, ...], what: str, context: Context, also: tuple[str, ...] = ()) -> bool:
    """Whether all these keys are there and no others but `also`; reported if not."""
    context.keys(node, (*keys, *also), what)
    missing = [key for key in keys if key not in node]
    if missing:
        named = " and ".join(missing)
        context.report(node.place, "missing-key", f"{what.capitalize()} needs {named} as well.", f"Add {missing[0]}: …")
    return not missing
