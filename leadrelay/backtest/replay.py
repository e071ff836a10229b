"""Lives through a story under rules: the real state machine, on a moving clock, with a company in memory."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from leadrelay.act.case import Case
from leadrelay.act.engine import ROUNDS
from leadrelay.act.imagined import LINKS
from leadrelay.act.sweep import CHUNK
from leadrelay.backtest.agenda import Agenda, Pair
from leadrelay.backtest.company import Company
from leadrelay.backtest.outside import Outside
from leadrelay.backtest.ready import Ready
from leadrelay.backtest.story import GoesLive, Happening, Item, Story
from leadrelay.backtest.tally import Tally
from leadrelay.clock import Instant
from leadrelay.leads.effects import Change, Effects, Episode
from leadrelay.leads.fields import Value
from leadrelay.leads.turns import Turns
from leadrelay.store.changes import touched
from leadrelay.store.looks import Look
from leadrelay.store.tasks import FIELDS as TASK_FIELDS
from leadrelay.store.watches import Touched

PASSES = 20
"""So often at one moment does a flow take up what others left it."""


class Replay:
    """A company that lives through a story. `rules` say what is in force from when on, the first from the start."""

    def __init__(self, story: Story, rules: Sequence[GoesLive], language: str, tally: Tally) -> None:
        self._story, self._rules, self._language = story, rules, language
        self.tally = tally
        self.company = Company()
        self.agenda = Agenda()
        self.episodes: dict[str, dict[str, Episode]] = {}
        self.turns: Turns = {}
        self._numbers: dict[str, dict[str, int]] = {}
        self._outside = Outside(self.company, self.episodes)
        self._ready: Ready | None = None
        self._clock: Instant = story.start
        self._busy: Counter[str] = Counter()
        self._busy_at: Instant = -1
        self._looks: dict[Pair, list[Look]] = {}
        for item in reversed(story.items):
            if isinstance(item, Look):
                self._looks.setdefault((item.flow, item.kind), []).append(item)

    def run(self) -> Iterator[int]:
        """Lives through the story; yields how many of its items are done, now and then."""
        for number, item in enumerate(self._items()):
            if item.at > self._clock:
                self._look_between(item.at)
                if self._clock < self.tally.since <= item.at:
                    self.company.most = dict(self.company.open)
                self._clock = item.at
            match item:
                case Happening():
                    self._outside.take(item, self._ready.alarm if self._ready else None)
                case Look():
                    self._look(item)
                case GoesLive():
                    self._go_live(item)
            if number % 1000 == 999:
                yield number + 1
        self._look_between(self._story.end + 1)
        self.tally.end(self.company, self._story.end)

    def _items(self) -> Iterator[Item]:
        """The story with the changes of rules, which come before whatever else is of the same moment."""
        ahead = list(reversed(self._rules))
        for item in self._story.items:
            while ahead and ahead[-1].at <= item.at:
                yield ahead.pop()
            yield item
        yield from reversed(ahead)

    def _go_live(self, live: GoesLive) -> None:
        self._ready = Ready.of(live, self.company, self.agenda, self.turns, self._language)
        self._ready.alarm.everybody(live.at)

    def _look_between(self, until: Instant) -> None:
        """What is due before `until` and was not left waiting then: as promptly as the flows were, or else what is due
        at a moment at which they looked."""
        if self._ready is None:
            return
        if not self._story.prompt:
            until = self._clock + 1
        pairs, agenda, clock = self._ready.pairs, self.agenda, self._clock
        while agenda.is_due_before(until):
            soonest, chosen = until, None
            for pair in pairs:  # in the order of the flows
                due = agenda.first(pair)
                now = due if due > clock else clock
                if now < soonest and self._is_free(pair, due):
                    soonest, chosen = now, pair
            if chosen is None:
                return
            self._clock = clock = soonest
            self._run(chosen[0], soonest)

    def _is_free(self, pair: Pair, due: Instant) -> bool:
        """Whether nothing that the flow had to look at then was left waiting."""
        ahead = self._looks.get(pair)
        return due < (ahead[-1].first_due if ahead else self._story.waits_since(pair))

    def _run(self, flow: str, now: Instant) -> None:
        """A whole run of a flow, unless the flows have set each other off without end."""
        ready = self._ready
        assert ready is not None
        if self._busy_at != now:
            self._busy.clear()
            self._busy_at = now
        self._busy[flow] += 1
        if self._busy[flow] > PASSES:
            for pair in ready.of_flow[flow]:
                self.agenda.take(pair, now, 2**62)
            return
        ready.sweeps.anew()
        again: Counter[str] = Counter()
        found = True
        while found:
            found = False
            for pair in ready.of_flow[flow]:
                while self.agenda.first(pair) <= now and self._chunk(pair, now, again):
                    found = True

    def _look(self, look: Look) -> None:
        """A look as it was: one chunk of one sweep."""
        pair = (look.flow, look.kind)
        self._looks[pair].pop()
        if self._ready is not None and pair in self._ready.engines:
            self._chunk(pair, look.at, Counter())

    def _chunk(self, pair: Pair, now: Instant, again: Counter[str]) -> bool:
        """What is due now, at most CHUNK, decided and written; False if nothing was."""
        ready, agenda = self._ready, self.agenda
        assert ready is not None
        taken = agenda.take(pair, now, CHUNK)
        if not taken:
            return False
        turn, world = ready.sweeps.at(pair, now), ready.sweeps.world
        moments, out = list[tuple[str, Instant]](), agenda.out[pair]
        for case, due in self._cases(pair, taken, now, ready):
            if world.shaken and self._is_shaken(case, world.shaken):
                agenda.set(pair, case.id, due)
                continue
            moments.append((case.id, turn.look(case)))
            if case.out and not case.episodes:
                out.add(case.id)
            elif case.id in out:
                out.remove(case.id)
        for name, until in moments:
            agenda.set(pair, name, until)
        self._apply(world.effects, now, ready)
        again.update(one.subject for one in world.effects.decided)
        world.effects = Effects()
        world.shaken.clear()
        world.loads.settle()
        return max(again.values(), default=0) <= ROUNDS * 2

    def _cases(
        self, pair: Pair, taken: Iterable[tuple[Instant, str]], now: Instant, ready: Ready
    ) -> Iterator[tuple[Case, Instant]]:
        kind, counts = pair[1], now >= self.tally.since
        rows, slots = ready.rows[pair], ready.engines[pair].slots
        episodes, numbers = self.episodes, self._numbers
        for due, name in taken:
            subject = f"{kind}/{name}"
            open_ones = episodes.get(subject)
            if open_ones is None:
                open_ones, numbers[subject] = episodes.setdefault(subject, {}), {}
            if counts:
                self.tally.looked.add(subject)
            yield Case(kind, name, rows.of(name, now), slots, open_ones, numbers[subject]), due

    def _is_shaken(self, case: Case, shaken: set[str]) -> bool:
        return any(f"{entity}/{case.value(f'{case.kind}.{entity}')}" in shaken for entity in LINKS[case.kind])

    def _apply(self, effects: Effects, now: Instant, ready: Ready) -> None:
        """Does what store/write.py does in the database."""
        company, alarm = self.company, ready.alarm
        self.tally.note(effects, now, ready.live.ruleset)
        created = [one for one in effects.created if company.create(one)]
        changed = [one for one in effects.changes if one.old != one.new]
        for kind, name, values in _by_subject(changed):
            company.update(kind, name, values)
        joined = [change for one in effects.joined if (change := company.move(one, now))]
        followed = company.follow(changed, now)
        for task in effects.tasks:
            company.add_task(task, now)
        settled = {one.key: (one.flow, one.subject) for one in effects.decided} if changed or joined else {}
        concerned, owners = touched([*changed, *joined], settled)
        alarm.wake([*(Touched(one.kind, one.id) for one in created), *concerned], now)
        alarm.wake_owned(owners, now)
        alarm.wake([Touched(*one, TASK_FIELDS) for one in followed], now)
        by_key = {one.key: one for one in effects.decided} if effects.tasks else {}
        for task in effects.tasks:
            kind, _, name = task.subject.partition("/")
            by = by_key.get(task.cause)
            alarm.wake([Touched(kind, name, TASK_FIELDS, by.flow if by and by.subject == task.subject else "")], now)


def _by_subject(changes: Iterable[Change]) -> Iterator[tuple[str, str, dict[str, Value]]]:
    """What each subject's fields are in the end."""
    found: dict[tuple[str, str], dict[str, Value]] = {}
    for one in changes:
        found.setdefault((one.kind, one.id), {})[one.field] = one.new
    for (kind, name), values in found.items():
        yield kind, name, values
