"""One run of a flow on the database: looks at what is due, decides, and writes it, a transaction for every chunk.

Every sweep derives its work from the state, so one that is missed, doubled, late or killed does no harm.
"""

import gc
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager

from msgspec import Struct, field
from sqlalchemy import Connection

from leadrelay.act import braking, held, same_question, settle_deal
from leadrelay.act.batch import Batch, batches_of, cases
from leadrelay.act.brake import Limit, limits_of
from leadrelay.act.case import Case, Loads, World
from leadrelay.act.engine import ROUNDS, Turn
from leadrelay.act.imagined import LINKS
from leadrelay.clock import MINUTE, Clock, Instant, iso, system_clock
from leadrelay.errors import ClockBeforeData, LeaseTaken
from leadrelay.leads.effects import Effects
from leadrelay.rulebook.model import Flow, Ruleset
from leadrelay.store import agenda, halts, history, holder, leases, looks, rulesets, sweeps, turns, write
from leadrelay.store.database import Database
from leadrelay.store.owners import open_counts, whole_team
from leadrelay.store.write import Applied
from leadrelay.zone import zone_of

CHUNK = 2000
LEASE = 5 * MINUTE
"""How long a chunk may take before somebody else may take over."""


def lease_name(flow: str) -> str:
    """Under which name a flow's lease is kept."""
    return f"sweep {flow}"


class FlowSummary(Struct):
    """What one sweep did. `held`: rules with what they would begin; `limited`: those held by their limit, with it;
    `stopped`: those stopped by a person; `cut`: subjects with the rules that were cut."""

    flow: str
    now: Instant
    looked_at: int = 0
    decided: int = 0
    acted: int = 0
    changed: int = 0
    created: int = 0
    messages: int = 0
    tasks: int = 0
    joined: int = 0
    held: dict[str, int] = field(default_factory=dict)
    limited: dict[str, int] = field(default_factory=dict)
    stopped: list[str] = field(default_factory=list)
    cut: dict[str, tuple[str, ...]] = field(default_factory=dict)
    finished: bool = True
    seconds: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """As `run --json` prints it."""
        return {
            "looked_at": self.looked_at,
            "decided": self.decided,
            "acted": self.acted,
            "changed": self.changed,
            "created": self.created,
            "messages": self.messages,
            "tasks": self.tasks,
            "joined": self.joined,
            "held": dict(self.held),
            "limited": dict(self.limited),
            "stopped": list(self.stopped),
            "cut": {subject: list(rules) for subject, rules in self.cut.items()},
            "finished": self.finished,
            "seconds": round(self.seconds, 3),
        }


