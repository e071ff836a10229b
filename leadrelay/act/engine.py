"""The state machine of episodes: holds a subject against a flow's rulebooks and does what is due, once.

A rule that comes to hold begins an episode and its `then` is done as step 0. While it holds and nobody acknowledged,
rungs of `later` and repeats are done as they come due. When it no longer decides, its episode ends and it is re-armed.
As long as that changes facts the rulebooks are looked at again, at most ROUNDS times; then what still comes to hold
is recorded as cut and not done. The same engine runs the database's subjects and those of rule tests.
"""

from collections.abc import Callable, Iterable, Iterator
from functools import cached_property

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.act import reads
from leadrelay.act.actions import ACTIONS, Deed, Done
from leadrelay.act.case import Case, Facts, World
from leadrelay.act.ladder import Rung, due_repeats, due_rungs, next_due
from leadrelay.act.reason import Reason
from leadrelay.calendar import WorkCalendar
from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.effects import Decided, Episode, decision_key
from leadrelay.leads.facts import Row, Slots
from leadrelay.leads.fields import Value
from leadrelay.rulebook import way
from leadrelay.rulebook.compile import Matcher
from leadrelay.rulebook.condition import ALWAYS, Moment
from leadrelay.rulebook.evaluate import Outcome
from leadrelay.rulebook.evaluate import decide as interpret
from leadrelay.rulebook.model import Rule, Rulebook, Ruleset
from leadrelay.rulebook.owner_calendar import OWNER, moment_for, name_for, owner_path, with_owners
from leadrelay.zone import zone_of

ROUNDS = 10
"""So often may the rules of one flow set each other off for one subject."""
NONE_HELD: frozenset[str] = frozenset()

Decide = Callable[[Row], Outcome]
DecideAt = Callable[[Moment], Decide]


class _Book(Struct, frozen=True):
    """A rulebook made ready. `live` decides as if the shadow rules of a `hit: first` rulebook were not there."""

    book: Rulebook
    rules: tuple[Rule, ...]
    places: dict[str, int]
    reasons: tuple[Reason, ...]
    owner_slot: int
    decide_at: DecideAt
    live_at: DecideAt | None

    def decider(self, world: World) -> Decide:
        """What decides in this world, now."""
        if self.book.calendar != OWNER:
            return self._decider(world.moment)
        return self._by_owner(world)

    def _by_owner(self, world: World) -> Decide:
        """Decides in the calendar of each subject's owner: as many deciders as there are calendars."""
        ready: dict[str, Decide] = {}
        slot, team = self.owner_slot, world.team

        def decide(row: Row) -> Outcome:
            name = name_for(row[slot], team)
            if name not in ready:
                ready[name] = self._decider(Moment(world.now, with_owners(world.calendars, name)))
            return ready[name](row)

        return decide

    def calendar_for(self, case: Case, world: World) -> WorkCalendar:
        """The calendar that the ladder of a subject is counted in."""
        name = self.book.calendar
        return world.calendars[name_for(case.owner, world.team) if name == OWNER else name]

    def _decider(self, moment: Moment) -> Decide:
        decide = self.decide_at(moment)
        if self.live_at is None:
            return decide
        decide_live, rules = self.live_at(moment), self.rules

        def both(row: Row) -> Outcome:
            drawn, real = decide(row), decide_live(row)
            shadows = tuple(index for index in drawn.rules if rules[index].mode == "shadow")
            return Outcome(real.in_scope, (*shadows, *real.rules), min(drawn.until, real.until))

        return both


def _matched(book: Rulebook, slots: Slots) -> DecideAt:
    """The compiled matcher: for many subjects at one moment."""
    matcher = Matcher(book, slots)
    return lambda moment: matcher.at(moment).decide


def _interpreted(book: Rulebook, slots: Slots) -> DecideAt:
    """The plain interpreter: for a single subject, where getting a matcher ready costs more than it saves."""
    return lambda moment: lambda row: interpret(book, Facts(row, slots.index), moment)


