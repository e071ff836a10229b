"""Whether an example subject can exist: what follows from other fields agrees with them, and no two facts clash.

An example is shown only if it can; a rulebook is so never blamed for a subject that nobody will ever meet. That two
rules exclude each other is on the other hand claimed only when it holds for fields that know nothing of each other.
"""

from collections.abc import Mapping

from leadrelay.clock import HOUR, Instant
from leadrelay.geography.provinces import province, ranges
from leadrelay.leads.derived import SOURCES, compute, derive
from leadrelay.leads.fields import REACHABLE, Fields, Formula, Type, Value
from leadrelay.leads.weighing import chance_of
from leadrelay.rulebook.condition import normal

Facts = dict[str, Value]
_THREE_WEEKS = 21 * 24 * HOUR
_GONE_BY = (
    *("request.received_at", "request.routed_at", "request.first_response_at", "request.last_touched_at"),
    *("request.closed_at", "contact.last_visited_at", "contact.last_site_visit_at", "contact.last_answer_at"),
    *("contact.last_asked_at", "contact.consent_at", "contact.objected_at", "contact.unsubscribed_at"),
    *("contact.bounced_at", "account.last_order_at", "account.last_sale_at", "opportunity.created_at"),
    *("opportunity.last_touched_at", "opportunity.quote_sent_at", "opportunity.stage_since", "opportunity.closed_at"),
)
"""Moments of what has happened: never ahead."""
_BEGINNINGS = {"request": "request.received_at", "opportunity": "opportunity.created_at"}
_ENDINGS = {
    "request": ("request.routed_at", "request.first_response_at", "request.closed_at"),
    "opportunity": ("opportunity.stage_since", "opportunity.closed_at"),
}
_TOGETHER = (
    ("request.outcome", "request.closed_at"),
    ("opportunity.outcome", "opportunity.closed_at"),
    ("owner.away", "owner.away_days"),
    ("opportunity.quote_status", "opportunity.quote_total"),
    *((f"{entity}.task_due_at", f"{entity}.task_owner") for entity in ("request", "contact", "account", "opportunity")),
)
"""Fields of which either both are known or neither is."""
_NEEDS = {
    "owner.deputy": "owner.away_days",
    "opportunity.quote_discount": "opportunity.quote_status",
    "opportunity.approver": "opportunity.quote_status",
    "opportunity.approval_due_at": "opportunity.approver",
    "opportunity.approval_manager": "opportunity.approver",
    "account.running_owner": "account.running_opportunity",
    "account.running_stage": "account.running_opportunity",
}
"""Fields that are known only if the other one is."""
_FEWER = (("contact.orders_12m", "contact.requests_12m"), ("account.orders_12m", "account.requests_12m"))


def existing(given: Mapping[str, Value], fields: Fields, subject: str, now: Instant) -> Facts | None:
    """The facts, with those beside them that they follow from; None when no subject can have them together at `now`."""
    facts = dict(given)
    for path in given:
        if path in SOURCES:
            _lay_ground(path, facts)
        elif path in fields.formulas:
            _lay_sources(fields.formulas[path], facts, path, fields)
    if _is_sound(facts, given, fields) and _is_whole(facts, subject) and _is_timely(facts, now):
        return facts
    return None


def _is_sound(facts: Facts, given: Mapping[str, Value], fields: Fields) -> bool:
    """Whether computed fields have the value that their sources give them."""
    for path, value in given.items():
        formula = fields.formulas.get(path)
        if path in SOURCES and normal(derive(path, facts)) != normal(value):
            return False
        if formula is not None and compute(formula, [facts.get(source) for source in formula.of]) != value:
            return False
    return True


def _lay_ground(path: str, facts: Facts) -> None:
    """Adds what a derived field follows from, where nothing is said of it yet."""
    value = facts[path]
    if path in ("account.postcode_number", "account.province"):
        _lay_postcode(facts)
    elif isinstance(value, int) and path == "opportunity.decider_count":
        facts.setdefault("opportunity.deciders", tuple(f"c{number}" for number in range(1, value + 1)))
    elif isinstance(value, int):
        yes = sum(facts.get(source) is True for source in SOURCES[path])
        for source in SOURCES[path]:
            if source not in facts and yes < value:
                facts[source], yes = True, yes + 1


def _lay_postcode(facts: Facts) -> None:
    number, wanted = facts.get("account.postcode_number"), normal(facts.get("account.province"))
    if isinstance(wanted, str):
        for country, first, name in ranges():
            place = facts.get("account.country", country)
            at = number if isinstance(number, int) else first
            if name.casefold() == wanted and normal(province(place, at)) == wanted:
                facts["account.country"], number = place, at
                break
    if isinstance(number, int):
        facts.setdefault("account.postcode", f"{number:04d}")


