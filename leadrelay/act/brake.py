"""What keeps rules from acting while a sweep is under way: stops by people, and limits per rule and hour.

A halted rule keeps its place: it decides as before, but begins no episode, does no step, and its open episodes stay as
they are. So no other rule takes its subjects, which wait until it is let go. What came due while it was stopped is
recorded as skipped when it goes on.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from msgspec import Struct, field

from leadrelay.act.ladder import Rung
from leadrelay.clock import Instant
from leadrelay.rulebook.model import Action, Assign, Notify, Rule, Ruleset

DEFAULT_LIMIT = 500
"""rule_hour_limit: so many steps that tell somebody may a rule of a `hit: all` rulebook do within an hour."""


class Limit(NamedTuple):
    """How many steps a rule may do within an hour. `telling`: only those count that tell somebody something."""

    per_hour: int
    telling: bool

    def counts(self, then: Iterable[Action]) -> bool:
        """Whether a step that does this counts."""
        return not self.telling or any(tells(action) for action in then)


def tells(action: Action) -> bool:
    """Whether an action tells somebody something."""
    return isinstance(action, Notify) or (isinstance(action, Assign) and action.tell)


def limits_of(ruleset: Ruleset, flow: str, default: int | None) -> dict[str, Limit]:
    """The limits of a flow's rules, by key: their own, for every step; else the default, for rules of `hit: all`
    rulebooks that do not say `backfill: true` and for steps that tell somebody. None: there is no default."""
    found: dict[str, Limit] = {}
    for book in ruleset.of(flow):
        for rule in book.every_rule():
            if rule.limit:
                found[rule.key] = Limit(rule.limit, telling=False)
            elif rule.limit is None and default is not None and book.hit == "all" and not rule.backfill:
                found[rule.key] = Limit(default, telling=True)
    return found


class Brake(Struct):
    """Who is kept from acting during one chunk, and what rules with a limit have done; the engine asks it.

    `halted`: the keys of rules that act on nobody; `started`: when rules were last started after a stop; `acted`: what
    rules did in the last hour; `fresh`: what they did in this chunk; `passed`: those that reached their limit in it."""

    halted: set[str] = field(default_factory=set)
    started: Mapping[str, Instant] = field(default_factory=dict)
    limits: Mapping[str, Limit] = field(default_factory=dict)
    acted: dict[str, int] = field(default_factory=dict)
    fresh: Counter[str] = field(default_factory=Counter)
    passed: dict[str, int] = field(default_factory=dict)

    def lets(self, rule: Rule, then: Iterable[Action]) -> bool:
        """Whether a rule may do a step now; one that has reached its limit is halted from here on."""
        limit = self.limits.get(rule.key)
        if limit is None or rule.mode != "live" or not limit.counts(then):
            return True
        if self.acted.get(rule.key, 0) < limit.per_hour:
            return True
        self.halted.add(rule.key)
        self.passed[rule.key] = limit.per_hour
        return False

    def count(self, rule: Rule, then: Iterable[Action]) -> None:
        """A rule has done a step."""
        limit = self.limits.get(rule.key)
        if limit is not None and limit.counts(then):
            self.acted[rule.key] = self.acted.get(rule.key, 0) + 1
            self.fresh[rule.key] += 1

    def aged(self, rule: Rule, rung: Rung) -> Rung:
        """The rung as overtaken if it came due before the rule was started again."""
        if rung.at < self.started.get(rule.key, rung.at):
            return rung._replace(overtaken=True)
        return rung
