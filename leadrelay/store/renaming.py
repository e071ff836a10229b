"""Rules that got another key: what was begun under the old one goes on under the new one.

An open episode is copied under its rule's new key with the number that follows there, and the old row ends and says
what became of it. So numbers of episodes, which keys of decisions and messages are made of, are never given twice, even
if rows of a table exchange their keys.
"""

from collections.abc import Collection, Mapping

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.store.raw import Statement, listed

_OPEN = Statement("SELECT rule_key, subject, number FROM episodes WHERE rule_key IN LISTED(:keys) AND ended_at IS NULL")
_LAST = Statement(
    "SELECT rule_key, subject, max(number) FROM episodes WHERE rule_key IN LISTED(:keys) GROUP BY rule_key, subject"
)
_COPY = Statement(
    "INSERT INTO episodes (rule_key, subject, number, began_at, acknowledged_at, acknowledged_by, steps, repeats, way)"
    " SELECT :new, subject, :next, began_at, acknowledged_at, acknowledged_by, steps, repeats, way FROM episodes"
    " WHERE rule_key = :old AND subject = :subject AND number = :number"
)
_BECAME = Statement(
    "UPDATE episodes SET ended_at = :now, became = :became"
    " WHERE rule_key = :old AND subject = :subject AND number = :number"
)
_END = Statement("UPDATE episodes SET ended_at = :now WHERE rule_key IN LISTED(:keys) AND ended_at IS NULL")
_KEPT = ("decisions", "rule_states", "rule_halts", "rule_minutes")
_AWAY = {table: Statement(f"UPDATE {table} SET rule_key = :away WHERE rule_key = :old") for table in _KEPT}
_CLEAR = {table: Statement(f"DELETE FROM {table} WHERE rule_key IN LISTED(:keys)") for table in _KEPT[1:]}
_MARK = "~"


def rename(conn: Connection, moved: Mapping[str, str], replaced: Collection[str], now: Instant) -> int:
    """Gives rules (old key: new key) their new keys; the open episodes of the `replaced` end, whose keys others get.
    Returns how many open episodes go on under another key."""
    if not moved:
        return 0
    _END.run(conn, keys=listed(replaced), now=now)
    begun = _OPEN.rows(conn, keys=listed(moved))
    last = {(key, subject): number for key, subject, number in _LAST.rows(conn, keys=listed(moved.values()))}
    copies = []
    for key, subject, number in begun:
        new = moved[key]
        following = last.get((new, subject), 0) + 1
        copies.append(
            {
                "old": key,
                "subject": subject,
                "number": number,
                "new": new,
                "next": following,
                "became": f"{new}|{following}",
                "now": now,
            }
        )
    _BECAME.many(conn, copies)
    _COPY.many(conn, copies)
    _carry(conn, moved)
    return len(copies)


def _carry(conn: Connection, moved: Mapping[str, str]) -> None:
    """Statistics, first runs, stops and limits, in two moves, because keys may be exchanged."""
    for table in _KEPT:
        _AWAY[table].many(conn, [{"old": old, "away": _MARK + new} for old, new in moved.items()])
        if table in _CLEAR:
            _CLEAR[table].run(conn, keys=listed(moved.values()))
        _AWAY[table].many(conn, [{"old": _MARK + new, "away": new} for new in moved.values()])