class Sweeper(Struct):
    """A ruleset on a database, ready to sweep; keeps what it made ready from one sweep to the next.

    `language` is the company's. Leases go by `clock`, the machine's: `now` may be any moment. `rule_hour_limit` is for
    rules that do not say their own, and never less than `first_run_limit`; None: no limit."""

    database: Database
    ruleset: Ruleset
    language: str = "en"
    first_run_limit: int = held.DEFAULT_LIMIT
    chunk: int = CHUNK
    clock: Clock = system_clock
    rule_hour_limit: int | None = None
    _ready: dict[tuple[str, frozenset[str]], list[Batch]] = field(default_factory=dict)

    def sweep(self, flow: Flow, now: Instant, go_on: Callable[[], bool] = lambda: True) -> FlowSummary:
        """Runs a flow on everything that is due by `now`, until nothing is, or `go_on` says no after a chunk.

        Raises ClockBeforeData, LeaseTaken when another process is at it, NoDatabase and DatabaseBusy; what was done
        up to then stays."""
        started, summary = self.clock(), FlowSummary(flow, now)
        with self.database.read() as conn:
            self._check_clock(conn, now)
            doubts = settle_deal.in_doubt(conn) if flow == "route" else []
        if doubts:
            with self.database.begin() as conn:
                settle_deal.weigh(conn, doubts, now)
        with self.database.read() as conn:
            due = agenda.count_due(conn, flow, now)
            summary.held = held.held_rules(self.ruleset, flow, rulesets.rule_states(conn))
            self._tell_halts(conn, summary)
        if due:
            with self._lease(flow) as fence:
                self._first_runs(summary, due)
                _Sweep(self, summary, fence, due).run(self._batches(flow, self._off(summary)), go_on)
        summary.seconds = (self.clock() - started) / 1e6
        with self.database.begin() as conn:
            sweeps.record(conn, flow, now, summary.as_dict())
        return summary

    def _off(self, summary: FlowSummary) -> frozenset[str]:
        """The held rules that are as good as off."""
        return frozenset(summary.held) - self.kept(summary)

    def kept(self, summary: FlowSummary) -> frozenset[str]:
        """The held rules that keep their place."""
        return held.keeping_place(self.ruleset, summary.held)

    def _check_clock(self, conn: Connection, now: Instant) -> None:
        last = sweeps.last_decision_at(conn)
        if last is not None and last > now:
            zone = zone_of(self.ruleset.team.zone)
            raise ClockBeforeData(now=iso(now, zone), last=iso(last, zone))

    def _batches(self, flow: str, out: frozenset[str]) -> list[Batch]:
        key = (flow, out)
        if key not in self._ready:
            self._ready[key] = batches_of(self.ruleset, flow, out)
        return self._ready[key]

    def _first_runs(self, summary: FlowSummary, due: int) -> None:
        """Holds the rules whose first run would begin too much."""
        with self.database.read() as conn:
            waiting = held.awaiting(self.ruleset, summary.flow, rulesets.rule_states(conn))
            begun: dict[str, int] = {}
            if waiting and due > self.first_run_limit:  # else there is nobody for too many episodes
                world, batches = self.world(conn, summary.now), self._batches(summary.flow, self._off(summary))
                world.brake = braking.read(conn, {}, summary.now, self.kept(summary))
                ran = sweeps.last(conn).get(summary.flow)
                begun = held.rehearse(conn, batches, world, self.chunk, ran.at if ran else 0)
        if waiting:
            states = held.judge(waiting, begun, self.first_run_limit, summary.now)
            with self.database.begin() as conn:
                rulesets.set_rule_states(conn, states)
            summary.held |= {state.rule_key: state.would_begin for state in states if state.state == "held"}

    def _tell_halts(self, conn: Connection, summary: FlowSummary) -> None:
        """Which of the flow's rules are stopped or have reached their limit."""
        keys = {rule.key for book in self.ruleset.of(summary.flow) for rule in book.every_rule()}
        standing = [halt for halt in halts.standing(conn) if halt.rule_key in keys]
        summary.stopped = [halt.rule_key for halt in standing if halt.what == halts.STOPPED]
        summary.limited = {halt.rule_key: halt.number for halt in standing if halt.what == halts.LIMIT}

    def limits(self, flow: str) -> dict[str, Limit]:
        """How much each rule of a flow that has a limit may do within an hour."""
        limit = self.rule_hour_limit
        return limits_of(self.ruleset, flow, None if limit is None else max(limit, self.first_run_limit))

    def world(self, conn: Connection, now: Instant) -> World:
        """The world as it is in the database at this moment; it counts loads over `conn` when it needs them."""
        team = whole_team(conn, self.ruleset.team)
        loads = Loads(lambda: open_counts(conn, team.people))
        stages = self.ruleset.stages
        return World(now, team, self.ruleset.calendars, self.language, loads, turns.read(conn), stages=stages)

    @contextmanager
    def _lease(self, flow: str) -> Iterator[Callable[[Connection], None]]:
        """Keeps other processes from the same flow; gives the fence that every chunk passes."""
        name, token = lease_name(flow), holder.new_token()

        def fence(conn: Connection) -> None:
            wall = self.clock()
            if not leases.hold(conn, name, token, wall, wall + LEASE):
                raise self._taken(conn, flow, name)

        wall = self.clock()
        with self.database.begin() as conn:
            if not leases.take(conn, name, token, wall, wall + LEASE):
                raise self._taken(conn, flow, name)
        try:
            yield fence
        finally:
            with self.database.begin() as conn:
                leases.release(conn, name, token)

    def _taken(self, conn: Connection, flow: str, name: str) -> LeaseTaken:
        until = leases.taken_until(conn, name, self.clock()) or self.clock()
        return LeaseTaken(flow=flow, until=iso(until, zone_of(self.ruleset.team.zone)))


