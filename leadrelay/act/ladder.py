"""When the later steps and the repeats of an episode are due, and which of them to do at a late look.

Rung n of `later` is due `after` the moment the episode began, but never before the rung above it. Repeat k of `then`
is due k times `every` after that moment. Of rungs that are overdue together only the latest is done: the others were
overtaken. Of overdue repeats only the latest is done: it is the same message.
"""

from collections.abc import Iterator
from typing import NamedTuple

from leadrelay.calendar import WorkCalendar
from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.effects import Episode
from leadrelay.rulebook import way
from leadrelay.rulebook.condition import ALWAYS, Condition
from leadrelay.rulebook.model import Action, Repeat, Rule, Step

DAWN: Instant = -FOREVER


class Rung(NamedTuple):
    """One step of an episode: its number in decisions, when it is due, what it does, whether another overtook it, and
    what it is known by if it is one of `later`."""

    step: str
    at: Instant
    then: tuple[Action, ...]
    overtaken: bool = False
    when: Condition = ALWAYS
    identity: str = ""


def owed(rule: Rule, episode: Episode) -> list[int]:
    """The places of the rungs that are still to come, on the ladder as it is now."""
    return way.owed(way.follow(episode.way, rule.marks))


def rungs(later: tuple[Step, ...], began_at: Instant, calendar: WorkCalendar) -> Iterator[Instant]:
    """When each rung of the ladder is due, in their order."""
    latest = DAWN
    for step in later:
        latest = max(latest, step.after.after(began_at, calendar))
        yield latest


def repeats(repeat: Repeat, began_at: Instant, calendar: WorkCalendar) -> Iterator[Instant]:
    """When each repeat is due, the first one first."""
    at = began_at
    for _ in range(repeat.at_most):
        at = repeat.every.after(at, calendar)
        yield at


def due_rungs(rule: Rule, episode: Episode, now: Instant, calendar: WorkCalendar) -> list[Rung]:
    """The rungs of `later` that are due and not yet done; all but the latest are overtaken."""
    to_come = owed(rule, episode)
    if not to_come:
        return []
    moments = list(rungs(rule.later, episode.began_at, calendar))
    due = [place for place in to_come if moments[place] <= now]
    return [_rung(rule, place, moments[place], moments[place] < moments[due[-1]]) for place in due]


def _rung(rule: Rule, place: int, at: Instant, overtaken: bool = False) -> Rung:
    step = rule.later[place]
    return Rung(str(place + 1), at, step.then, overtaken, step.when, way.name_of(rule.marks[place]))


def due_repeats(rule: Rule, episode: Episode, now: Instant, calendar: WorkCalendar) -> list[Rung]:
    """The repeats that are due and not yet done; all but the latest are overtaken."""
    if rule.repeat is None or episode.repeats >= rule.repeat.at_most:
        return []
    due = []
    for number, at in enumerate(repeats(rule.repeat, episode.began_at, calendar), start=1):
        if at > now:
            break
        if number > episode.repeats:
            due.append(Rung(f"repeat-{number}", at, rule.then))
    return [rung._replace(overtaken=True) for rung in due[:-1]] + due[-1:]


def next_due(rule: Rule, episode: Episode, calendar: WorkCalendar) -> Instant:
    """When the episode's next step is due; FOREVER when it has none any more, or somebody acknowledged it."""
    return min((rung.at for rung in coming(rule, episode, calendar)), default=FOREVER)


def coming(rule: Rule, episode: Episode, calendar: WorkCalendar) -> Iterator[Rung]:
    """The next rung and the next repeat of an episode, as far as there are any."""
    if episode.acknowledged_at is not None or episode.ended_at is not None:
        return
    if to_come := owed(rule, episode):
        moments = list(rungs(rule.later, episode.began_at, calendar))
        yield _rung(rule, to_come[0], moments[to_come[0]])
    if rule.repeat is not None:
        for number, at in enumerate(repeats(rule.repeat, episode.began_at, calendar), start=1):
            if number > episode.repeats:
                yield Rung(f"repeat-{number}", at, rule.then)
                break
