"""What time alone makes rules do: when each comes to hold or ceases to, and the line and the sum that say so."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from leadrelay.act.reason import written
from leadrelay.calendar import WorkCalendar
from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.fields import Value
from leadrelay.leads.team import Team
from leadrelay.reckoning import reckon, told
from leadrelay.rulebook.condition import Line, Moment, NewerThan, OlderThan, Past, Within
from leadrelay.rulebook.evaluate import decide
from leadrelay.rulebook.model import Rule, Rulebook
from leadrelay.rulebook.owner_calendar import moment_for
from leadrelay.rulebook.paths import leaves

MOST_LOOKS = 50
"""So many moments ahead are looked at, of one rulebook."""
Facts = Mapping[str, Value]
FactsAt = Callable[[Instant], Facts | None]
"""The facts of a subject at a moment, also one that is still to come."""


class Turn(NamedTuple):
    """A rule comes to decide, or ceases to, at a moment, if no field changes."""

    at: Instant
    rule: Rule
    holds: bool
    why: str


class Sight(NamedTuple):
    """The facts at a moment, and the calendars they are seen with."""

    facts: Facts
    moment: Moment


class Foresight(Struct, frozen=True):
    """One rulebook about one subject; `facts_at` knows what counts and absences will be."""

    book: Rulebook
    team: Team
    calendars: Mapping[str, WorkCalendar]
    facts_at: FactsAt

    def turns(self, now: Instant) -> Iterator[Turn]:
        """The next turn of each rule, soonest first."""
        rules, seen = self.book.every_rule(), set[int]()
        before = self._sight(now)
        for _ in range(MOST_LOOKS):
            if before is None:
                return
            outcome = decide(self.book, *before)
            if outcome.until >= FOREVER or (after := self._sight(outcome.until)) is None:
                return
            turned = set(outcome.rules) ^ set(decide(self.book, *after).rules)
            for index in sorted(turned - seen):
                why = self._why(rules[index], before, after)
                yield Turn(outcome.until, rules[index], index not in outcome.rules, why)
            seen |= turned
            before = after

    def calendar(self, now: Instant) -> WorkCalendar:
        """The calendar that the rulebook counts in for this subject."""
        sight = self._sight(now)
        return (sight.moment.calendars if sight else self.calendars)[self.book.calendar]

    def _sight(self, at: Instant) -> Sight | None:
        facts = self.facts_at(at)
        if facts is None:
            return None
        return Sight(facts, moment_for(self.book, facts, Moment(at, self.calendars), self.team))

    def _why(self, rule: Rule, before: Sight, after: Sight) -> str:
        """The lines that turn, of the rule or its scope; else of the rules whose turn decides about this one."""
        own = [*self.book.scope.lines(), *rule.when.lines()]
        others = [line for other in self.book.rules if other is not rule for line in other.when.lines()]
        for lines in (own, others):
            turned = [line for line in lines if line.verdict(*before).holds is not line.verdict(*after).holds]
            if turned:
                return "; and ".join(self._story(line, before, after) for line in turned)
        return "another rule decides"

    def _story(self, line: Line, before: Sight, after: Sight) -> str:
        value, then, now = after.facts.get(line.path), after.moment.now, before.moment
        for test in leaves(line.test):
            if isinstance(test, OlderThan | NewerThan | Within | Past) and isinstance(value, int):
                when, calendar = test.at(value, now)
                label = f"{_label(line.path, self.book.subject)} {told(when, calendar, now.now)}"
                if isinstance(test, OlderThan | NewerThan) and test.span.after(when, calendar) == then:
                    return f"{label}; {reckon(when, test.span, calendar, now.now)}"
                if isinstance(test, Within) and when > then:
                    return f"{label}; from {told(then, calendar, now.now)} on that is within {test.span}"
                return f"{label}; that moment comes"
        zone = self.calendars["default"].zone
        old, new = (written(sight.facts.get(line.path), line.type, zone) for sight in (before, after))
        return f"{line.path} is {old}, and will be {new}"


def _label(path: str, subject: str) -> str:
    """`received` for request.received_at: the field as a sentence about the subject begins with it."""
    entity, _, name = path.partition(".")
    words = name.removeprefix("extra.").removesuffix("_at").removesuffix("_on").replace("_", " ")
    return words if entity == subject else f"{entity} {words}"