@contextmanager
def _no_collecting() -> Iterator[None]:
    """No search for garbage in circles while a chunk makes many small values and no circles: a quarter of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


class _Sweep:
    """One sweep under way: its world goes on from chunk to chunk."""

    def __init__(self, sweeper: Sweeper, summary: FlowSummary, fence: Callable[[Connection], None], due: int) -> None:
        self._sweeper = sweeper
        self._summary = summary
        self._fence = fence
        self._due = due
        self._limits = sweeper.limits(summary.flow)
        self._kept = sweeper.kept(summary)
        self._conn: Connection | None = None
        self._seen = -1  # the last of history when our last chunk was written
        self._rewoken: Counter[str] = Counter()  # how often each subject was decided about after being woken again
        with sweeper.database.read() as conn:
            self._world = sweeper.world(conn, summary.now)
        self._world.loads = Loads(self._count)

    def run(self, batches: list[Batch], go_on: Callable[[], bool]) -> None:
        """Chunk after chunk until nothing is due for any kind of subject."""
        looks = [(batch, batch.engine.at(self._world)) for batch in batches]
        busy = True
        while busy:
            busy = False
            for batch, turn in looks:
                while self._chunk(batch, turn):
                    busy = True
                    if not go_on() or self._is_restless():
                        self._summary.finished = False
                        return

    def _chunk(self, batch: Batch, turn: Turn) -> bool:
        """One transaction; False if nothing was due."""
        summary, sweeper = self._summary, self._sweeper
        with _no_collecting(), sweeper.database.begin() as conn:
            self._conn = conn
            self._fence(conn)
            self._catch_up(conn)
            if summary.flow == "route" and batch.engine.kind == "request":
                fresh = settle_deal.unjudged(conn, summary.flow, summary.now, sweeper.chunk)
                same_question.recognise(conn, fresh, sweeper.ruleset.matching, summary.now)
                settle_deal.weigh(conn, fresh, summary.now)
                self._seen = history.last_id(conn)
            brake = self._world.brake = braking.read(conn, self._limits, summary.now, self._kept)
            looks.note(conn, summary.flow, batch.engine.kind, summary.now, self._seen)
            rows = batch.reader.due(conn, summary.flow, summary.now, sweeper.chunk)
            moments = list(self._look(batch, turn, cases(conn, batch.engine, rows)))
            # Whom the effects wake must stay awake, so what the subjects themselves wait for is written first.
            agenda.schedule(conn, summary.flow, batch.engine.kind, moments)
            applied = write.apply(conn, self._world.effects, summary.now, sweeper.ruleset.version)
            braking.settle(conn, brake, self._world.team, sweeper.language, summary.now)
            more = bool(rows) or agenda.forget_missing(conn, summary.flow, batch.engine.kind, summary.now)
            self._seen = history.last_id(conn)
        summary.limited |= brake.passed
        self._account(len(moments), applied)
        return more

    def _catch_up(self, conn: Connection) -> None:
        """Turns, and if anybody else has written since our last chunk also loads, as they are in this transaction."""
        self._world.take_up(turns.read(conn))
        if (last := history.last_id(conn)) != self._seen:
            self._world.loads, self._seen = Loads(self._count), last

    def _look(self, batch: Batch, turn: Turn, found: Iterable[Case]) -> Iterator[tuple[str, Instant]]:
        """Decides about each subject, but not about those whose facts another one in this chunk changed before."""
        shaken, links = self._world.shaken, [f"{batch.engine.kind}.{entity}" for entity in LINKS[batch.engine.kind]]
        for case in found:
            if shaken and any(f"{path.partition('.')[2]}/{case.value(path)}" in shaken for path in links):
                continue  # still due: the next chunk reads it anew
            yield case.id, turn.look(case)

    def _account(self, looked_at: int, applied: Applied) -> None:
        """Adds a chunk that was written to the summary, and makes room for the next one."""
        summary, effects = self._summary, self._world.effects
        if summary.looked_at >= self._due:
            self._rewoken.update({one.subject for one in effects.decided})
        summary.looked_at += looked_at
        summary.decided += applied.decided
        summary.acted += sum(1 for one in effects.decided if one.mode == "live")
        summary.changed += applied.changed
        summary.created += applied.created
        summary.messages += applied.messages
        summary.tasks += applied.tasks
        summary.joined += applied.joined
        summary.cut.update(effects.cut)
        self._world.effects = Effects()
        self._world.shaken.clear()
        self._world.loads.settle()

    def _is_restless(self) -> bool:
        """Whether subjects wake each other up without end."""
        restless = [subject for subject, often in self._rewoken.items() if often > ROUNDS]
        self._summary.cut.update((subject, ()) for subject in restless)
        return bool(restless)

    def _count(self) -> Mapping[str, int]:
        assert self._conn is not None
        return open_counts(self._conn, self._world.team.people)


def sweep(
    database: Database,
    ruleset: Ruleset,
    flow: Flow,
    now: Instant,
    *,
    language: str = "en",
    first_run_limit: int = held.DEFAULT_LIMIT,
    chunk: int = CHUNK,
) -> FlowSummary:
    """Runs a flow once, as `Sweeper.sweep` does; for more than one sweep keep a Sweeper."""
    return Sweeper(database, ruleset, language, first_run_limit, chunk).sweep(flow, now)