class Engine(Struct, frozen=True, dict=True):
    """The rulebooks of one flow about one kind of subject, ready to run.

    `held` rules (first_run_limit) are as good as off, but their open episodes stay as they are. `batches`: for many
    subjects at a time. `told`: messages say why their reader gets them."""

    ruleset: Ruleset
    flow: str
    kind: str
    held: frozenset[str] = NONE_HELD
    batches: bool = True
    told: bool = True

    @cached_property
    def slots(self) -> Slots:
        """What the rulebooks read of a subject."""
        ruleset = self.ruleset
        books = ruleset.of(self.flow, self.kind)
        return reads.slots_of(books, self.kind, ruleset.team, ruleset.fields, ruleset.stages)

    @cached_property
    def known(self) -> frozenset[str]:
        """The keys of every rule about this kind, in whatever flow: an episode of another key has lost its rule."""
        return frozenset(rule.key for book, rule in self.ruleset.rules() if book.subject == self.kind)

    @cached_property
    def _books(self) -> tuple[_Book, ...]:
        return tuple(self._ready(book) for book in self.ruleset.of(self.flow, self.kind))

    def _ready(self, book: Rulebook) -> _Book:
        rules, ready = book.every_rule(), _matched if self.batches else _interpreted
        zone = zone_of(self.ruleset.team.zone)
        effective = _without(book, lambda rule: rule.key in self.held)
        drafts = book.hit == "first" and any(rule.mode == "shadow" for rule in rules)
        live = _without(effective, lambda rule: rule.mode == "shadow") if drafts else None
        return _Book(
            book,
            rules,
            {rule.key: index for index, rule in enumerate(rules) if rule.key not in self.held},
            tuple(Reason.of(book, rule, self.slots, zone) if self.told else Reason("", (), (), zone) for rule in rules),
            self.slots.index.get(owner_path(book), -1),
            ready(effective, self.slots),
            ready(live, self.slots) if live else None,
        )

    def at(self, world: World) -> "Turn":
        """The engine at one moment, in one world."""
        return Turn(self, self._books, world)


def _is_after(moment: Value, began_at: Instant) -> bool:
    return isinstance(moment, int) and moment > began_at


def _without(book: Rulebook, out: Callable[[Rule], bool]) -> Rulebook:
    """The rulebook with some rules off; every rule keeps its index."""

    def off(rule: Rule) -> Rule:
        return replace(rule, mode="off") if out(rule) else rule

    otherwise = off(book.otherwise) if book.otherwise else None
    return replace(book, rules=tuple(map(off, book.rules)), otherwise=otherwise)


