"""Whether everything goes on: last and next run of each flow, what is due, late or stuck."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from msgspec import Struct
from sqlalchemy import Connection

from flows.names import DELIVER, ORDER
from leadrelay.act.halting import Kept, kept
from leadrelay.clock import HOUR, MINUTE, Instant, iso, system_clock
from leadrelay.project import Project
from leadrelay.store import agenda, leases, sweeps
from notifications import outbox
from notifications.message import State

WAITING = (State.PENDING, State.HELD, State.LEASED, State.SENDING, State.FAILED)
STUCK = (State.SENDING, State.UNKNOWN, State.DEAD)
_WHY = {
    State.SENDING: "it is not known whether they went; a process was killed, or is at it now",
    State.UNKNOWN: "the mail server may have accepted them or not; a person has to look",
    State.DEAD: "they could not be delivered; leadrelay export notifications says why",
}


class FlowStatus(NamedTuple):
    """A flow: its last run, the moment at which something is due next, how much is due now, whether it is late."""

    flow: str
    last: Instant | None
    next: Instant | None
    due: int
    late: bool


class Stuck(NamedTuple):
    """Something that does not go on by itself."""

    what: str
    why: str


class Status(Struct, frozen=True):
    """What `status` shows. `messages`: how many are in each state that is not final."""

    project: Project
    now: Instant
    flows: tuple[FlowStatus, ...]
    kept: tuple[Kept, ...]
    messages: dict[str, int]
    stuck: tuple[Stuck, ...]

    @property
    def is_well(self) -> bool:
        """Whether nothing is late and nothing is stuck."""
        return not self.stuck and not any(one.late for one in self.flows)

    def as_dict(self) -> dict[str, Any]:
        """As `status --json` prints it, times as ISO 8601."""

        def shown(moment: Instant | None) -> str | None:
            return None if moment is None else iso(moment, self.project.zone)

        return {
            "now": shown(self.now),
            "well": self.is_well,
            "ruleset": self.project.ruleset.version,
            "flows": [
                {"flow": one.flow, "last": shown(one.last), "next": shown(one.next), "due": one.due, "late": one.late}
                for one in self.flows
            ],
            "held": [{"rule": one.rule, "would_begin": one.number} for one in self.kept if one.since is None],
            "halted": [{**one._asdict(), "since": shown(one.since)} for one in self.kept if one.since is not None],
            "messages": self.messages,
            "links": self.project.settings.web.secret is not None,
            "stuck": [one._asdict() for one in self.stuck],
        }


def status(project: Project, now: Instant) -> Status:
    """How things stand at `now`. A flow is late when something is due for longer than [serve] late, and it has not run
    since then. Raises NoDatabase, DatabaseBusy."""
    limit = project.settings.serve.late * MINUTE
    wall = system_clock()  # leases go by the machine's clock, whatever --now says
    with project.database.read() as conn:
        flows = tuple(_flows(conn, now, limit))
        rules = tuple(kept(conn, project.ruleset))
        messages = outbox.counts(conn)
        held = leases.current(conn)
        troubled = outbox.in_trouble(conn)
    stuck = (*_stuck_leases(held, wall), *_stuck_messages(troubled))
    return Status(project, now, flows, rules, {state.value: messages[state] for state in WAITING}, stuck)


def _flows(conn: Connection, now: Instant, limit: int) -> Iterator[FlowStatus]:
    last, earliest = sweeps.last(conn), agenda.earliest(conn)
    ready = outbox.first_ready(conn, now)
    if ready is not None:
        earliest[DELIVER] = ready
    for flow in ORDER:
        ran = last[flow].at if flow in last else None
        coming = earliest.get(flow)
        due = outbox.count_ready(conn, now) if flow == DELIVER else agenda.count_due(conn, flow, now)
        waits = coming is not None and coming < now - limit
        yield FlowStatus(flow, ran, coming, due, waits and (ran is None or ran < now - limit))


def _stuck_leases(held: list[leases.Lease], wall: Instant) -> Iterator[Stuck]:
    for one in held:
        if not leases.holds(one, wall, HOUR):
            yield Stuck(one.name, "the process that was at it is gone; the next run takes over")


def _stuck_messages(troubled: dict[State, int]) -> Iterator[Stuck]:
    for state in STUCK:
        if state in troubled:
            yield Stuck(f"{troubled[state]} message(s) {state.value}", _WHY[state])
