"""Two replays side by side: whose outcome changes, messages, load and deadlines, before and after."""

from collections import Counter
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from msgspec import Struct

from leadrelay.backtest.tally import Kept, Tally
from leadrelay.clock import Day, date_of
from leadrelay.leads.fields import SUBJECTS

NONE: Mapping[str, int] = {}


class Changed(NamedTuple):
    """A subject whose outcome changes: which rule of the rulebook decided before, and which after; None: none did."""

    subject: str
    rulebook: str
    before: str | None
    after: str | None


class Messages(NamedTuple):
    """How many messages the rules make for a reader; on the busiest day, which is the one with most after."""

    before: int
    after: int
    day: Day
    day_before: int
    day_after: int

    def as_dict(self) -> dict[str, object]:
        """As --json prints it."""
        busiest = {"on": date_of(self.day).isoformat(), "before": self.day_before, "after": self.day_after}
        return {"before": self.before, "after": self.after, "busiest_day": busiest}


class Load(NamedTuple):
    """What somebody has open at the end, and at most at any time."""

    before: int
    after: int
    most_before: int
    most_after: int


class Deadline(NamedTuple):
    """What became of the deadlines that a rule sets."""

    before: Kept
    after: Kept


class Comparison(Struct, frozen=True):
    """What would be otherwise. `subjects`: how many the rules looked at; `decisions` before and after."""

    subjects: int
    decisions: tuple[int, int]
    changed: list[Changed]
    messages: dict[str, Messages]
    load: dict[str, Load]
    deadlines: dict[str, Deadline]


def compare(before: Tally, after: Tally) -> Comparison:
    """The difference between two replays of the same story."""
    same = before is after
    return Comparison(
        len(before.looked if same else before.looked | after.looked),
        (before.decisions, after.decisions),
        [] if same else sorted(_changed(before, after), key=_by_number),
        {
            one: _messages(before.messages.get(one), after.messages.get(one))
            for one in _keys(before.messages, after.messages)
        },
        {one: _load(one, before, after) for one in _keys(before.most, after.most)},
        {
            one: Deadline(before.deadlines.get(one, Kept()), after.deadlines.get(one, Kept()))
            for one in _keys(before.deadlines, after.deadlines)
        },
    )


def _keys(*found: Mapping[str, object]) -> list[str]:
    return sorted({key for one in found for key in one})


def _changed(before: Tally, after: Tally) -> Iterator[Changed]:
    """A rule that another one took the place of; of `hit: all` rulebooks every rule that came or went by itself."""
    for key in {**before.outcomes, **after.outcomes}:
        was, will = before.outcomes.get(key, NONE), after.outcomes.get(key, NONE)
        if was.keys() == will.keys():
            continue
        gone, come = [one for one in was if one not in will], [one for one in will if one not in was]
        if len(was) <= 1 and len(will) <= 1:
            yield Changed(*key, gone[0] if gone else None, come[0] if come else None)
            continue
        yield from (Changed(*key, one, None) for one in gone)
        yield from (Changed(*key, None, one) for one in come)


def _by_number(one: Changed) -> tuple[int, list[tuple[int, int | str]], str, str, str]:
    """request/9 before request/10."""
    kind, _, name = one.subject.partition("/")
    return SUBJECTS.index(kind), natural(name), one.rulebook, one.before or "", one.after or ""


def natural(name: str) -> list[tuple[int, int | str]]:
    """A key that sorts numbers inside a text as numbers."""
    parts: list[tuple[int, int | str]] = []
    digits = ""
    for letter in f"{name}\0":
        if letter.isascii() and letter.isdigit():
            digits += letter
            continue
        if digits:
            parts.append((0, int(digits)))
            digits = ""
        parts.append((1, letter))
    return parts


def _messages(before: Counter[Day] | None, after: Counter[Day] | None) -> Messages:
    was, will = before or Counter(), after or Counter()
    busy = will or was
    day = min(busy, key=lambda one: (-busy[one], one))
    return Messages(was.total(), will.total(), day, was[day], will[day])


def _load(person: str, before: Tally, after: Tally) -> Load:
    was, will = before.load.get(person, 0), after.load.get(person, 0)
    return Load(was, will, before.most.get(person, 0), after.most.get(person, 0))
