"""Deciding with the plain interpreter: which rules of a rulebook hold for a subject, and until when that stands."""

from typing import NamedTuple

from leadrelay.clock import Instant
from leadrelay.rulebook.condition import Facts, Moment
from leadrelay.rulebook.model import Rule, Rulebook, Stop
from leadrelay.rulebook.owner_calendar import OWNER, owner_path
from leadrelay.rulebook.paths import read_paths


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
