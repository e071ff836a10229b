"""The brake on the database: which rules are halted, what rules with a limit did lately, and telling ops of a hold."""

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection

from leadrelay.act.brake import Brake, Limit
from leadrelay.clock import HOUR, Instant
from leadrelay.leads.team import Team
from leadrelay.messages.to_ops import limited
from leadrelay.store import halts, rulesets
from leadrelay.store.tell_ops import tell_ops


def read(conn: Connection, limits: Mapping[str, Limit], now: Instant, held: Iterable[str] = ()) -> Brake:
    """The brake as it stands in this unit of work; `held` rules keep their place until they are released. Who was
    released is free of the limit for an hour."""
    ended = halts.ended(conn)
    free = {key for key, at in ended.released.items() if now < at + HOUR}
    free |= {
        key
        for key, state in (rulesets.rule_states(conn) if limits else {}).items()
        if state.state == "released" and now < state.changed_at + HOUR
    }
    return Brake(
        {halt.rule_key for halt in halts.standing(conn)} | set(held),
        ended.started,
        {key: limit for key, limit in limits.items() if key not in free},
        halts.acted(conn, now) if limits else {},
    )


def settle(conn: Connection, brake: Brake, team: Team, language: str, now: Instant) -> None:
    """Writes what a chunk counted, holds the rules that reached their limit, and tells everybody in ops, once."""
    halts.count(conn, brake.fresh, now)
    for key, number in brake.passed.items():
        halt = halts.put(conn, key, halts.LIMIT, now, f"it acted on {number} within an hour", number)
        if halt is not None:
            tell_ops(conn, team, language, "rule_limit", str(halt), limited(key, number), now)
