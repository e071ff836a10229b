"""A whole backtest: reads the story, lives through it under two sets of rules, and compares."""

import gc
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.act.reads import slots_of
from leadrelay.backtest import dated, telling
from leadrelay.backtest.beside import beside
from leadrelay.backtest.compare import Comparison, compare
from leadrelay.backtest.replay import Replay
from leadrelay.backtest.rules import as_they_were, held_in, live_now, team_of
from leadrelay.backtest.sample import sampled
from leadrelay.backtest.story import GoesLive, Story
from leadrelay.backtest.tally import Tally
from leadrelay.clock import Instant
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import rulesets
from leadrelay.zone import zone_of

Step = Callable[[int], None]
"""Called with how many items of the story are done since the last call."""


class Wish(Struct, frozen=True):
    """What is to be compared: the rules of before (None: those that were in force at each moment), and of after.

    `since`: what happened earlier is lived through by the rules of before, and not counted. `sample`: so many accounts.
    `language` is the company's."""

    before: Ruleset | None
    after: Ruleset
    now: Instant
    since: Instant | None = None
    sample: int | None = None
    language: str = "en"


class Agreement(NamedTuple):
    """Of the decisions that were taken: how many there are, how many the replay of what happened takes at the same
    moment, and how many it takes that were not taken."""

    taken: int
    same: int
    others: int


class Told(Struct, frozen=True):
    """What is to be lived through, and under which rules by the moment they go live. `taken`: when each decision was
    taken that the replay of before should take too, by its key, if it is of what happened."""

    story: Story
    before: list[GoesLive]
    after: list[GoesLive]
    since: Instant
    taken: Mapping[str, Instant] | None

    @property
    def alike(self) -> bool:
        """Whether these are the same rules at the same moments, so that one replay says it all."""
        return [(one.at, one.ruleset.digest, one.held) for one in self.before] == [
            (one.at, one.ruleset.digest, one.held) for one in self.after
        ]


class Backtest(Struct, frozen=True):
    """A story that was lived through twice; counting began `since`."""

    since: Instant
    until: Instant
    source: str
    comparison: Comparison
    agreement: Agreement | None = None


def read(conn: Connection, wish: Wish) -> Told:
    """Everything that a backtest needs from the database."""
    keep = telling.everybody if wish.sample is None else sampled(conn, wish.sample)
    if telling.has_history(conn):
        story, base = telling.told(conn, keep), as_they_were(conn)
        before = base if wish.before is None else _replaced(conn, base, wish.before, wish, story.start)
    else:
        first = wish.before or live_now(conn)
        story = dated.dated(conn, wish.now, _read_by(wish.after, *([first] if first else [])), keep)
        before = base = [_live(conn, first, story.start)] if first else []
    after = _replaced(conn, base, wish.after, wish, story.start)
    since = story.start if wish.since is None else wish.since
    checks = wish.before is None and wish.sample is None and story.source == "history"
    return Told(story, before, after, since, telling.taken(conn, since) if checks else None)


def _read_by(*rulesets: Ruleset) -> Iterator[str]:
    """The paths that the rules of these read."""
    for one in rulesets:
        for book in one.rulebooks:
            yield from slots_of([book], book.subject, one.team, one.fields, one.stages).paths


def _replaced(conn: Connection, base: list[GoesLive], ruleset: Ruleset, wish: Wish, start: Instant) -> list[GoesLive]:
    """These rules, from the first moment at which any were in force, or from `since` on after those that were."""
    first = base[0].at if base else start
    at = first if wish.since is None else max(first, wish.since)
    return [*(one for one in base if one.at < at), _live(conn, ruleset, at)]


def _live(conn: Connection, ruleset: Ruleset, at: Instant) -> GoesLive:
    return GoesLive(at, ruleset, team_of(conn, ruleset), held_in(ruleset, rulesets.rule_states(conn)))


def lived(told: Told, rules: list[GoesLive], language: str, step: Step = lambda _done: None) -> Tally:
    """What comes of a story under these rules."""
    zone = zone_of(rules[-1].ruleset.team.zone) if rules else zone_of("UTC")
    tally = Tally(zone, told.since, keep=told.taken is not None)
    done = 0
    for number in Replay(told.story, rules, language, tally).run():
        step(number - done)
        done = number
    step(len(told.story.items) - done)
    return tally


def both(told: Told, language: str, step: Step = lambda _done: None) -> Backtest:
    """Lives through a story twice, at the same time where the machine can, and compares."""
    with seldom_collecting():
        return _both(told, language, step)


@contextmanager
def seldom_collecting() -> Iterator[None]:
    """The search for garbage in circles leaves the story alone, and is seldom: there is little of it."""
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(100_000, 50, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _both(told: Told, language: str, step: Step) -> Backtest:
    if told.alike:
        first = second = lived(told, told.before, language, step)
    else:
        second, first = beside(
            lambda: lived(told, told.after, language), lambda: lived(told, told.before, language, step)
        )
    agreement = _agreement(told.taken, first.taken) if told.taken is not None else None
    return Backtest(told.since, told.story.end, told.story.source, compare(first, second), agreement)


def _agreement(taken: Mapping[str, Instant], found: Mapping[str, Instant]) -> Agreement:
    same = sum(found.get(key) == at for key, at in taken.items())
    return Agreement(len(taken), same, len(found.keys() - taken.keys()))
