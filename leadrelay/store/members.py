"""The contacts and the people of ours that opportunities concern, each with a role."""

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement

_PUT = Statement(
    "INSERT INTO opportunity_people (opportunity, kind, member, role, phase, added_at, cause)"
    " VALUES (:opportunity, :kind, :member, :role, :phase, :now, :cause) ON CONFLICT (opportunity, kind, member)"
    " DO UPDATE SET role = excluded.role, phase = excluded.phase, cause = excluded.cause"
)
_REMOVE = Statement(
    "DELETE FROM opportunity_people WHERE opportunity = :opportunity AND kind = :kind AND member = :member"
    " RETURNING member"
)
_OF = Statement(
    "SELECT kind, member, role, phase FROM opportunity_people WHERE opportunity = :opportunity ORDER BY kind, member"
)


def put(conn: Connection, opportunity: str, member: tuple[str, str, str, str | None], now: Instant, cause: str) -> None:
    """Adds a member (contact or person, id, role, phase), or changes the role and phase of one who is there."""
    kind, name, role, phase = member
    _PUT.run(conn, opportunity=opportunity, kind=kind, member=name, role=role, phase=phase, now=now, cause=cause)


def remove(conn: Connection, opportunity: str, kind: str, name: str) -> bool:
    """Takes a member off; whether it was there."""
    return bool(_REMOVE.rows(conn, opportunity=opportunity, kind=kind, member=name))


def of(conn: Connection, opportunity: str) -> list[tuple[str, str, str, str | None]]:
    """The members of an opportunity: contact or person, id, role, phase."""
    return [(kind, name, role, phase) for kind, name, role, phase in _OF.rows(conn, opportunity=opportunity)]