def _lay_weight(value: int, facts: Facts, fields: Fields) -> None:
    """A stage that weighs something, and the expected value that gives this weighted value there."""
    weighing = [name for name, chance in fields.stage_chances if chance]
    stage = facts.setdefault("opportunity.stage", weighing[-1] if weighing else None)
    if not weighing:
        facts.setdefault("opportunity.win_chance", 100)
    own = dict(fields.stage_chances).get(str(stage))
    found = chance_of(own, facts.get("opportunity.win_chance"), [chance for _, chance in fields.stage_chances])
    facts.setdefault("opportunity.stage_chance", found)
    chance = found if isinstance(found, int | float) else 0
    project = facts.setdefault("opportunity.project_chance", None)
    share = chance * (project if isinstance(project, int | float) else 100) / 100
    if share:
        facts.setdefault("opportunity.expected_value", round(value * 100 / share))


def _lay_sources(formula: Formula, facts: Facts, path: str, fields: Fields) -> None:
    """Gives a computed own field's sources, where nothing is said of them, values that make it what it is."""
    free = [source for source in formula.of if source not in facts]
    value = facts[path]
    if value is None or not free:
        return
    if formula.form == "weighted" and isinstance(value, int):
        _lay_weight(value, facts, fields)
    elif formula.form == "chance_of":
        named = next((name for name, chance in fields.stage_chances if chance == value), None)
        facts.setdefault("opportunity.stage", named)
        facts.setdefault("opportunity.win_chance", value)
    elif formula.form == "place_of" and isinstance(value, int) and 1 <= value <= len(formula.among):
        facts[free[0]] = formula.among[value - 1]
    elif formula.form == "count" and isinstance(value, int | float):
        counted = compute(formula, [facts.get(source) for source in formula.of])
        missing = (value - counted) / formula.each if isinstance(counted, int | float) and formula.each else 0
        for source in free[: max(0, round(missing))]:
            facts[source] = _some_value(source, fields)
    elif formula.form in ("sum", "difference") and isinstance(value, int | float):
        for source in free:
            facts[source] = 0
        rest = compute(formula, [facts.get(source) for source in formula.of])
        if isinstance(rest, int | float):
            less = formula.form == "difference" and free[0] == formula.of[-1]
            facts[free[0]] = rest - value if less else value - rest


def _some_value(path: str, fields: Fields) -> Value:
    field = fields.get(path)
    kind = field.type if field else Type.TEXT
    if kind is Type.YES_NO:
        return True
    if kind is Type.CHOICE and field is not None:
        return field.choices[0]
    if kind is Type.LIST:
        return ("x",)
    return "x" if kind is Type.TEXT else 1


def _is_whole(facts: Facts, subject: str) -> bool:
    """Whether what belongs together is there together."""
    always = (f"{subject}.id", "request.status", _BEGINNINGS.get(subject, ""))
    if any(facts.get(path, "said") is None for path in always):
        return False
    status = normal(facts.get("request.status"))
    if status is not None and not _has_ended(facts, status == "closed"):
        return False
    if not all(_agree(facts, one, other) for one, other in _TOGETHER):
        return False
    needs = all(facts.get(path) is None or facts.get(other, "said") is not None for path, other in _NEEDS.items())
    return needs and _is_linked(facts, subject) and all(_no_more(facts, *pair) for pair in _FEWER)


def _has_ended(facts: Facts, ended: bool) -> bool:
    return all((facts[path] is not None) is ended for path in _TOGETHER[0] if path in facts)


def _agree(facts: Facts, one: str, other: str) -> bool:
    """Whether both are known, or neither; a 'no' of the first (not away) counts as not known."""
    if one not in facts or other not in facts:
        return True
    return (facts[one] not in (None, False)) is (facts[other] is not None)


def _is_linked(facts: Facts, subject: str) -> bool:
    """Whether nothing is known of an account, contact or owner that is not there."""
    for entity in REACHABLE[subject]:
        link = f"{subject}.{entity}"
        if entity == subject or link not in facts:
            continue
        there = [path for path in facts if path.startswith(f"{entity}.") and facts[path] is not None]
        if facts[link] is None and there:
            return False
        if facts[link] is not None and normal(facts.get(f"{entity}.id", facts[link])) != normal(facts[link]):
            return False
    return True


def _no_more(facts: Facts, one: str, other: str) -> bool:
    fewer, more = facts.get(one), facts.get(other)
    return not isinstance(fewer, int | float) or not isinstance(more, int | float) or fewer <= more


def _is_timely(facts: Facts, now: Instant) -> bool:
    """Whether what has happened is not ahead, and in order."""
    moments = [facts.get(path) for path in _GONE_BY]
    if any(isinstance(moment, int) and moment > now for moment in moments):
        return False
    for entity, first in _BEGINNINGS.items():
        began = facts.get(first)
        ends = [facts.get(path) for path in _ENDINGS[entity]]
        if isinstance(began, int) and any(isinstance(end, int) and end < began for end in ends):
            return False
    return _visits_agree(facts.get("contact.site_visits_3w"), facts, now)


def _visits_agree(count: Value, facts: Facts, now: Instant) -> bool:
    if "contact.last_site_visit_at" not in facts or not isinstance(count, int | float):
        return True
    last = facts["contact.last_site_visit_at"]
    return (count > 0) is (isinstance(last, int) and last > now - _THREE_WEEKS)
