"""Delivers what the outbox owes: claims a batch, hands each message over, writes down what became of it."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from msgspec import Struct, field

from leadrelay.clock import Clock, Instant, system_clock
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.database import Database
from leadrelay.store.holder import new_token
from notifications.alarm import raise_alarm
from notifications.carriers import Carriers
from notifications.doubts import settle_doubts
from notifications.message import Message, State, Verdict
from notifications.outbox import claim, counts, reclaim, settle
from notifications.parcel import Carrier
from notifications.plan_writes import carry
from notifications.planning import Planning
from notifications.ready import Ready, made_ready
from notifications.worker import Mark, Worker

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings

BATCH = 200
"""So many messages are claimed, delivered and settled at a time."""


class DeliverySummary(Struct):
    """What one run of delivery did, and what the outbox holds after it."""

    outcomes: Counter[State] = field(default_factory=Counter)
    overtaken: int = 0
    alarms: int = 0
    """How many people were told that messages are in trouble."""
    waiting: dict[str, int] = field(default_factory=dict)
    where: str = ""
    undelivered: Counter[tuple[str, str]] = field(default_factory=Counter)
    """How often each (state, reason) was met."""

    @property
    def claimed(self) -> int:
        """How many messages this run has taken up."""
        return self.outcomes.total() + self.overtaken

    def as_dict(self) -> dict[str, object]:
        """As `run --json` prints it: outcomes of this run, then what is waiting still."""
        names = (State.SENT, State.FAILED, State.DEAD, State.SUPPRESSED, State.UNKNOWN)
        return {
            **{state.value: self.outcomes[state] for state in names},
            **self.waiting,
            "overtaken": self.overtaken,
            "alarms": self.alarms,
            "where": self.where,
            "undelivered": [
                {"state": state, "reason": reason, "count": count}
                for (state, reason), count in self.undelivered.most_common(20)
            ],
        }


def deliver(
    database: Database,
    ruleset: Ruleset,
    files: Mapping[str, str],
    settings: "Settings",
    now: Instant,
    limit: int = 100_000,
    carrier: Carrier | None = None,
    clock: Clock = system_clock,
    go_on: Callable[[], bool] = lambda: True,
    ready: Ready | None = None,
) -> DeliverySummary:
    """Delivers at most `limit` messages that are due at `now`; `files` are the project's by path, leases go by `clock`;
    `go_on` is asked before each batch but the first; `ready`: what was made ready for these rules and files.

    Nothing that is wrong with one message stops the others. Raises BadSettings, DatabaseBusy, NoDatabase; whatever was
    claimed then is claimed again later."""
    carriers = Carriers(settings, carrier)
    ready = ready or made_ready(ruleset, files, settings)
    worker = Worker(ready, carriers, settings)
    planning = Planning(ruleset, settings.company.language, settings.zone, ready)
    run = _Run(database, worker, planning, DeliverySummary(where=str(carriers)), now, clock)
    with database.begin() as conn:
        reclaim(conn, clock())
        settle_doubts(conn, now, clock())
    try:
        run.drain(limit, go_on)
        with database.begin() as conn:
            run.summary.alarms = raise_alarm(conn, ruleset.team, settings.company.language, now)
        if run.summary.alarms:
            run.drain(limit, go_on)
    finally:
        carriers.close()
    with database.read() as conn:
        run.summary.waiting = waiting(counts(conn))
    return run.summary


class _Run:
    """One run of delivery: batch after batch, under one lease token."""

    def __init__(
        self,
        database: Database,
        worker: Worker,
        planning: Planning,
        summary: DeliverySummary,
        now: Instant,
        clock: Clock,
    ) -> None:
        self.summary = summary
        self._database, self._worker, self._planning = database, worker, planning
        self._now, self._clock = now, clock
        self._token = new_token()

    def drain(self, limit: int, go_on: Callable[[], bool]) -> None:
        """Plans, and delivers what is due, as far as `limit` and `go_on` let it."""
        self._planning.plan(self._database, self._now)
        unplanned = self._planning.idle
        while (left := limit - self.summary.claimed) > 0:
            with self._database.begin() as conn:
                batch = claim(conn, self._now, self._clock(), min(BATCH, left), self._token, unplanned=unplanned)
            if not batch:
                break
            self._deliver(batch)
            if not go_on():
                break

    def _deliver(self, batch: Sequence[Message]) -> None:
        """What was marked `sending` is settled one by one, because it must never be sent again; the rest together."""
        with self._database.read() as conn:
            known = self._worker.read(conn, batch, self._now)
        together: list[Verdict] = []
        for message in batch:
            mark = Mark(self._database, message, self._token, self._clock)
            verdict = self._worker.handle(message, known, self._now, mark)
            if mark.made:
                self._settle([verdict])
            else:
                together.append(verdict)
        self._settle(together)

    def _settle(self, verdicts: Sequence[Verdict]) -> None:
        with self._database.begin() as conn:
            fenced = settle(conn, verdicts, self._token, self._now)
            if not self._planning.idle:
                carry(conn)
        _count(self.summary, verdicts, fenced)


def waiting(states: Mapping[str, int]) -> dict[str, int]:
    """What the outbox still has to do, from its counts per state: pending holds what is on its way too."""
    on_its_way = sum(states[state] for state in (State.PENDING, State.LEASED, State.SENDING))
    return {"pending": on_its_way, "held": states[State.HELD], "to_retry": states[State.FAILED]}


def _count(summary: DeliverySummary, verdicts: Sequence[Verdict], fenced: Sequence[Verdict]) -> None:
    """Adds what was written; what another worker has taken over is its business."""
    passed = {id(verdict) for verdict in fenced}
    summary.overtaken += len(fenced)
    for verdict in verdicts:
        if id(verdict) not in passed:
            summary.outcomes[verdict.state] += 1
            if verdict.error:
                summary.undelivered[verdict.state.value, verdict.error] += 1
