"""Episodes of rules: which are open, what number the last one had, and acknowledging them."""

from collections.abc import Collection, Iterable
from typing import NamedTuple

from msgspec import Struct, field
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.effects import Episode
from leadrelay.store.numbered_steps import find_ways
from leadrelay.store.raw import Statement, insert, listed
from leadrelay.store.schema import episodes

EpisodeKey = tuple[str, str, int]
"""Rule key, subject, number."""

_COLUMNS = "rule_key, subject, number, began_at, ended_at, acknowledged_at, steps, repeats, way"
_OPEN = Statement(
    f"SELECT {_COLUMNS} FROM episodes WHERE subject IN LISTED(:subjects) AND ended_at IS NULL"
    " ORDER BY subject, rule_key, number"
)
_LAST = Statement(
    "SELECT rule_key, subject, max(number) FROM episodes WHERE subject IN LISTED(:subjects) GROUP BY rule_key, subject"
)
_BEGIN = insert(episodes, _COLUMNS.split(", "), conflict="(rule_key, subject, number) DO NOTHING")
_MOVE = Statement(
    "UPDATE episodes SET ended_at = :ended_at, acknowledged_at = coalesce(acknowledged_at, :acknowledged_at),"
    " steps = :steps, repeats = :repeats, way = :way"
    " WHERE rule_key = :rule_key AND subject = :subject AND number = :number"
)
_ACKNOWLEDGE = Statement(
    "UPDATE episodes SET acknowledged_at = :at, acknowledged_by = :person"
    " WHERE subject = :subject AND ended_at IS NULL AND acknowledged_at IS NULL"
    " AND (:rule_key = '' OR rule_key = :rule_key) RETURNING rule_key"
)


_STANDING = Statement(
    "SELECT rule_key, subject, number, ended_at, acknowledged_at, acknowledged_by, became FROM episodes"
    " WHERE subject IN LISTED(:subjects) AND rule_key IN LISTED(:rules)"
)


class Standing(NamedTuple):
    """What became of an episode; all None: it is open."""

    ended_at: Instant | None
    acknowledged_at: Instant | None
    acknowledged_by: str | None
    became: str | None = None
    """The rule key and number, with | between, of the episode that went on in its place when its rule was renamed."""


class Episodes(Struct):
    """The episodes of some subjects: the open ones by subject, the last number by (rule key, subject)."""

    open: dict[str, list[Episode]] = field(default_factory=dict)
    last: dict[tuple[str, str], int] = field(default_factory=dict)


def of(conn: Connection, subjects: Iterable[str]) -> Episodes:
    """The episodes of these subjects (request/42)."""
    wanted = listed(subjects)
    found = Episodes()
    numbered = []
    for row in _OPEN.rows(conn, subjects=wanted):
        episode = Episode(*row)
        if row[-1] is None:
            episode.way = ""
            numbered.append(episode)
        found.open.setdefault(episode.subject, []).append(episode)
    if begun := [one for one in numbered if one.steps]:
        find_ways(conn, begun)
    found.last = {(rule_key, subject): number for rule_key, subject, number in _LAST.rows(conn, subjects=wanted)}
    return found


def open_of(conn: Connection, subjects: Iterable[str]) -> dict[str, list[Episode]]:
    """The open episodes, by subject; subjects without any are left out."""
    return of(conn, subjects).open


def standing_of(conn: Connection, wanted: Collection[EpisodeKey]) -> dict[EpisodeKey, Standing]:
    """What became of these episodes; those that never were are left out. Of one whose rule was renamed since, what
    became of the one that went on in its place; `became` says which that is."""
    rules, subjects = {key[0] for key in wanted}, {key[1] for key in wanted}
    rows = _STANDING.rows(conn, subjects=listed(subjects), rules=listed(rules))
    found = {tuple(row[:3]): Standing(*row[3:]) for row in rows if tuple(row[:3]) in wanted}
    renamed = {key: _followed(key[1], one.became) for key, one in found.items() if one.became}
    if renamed:
        others = standing_of(conn, set(renamed.values()))
        for key, on in renamed.items():
            if on in others:
                found[key] = others[on]._replace(became=others[on].became or f"{on[0]}|{on[2]}")
    return found


def _followed(subject: str, became: str) -> EpisodeKey:
    """The episode that goes on in the place of another."""
    rule_key, _, number = became.rpartition("|")
    return rule_key, subject, int(number)


def begin(conn: Connection, begun: Iterable[Episode]) -> None:
    """Writes new episodes; one that is there already stays as it is."""
    _BEGIN.many(conn, map(_row, begun))


def move(conn: Connection, moved: Iterable[Episode]) -> None:
    """Writes how far episodes have come; an acknowledgement that came in between is kept."""
    _MOVE.many(conn, map(_row, moved))


def acknowledge(conn: Connection, subject: str, person: str, now: Instant, rule_key: str = "") -> list[str]:
    """Somebody takes note: the open episodes of a subject (of one rule, if named) climb no further.

    Returns the rule keys that it stopped."""
    rows = _ACKNOWLEDGE.rows(conn, subject=subject, person=person, at=now, rule_key=rule_key)
    return sorted(row[0] for row in rows)


def _row(episode: Episode) -> dict[str, object]:
    return {name: getattr(episode, name) for name in Episode.__struct_fields__}