class Turn:
    """An engine at one moment: `look` at one subject after the other. What is to be done goes to `world.effects`."""

    def __init__(self, engine: Engine, books: Iterable[_Book], world: World) -> None:
        self.world = world
        self._known = engine.known
        self._books = [(book, book.decider(world)) for book in books]
        self._load_slot = engine.slots.index.get("owner.open_count")
        self._fresh: set[int] = set()  # episodes begun in this look: the store writes them as they are in the end
        self._moved: dict[int, Episode] = {}

    def look(self, case: Case) -> Instant:
        """Decides and acts for one subject; returns the next moment to look at it if no field changes."""
        self._refresh_load(case)
        self._fresh.clear()
        if case.episodes:
            self._end(case, [key for key in case.episodes if key not in self._known])
        effects = self.world.effects
        start = len(effects.decided)
        for _ in range(ROUNDS):
            case.changed = False
            until = self._round(case)
            if not case.changed:
                break
        else:
            until = self._cut(case, start)
        if self._moved:
            effects.moved.extend(self._moved.values())
            self._moved.clear()
        return until

    def _round(self, case: Case, cut: bool = False) -> Instant:
        until, out = FOREVER, True
        for book, decide in self._books:
            in_scope, rules, stands = decide(case.row)
            if stands < until:
                until = stands
            if case.episodes:
                places, halted = book.places, self.world.brake.halted
                over = [key for key in case.episodes if key in places and places[key] not in rules]
                self._end(case, [key for key in over if key not in halted])
            if in_scope:
                out = False
                for index in rules:
                    if (due := self._hold(book, index, case, cut)) < until:
                        until = due
        case.out = out
        return until

    def _cut(self, case: Case, start: int) -> Instant:
        """After the last round: what comes to hold now is recorded, not done, and the rules involved are reported."""
        effects = self.world.effects
        done = len(effects.decided)
        until = self._round(case, cut=True)
        if len(effects.decided) > done:
            lively = [one.rule_key for one in effects.decided[start:]]
            effects.cut.append((case.subject, tuple(key for key in dict.fromkeys(lively) if lively.count(key) > 1)))
        return until

    def _hold(self, book: _Book, index: int, case: Case, cut: bool) -> Instant:
        """A rule holds: its episode begins or goes on. Returns when the next step is due."""
        rule, brake = book.rules[index], self.world.brake
        episode = case.episodes.get(rule.key)
        if rule.key in brake.halted:  # who lets it go has every subject looked at again
            return FOREVER
        if episode is not None and rule.since and _is_after(case.value(rule.since), episode.began_at):
            self._end(case, [rule.key])
            episode = None
        if episode is None:
            if not cut and not brake.lets(rule, rule.then):
                return FOREVER
            number = case.last.get(rule.key, 0) + 1
            episode = Episode(rule.key, case.subject, number, self.world.now, way=way.start(rule.marks))
            case.episodes[rule.key] = episode
            case.last[rule.key] = number
            self.world.effects.begun.append(episode)
            self._fresh.add(id(episode))
            self._do(book, index, case, episode, Rung("0", self.world.now, rule.then), cut)
        elif episode.acknowledged_at is None and (rule.later or rule.repeat or episode.way):
            self._follow(rule, episode)
            self._climb(book, index, case, episode, cut)
        if not (rule.later or rule.repeat) or rule.key in brake.halted:
            return FOREVER
        due = next_due(rule, episode, book.calendar_for(case, self.world))
        # What was left over because the facts changed is for the next round, of which there is one.
        return max(due, self.world.now + 1)

    def _follow(self, rule: Rule, episode: Episode) -> None:
        """Takes the episode's way over to the ladder as it is now."""
        now = way.follow(episode.way, rule.marks)
        if now != episode.way:
            episode.way, episode.steps = now, way.cleared(now)
            self._move(episode)

    def _climb(self, book: _Book, index: int, case: Case, episode: Episode, cut: bool) -> None:
        rule, now = book.rules[index], self.world.now
        changed, case.changed = case.changed, False
        for rung in self._allowed(rule, due_rungs(rule, episode, now, book.calendar_for(case, self.world)), cut):
            episode.way = way.did(episode.way, int(rung.step) - 1)
            episode.steps = way.cleared(episode.way)
            self._do(book, index, case, episode, rung, cut)
        if not case.changed:  # else the rule may not hold any more: the next round will tell
            again = due_repeats(rule, episode, now, book.calendar_for(case, self.world))
            for rung in self._allowed(rule, again, cut):
                episode.repeats = int(rung.step.removeprefix("repeat-"))
                self._do(book, index, case, episode, rung, cut)
        case.changed = case.changed or changed

    def _allowed(self, rule: Rule, due: list[Rung], cut: bool) -> Iterator[Rung]:
        """The steps that are due, as far as the rule may do them; what came due while it was stopped is overtaken."""
        brake = self.world.brake
        for rung in due:
            aged = brake.aged(rule, rung)
            if rule.key in brake.halted or not (cut or aged.overtaken or brake.lets(rule, aged.then)):
                return
            yield aged

    def _do(self, book: _Book, index: int, case: Case, episode: Episode, rung: Rung, cut: bool) -> None:
        rule, world = book.rules[index], self.world
        key = decision_key(rule.key, case.subject, episode.number, rung.identity or rung.step)
        done: list[Done] = []
        mode = "skipped" if rung.overtaken else "cut" if cut else rule.mode
        if rung.when is not ALWAYS and mode in ("live", "shadow") and not self._is_wanted(book, rung, case):
            mode, done = "skipped", [{"skipped": "its condition does not hold"}]
        if mode == "live":
            done = self._act(book, index, case, episode, rung, key, world)
            world.brake.count(rule, rung.then)
            self._refresh_load(case)
        elif mode == "shadow":
            done = self._act(book, index, case.rehearsal(), episode, rung, key, world.rehearsal())
        world.effects.decided.append(
            Decided(
                book.book.flow,
                book.book.name,
                rule.id,
                rule.key,
                case.subject,
                episode.number,
                rung.step,
                mode,
                done,
                rung.identity,
                rung.at,
            )
        )
        self._move(episode)

    def _is_wanted(self, book: _Book, rung: Rung, case: Case) -> bool:
        """Whether the step's own condition holds now."""
        facts = Facts(case.row, case.index)
        return rung.when.verdict(facts, moment_for(book.book, facts, self.world.moment, self.world.team)).holds

    def _act(
        self, book: _Book, index: int, case: Case, episode: Episode, rung: Rung, key: str, world: World
    ) -> list[Done]:
        deed = Deed(world, book.book, book.rules[index], key, rung, episode, book.reasons[index], tuple(case.row))
        return [ACTIONS[action.name](action, case, deed) for action in rung.then]

    def _end(self, case: Case, keys: list[str]) -> None:
        for key in keys:
            episode = case.episodes.pop(key)
            episode.ended_at = self.world.now
            case.over[key] = episode
            self._move(episode)

    def _move(self, episode: Episode) -> None:
        if id(episode) not in self._fresh:
            self._moved[id(episode)] = episode

    def _refresh_load(self, case: Case) -> None:
        """The owner's load moves while the batch is under way."""
        if self._load_slot is not None and (owner := case.owner) is not None:
            case.learn("owner.open_count", self.world.loads.of(owner))
