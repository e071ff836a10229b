"""One cheap look at the database: what each flow has to do, who is at it, and which rules are live."""

from collections.abc import Mapping

from msgspec import Struct

from flows.names import DELIVER, ORDER
from leadrelay.act.sweep import LEASE, lease_name
from leadrelay.clock import Instant
from leadrelay.store import agenda, leases, rulesets, sweeps
from leadrelay.store.database import Database
from notifications.outbox import first_ready


class Pulse(Struct, frozen=True):
    """`due`: the earliest moment at which a flow has something to do; `busy`: the flows that another process is at."""

    due: Mapping[str, Instant]
    busy: frozenset[str]
    last_decision: Instant
    version: int

    def is_due(self, flow: str, now: Instant) -> bool:
        """Whether a flow has something to do that nobody else is doing."""
        return flow in self.due and self.due[flow] <= now and flow not in self.busy


def take_pulse(database: Database, wall: Instant) -> Pulse:
    """The state of things, in one snapshot; leases go by `wall`. Raises NoDatabase, DatabaseBusy."""
    with database.read() as conn:
        due = agenda.earliest(conn)
        ready = first_ready(conn, wall)
        held = {one.name for one in leases.current(conn) if leases.holds(one, wall, LEASE)}
        last, version = sweeps.last_decision_at(conn), rulesets.live_number(conn)
    if ready is not None:
        due[DELIVER] = ready
    busy = frozenset(flow for flow in ORDER if lease_name(flow) in held)
    return Pulse(due, busy, last or 0, version or 0)
