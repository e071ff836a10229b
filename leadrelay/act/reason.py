"""Why somebody gets a message, in one sentence: the rule, what it is for, and the facts that made it hold."""

from collections.abc import Iterable, Iterator, Sequence
from zoneinfo import ZoneInfo

from msgspec import Struct

from leadrelay.act.case import Facts
from leadrelay.clock import date_of, datetime_of
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import All, Condition, Line, Moment
from leadrelay.rulebook.model import Rule, Rulebook

MOST_FACTS = 6
"""So many facts at most; all of them are in `leadrelay explain`."""


class Reason(Struct, frozen=True):
    """What is the same for every message of a rule; `sure` lines hold whenever the rule does, others may not."""

    opening: str
    sure: tuple[tuple[str, int, Type], ...]
    others: tuple[Line, ...]
    zone: ZoneInfo

    @classmethod
    def of(cls, book: Rulebook, rule: Rule, slots: Slots, zone: ZoneInfo) -> "Reason":
        """The reason of a rule's messages about rows with these slots; times are told in `zone`."""
        name = rule.key if "/" in rule.key else f"{book.name}/{rule.key}"
        about = " ".join((rule.about or book.about).split())
        sure = {line.path: line for line in _sure(rule.when)}
        others = tuple(line for line in rule.when.lines() if line.path not in sure)
        places = tuple((path, slots.index[path], line.type) for path, line in sure.items() if path in slots.index)
        return cls(f"{name}: {about}" if about else name, places[:MOST_FACTS], others, zone)

    def sentence(self, row: Sequence[Value], since: str = "", also: Iterable[str] = ()) -> str:
        """`routing/key-account: A top customer wants to renegotiate. (account.tier: key; request.kind: renewal)`.

        `since` says how long the rule holds by now, for a later step; `also` are the facts of the other lines."""
        zone = self.zone
        parts = [f"{path}: {written(row[slot], kind, zone)}" for path, slot, kind in self.sure if row[slot] is not None]
        parts = [*parts, *also][:MOST_FACTS]
        if since:
            parts.append(since)
        return f"{self.opening} ({'; '.join(parts)})" if parts else self.opening

    def also(self, facts: Facts, moment: Moment) -> list[str]:
        """The facts of those of the other lines that hold."""
        held = {line.path: line.type for line in self.others if line.verdict(facts, moment).holds}
        known = {path: kind for path, kind in held.items() if facts.get(path) is not None}
        return [f"{path}: {written(facts[path], kind, self.zone)}" for path, kind in known.items()]


def _sure(condition: Condition) -> Iterator[Line]:
    """The lines that must hold for the condition to hold."""
    if isinstance(condition, Line):
        yield condition
    elif isinstance(condition, All):
        for part in condition.parts:
            yield from _sure(part)


def written(value: Value, kind: Type, zone: ZoneInfo) -> str:
    """A fact, short and without words of any language: 1,250.00, 2026-11-20, 2026-11-20 09:13."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, int):
        if kind is Type.MONEY:
            return f"{value / 100:,.2f}"
        if kind is Type.DATE:
            return date_of(value).isoformat()
        return datetime_of(value, zone).strftime("%Y-%m-%d %H:%M") if kind is Type.TIME else str(value)
    return ", ".join(value) if isinstance(value, tuple) else f"{value:g}"
