"""Deciding with the plain interpreter: which rules of a rulebook hold for a subject, and until when that stands."""

from collections.abc import Iterator
from typing import NamedTuple

from leadrelay.clock import Instant
from leadrelay.leads.fields import UNTIL, Fields
from leadrelay.rulebook.condition import After, Condition, Every, Facts, Moment, Not, SameAs, Test
from leadrelay.rulebook.model import Rule, Rulebook, Stop
from leadrelay.rulebook.owner_calendar import OWNER, owner_path

_CORE = Fields()  # the company's own fields are never windowed, so the core ones are enough


class Outcome(NamedTuple):
    """What a rulebook says of a subject. `rules` are indexes into `Rulebook.every_rule()`, in their order; `until` is
    the first moment after now at which any of this may change if no field changes."""

    in_scope: bool
    rules: tuple[int, ...]
    until: Instant


def decide(rulebook: Rulebook, facts: Facts, moment: Moment) -> Outcome:
    """The outcome for these facts at this moment.

    `hit: first`: the topmost rule that holds; `hit: all`: all of them, up to the first that stops. If none holds, the
    rulebook's `otherwise`, if it has one."""
    scope = rulebook.scope.verdict(facts, moment)
    until = scope.until
    held: list[int] = []
    for index, rule in enumerate(rulebook.rules if scope.holds else ()):
        if rule.mode == "off":
            continue
        holds, stands = rule.when.verdict(facts, moment)
        until = min(until, stands)
        if holds:
            held.append(index)
            if ends_search(rulebook, rule):
                break
    return Outcome(scope.holds, or_otherwise(rulebook, held) if scope.holds else (), max(until, moment.now + 1))


def ends_search(rulebook: Rulebook, rule: Rule) -> bool:
    """Whether no rule after this one counts once it holds. A shadow rule records its `stop` and stops nothing."""
    if rulebook.hit == "first":
        return True
    return rule.mode == "live" and any(isinstance(action, Stop) for action in rule.then)


def or_otherwise(rulebook: Rulebook, held: list[int]) -> tuple[int, ...]:
    """The rules that held, or the `otherwise` in their place."""
    if held or rulebook.otherwise is None or rulebook.otherwise.mode == "off":
        return tuple(held)
    return (len(rulebook.rules),)


def paths(rulebook: Rulebook) -> tuple[str, ...]:
    """Every path that the scope and the rules read, each once, companions of windowed fields included.

    The owner is among them if working time is counted in the owner's calendar."""
    conditions = [rulebook.scope, *(rule.when for rule in rulebook.rules)]
    conditions += [step.when for rule in rulebook.rules for step in rule.later]
    read = [path for condition in conditions for path in read_paths(condition)]
    read += [rule.since for rule in rulebook.rules if rule.since]
    if rulebook.calendar == OWNER:
        read.append(owner_path(rulebook))
    return tuple(dict.fromkeys(read))


def read_paths(condition: Condition) -> Iterator[str]:
    """Every path that a condition reads, companions of windowed fields included."""
    for line in condition.lines():
        yield line.path
        if line.windowed:
            yield line.path + UNTIL
        for test in leaves(line.test):
            if isinstance(test, SameAs | After):
                yield test.other
                other = _CORE.get(test.other)
                if other is not None and other.windowed:
                    yield test.other + UNTIL


def leaves(test: Test) -> Iterator[Test]:
    """The tests that a test is made of, without `Not` and `Every`."""
    if isinstance(test, Not):
        yield from leaves(test.test)
    elif isinstance(test, Every):
        for part in test.tests:
            yield from leaves(part)
    else:
        yield test
