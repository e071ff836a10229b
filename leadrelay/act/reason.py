"""Why somebody gets a message, in one sentence: the rule, what it is for, and the facts that made it hold."""

from collections.abc import Iterator
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from leadrelay.act.case import Facts
from leadrelay.clock import date_of, datetime_of
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import All, Condition, Line, Moment
from leadrelay.rulebook.model import Rule, Rulebook

MOST_FACTS = 6
"""So many facts at most; all of them are in `leadrelay explain`."""


@dataclass(frozen=True, slots=True)
class Reason:
    """What is the same for every message of a rule; `sure` lines hold whenever the rule does, others may not."""

    opening: str
    sure: tuple[Line, ...]
    others: tuple[Line, ...]
    zone: ZoneInfo

    @classmethod
    def of(cls, book: Rulebook, rule: Rule, zone: ZoneInfo) -> "Reason":
        """The reason of a rule's messages; times are told in `zone`."""
        name = rule.key if "/" in rule.key else f"{book.name}/{rule.key}"
        about = " ".join((rule.about or book.about).split())
        sure = tuple(_sure(rule.when))
        others = tuple(line for line in rule.when.lines() if line not in sure)
        return cls(f"{name}: {about}" if about else name, sure, others, zone)

    def sentence(self, facts: Facts, moment: Moment, since: str = "") -> str:
        """`routing/key-account: A top customer wants to renegotiate. (account.tier: key; request.kind: renewal)`.

        `since` says how long the rule holds by now, for a later step."""
        lines = [*self.sure, *(line for line in self.others if line.verdict(facts, moment).holds)]
        told = {
            line.path: written(value, line.type, self.zone)
            for line in lines
            if (value := facts.get(line.path)) is not None
        }
        parts = [f"{path}: {value}" for path, value in list(told.items())[:MOST_FACTS]]
        if since:
            parts.append(since)
        return f"{self.opening} ({'; '.join(parts)})" if parts else self.opening


def _sure(condition: Condition) -> Iterator[Line]:
    """The lines that must hold for the condition to hold."""
    if isinstance(condition, Line):
        yield condition
    elif isinstance(condition, All):
        for part in condition.parts:
            yield from _sure(part)


def written(value: Value, kind: Type, zone: ZoneInfo) -> str:
    """A fact, short and without words of any language: 1,250.00, 2026-11-20, 2026-11-20 09:13."""
    match value, kind:
        case bool(), _:
            return "yes" if value else "no"
        case int(), Type.MONEY:
            return f"{value / 100:,.2f}"
        case int(), Type.DATE:
            return date_of(value).isoformat()
        case int(), Type.TIME:
            return datetime_of(value, zone).strftime("%Y-%m-%d %H:%M")
        case float(), _:
            return f"{value:g}"
        case tuple(), _:
            return ", ".join(value)
        case _:
            return str(value)
