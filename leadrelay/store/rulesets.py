"""Versions of the rules that went live, and the state of each rule's first run."""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

import orjson
from msgspec import Struct
from msgspec.structs import asdict, replace
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.raw import Rows, Statement, insert
from leadrelay.store.schema_live import ruleset_origins

_ORIGIN = "o.person, o.revision, o.about, o.dirty, o.changes, o.passed_over"
_FROM = "FROM rulesets r LEFT JOIN ruleset_origins o ON o.version = r.version"
_FULL = f"SELECT r.version, r.digest, r.live_at, r.files, r.cause, {_ORIGIN} {_FROM}"
_LATEST = Statement(
    "SELECT r.version, r.digest, r.live_at, CASE WHEN r.digest = :unless THEN '{}' ELSE r.files END, r.cause,"
    f" {_ORIGIN} {_FROM} ORDER BY r.version DESC LIMIT 1"
)
_NUMBER = Statement("SELECT max(version) FROM rulesets")
_ONE = Statement(f"{_FULL} WHERE r.version = :version")
_LOG = Statement(f"SELECT r.version, r.digest, r.live_at, '{{}}', r.cause, {_ORIGIN} {_FROM} ORDER BY r.version DESC")
_HOLDS = Statement("SELECT max(version) FROM rulesets WHERE digest = :digest")
_NUMBER_AT = Statement(
    "SELECT coalesce((SELECT max(version) FROM rulesets WHERE live_at <= :at), (SELECT min(version) FROM rulesets))"
)
_PUT = Statement(
    "INSERT INTO rulesets (digest, live_at, files, cause) VALUES (:digest, :live_at, :files, :cause) RETURNING version"
)
_SAY = insert(ruleset_origins, ("version", "person", "revision", "about", "dirty", "changes", "passed_over"))
_TAKE_UP = Statement("UPDATE ruleset_origins SET passed_over = NULL WHERE version = :version")
_STATES = Statement("SELECT rule_key, digest, state, would_begin, changed_at FROM rule_states ORDER BY rule_key")
_SET_STATE = Statement(
    "INSERT INTO rule_states (rule_key, digest, state, would_begin, changed_at)"
    " VALUES (:rule_key, :digest, :state, :would_begin, :changed_at)"
    " ON CONFLICT (rule_key) DO UPDATE SET digest = excluded.digest, state = excluded.state,"
    " would_begin = excluded.would_begin, changed_at = excluded.changed_at"
)


class Origin(Struct, frozen=True):
    """Who put a version live and what for, as far as is known. `revision` is the last commit that touched the files and
    `dirty` whether they were otherwise than it has them; `about` is its subject, or the reason of a rollback; `changes`
    says in a line what is otherwise than before; `passed_over` is the digest of the rules folder that the version was
    put in the place of: unchanged, that is not taken up."""

    person: str | None = None
    revision: str | None = None
    about: str | None = None
    dirty: bool | None = None
    changes: str | None = None
    passed_over: str | None = None


UNKNOWN = Origin()


class Version(Struct, frozen=True):
    """A ruleset that went live: its files by path (empty in `log`), when, why, and where it came from."""

    version: int
    digest: str
    live_at: Instant
    files: Mapping[str, str]
    cause: str
    origin: Origin = UNKNOWN


class RuleState(NamedTuple):
    """Where a rule of a `hit: all` rulebook stands with its first run: live, held or released, for which digest of it,
    and how many episodes it would begin."""

    rule_key: str
    digest: str
    state: str
    would_begin: int
    changed_at: Instant


def live(conn: Connection, unless: str = "") -> Version | None:
    """The version in force, or None before the first; without its files if it has the digest `unless`: then whoever
    asks has them."""
    return _first(_LATEST.rows(conn, unless=unless))


def number_at(conn: Connection, at: Instant) -> int | None:
    """The number of the version that was in force at a moment; before the first went live, of that one; None if none
    ever did."""
    found = _NUMBER_AT.rows(conn, at=at)[0][0]
    return None if found is None else int(found)


def live_number(conn: Connection) -> int | None:
    """The number of the version in force, without reading its files."""
    found = _NUMBER.rows(conn)[0][0]
    return None if found is None else int(found)


def version_of(conn: Connection, version: int) -> Version | None:
    """One version with its files, if there is such a number."""
    return _first(_ONE.rows(conn, version=version))


def files_of(conn: Connection, version: int) -> Mapping[str, str] | None:
    """The files of a version, by path, if there is such a number."""
    found = version_of(conn, version)
    return None if found is None else found.files


def log(conn: Connection) -> list[Version]:
    """Every version, the newest first, without their files."""
    return [_version(row) for row in _LOG.rows(conn)]


def holding(conn: Connection, digest: str) -> int | None:
    """The newest version with that digest, if any ever had it."""
    found = _HOLDS.rows(conn, digest=digest)[0][0]
    return None if found is None else int(found)


def put_live(
    conn: Connection, digest: str, files: Mapping[str, str], now: Instant, cause: str, origin: Origin = UNKNOWN
) -> int:
    """Puts a ruleset live and returns its number; if the version in force has that digest it stays, with its number,
    unless the new one is to keep another rules folder from being taken up."""
    current = live(conn)
    if current is not None and current.digest == digest and origin.passed_over is None:
        return current.version
    text = orjson.dumps(dict(files), option=orjson.OPT_SORT_KEYS).decode()
    version = int(_PUT.rows(conn, digest=digest, live_at=now, files=text, cause=cause)[0][0])
    _SAY.run(conn, version=version, **asdict(origin))
    return version


def take_up_again(conn: Connection, version: int) -> None:
    """The rules folder has been otherwise since this version was put in its place: from now on all of it counts."""
    _TAKE_UP.run(conn, version=version)


def numbered(ruleset: Ruleset, version: int) -> Ruleset:
    """The same ruleset, knowing under which number it is live."""
    return replace(ruleset, version=version)


def rule_states(conn: Connection) -> dict[str, RuleState]:
    """The state of every rule that had a first run or waits for it, by rule key."""
    return {row[0]: RuleState(*row) for row in _STATES.rows(conn)}


def set_rule_states(conn: Connection, states: Iterable[RuleState]) -> None:
    """Writes these rules' states, in the place of what they had."""
    _SET_STATE.many(conn, [state._asdict() for state in states])


def _first(rows: Rows) -> Version | None:
    return next((_version(row) for row in rows), None)


def _version(row: tuple[Any, ...]) -> Version:
    version, digest, live_at, files, cause, person, revision, about, dirty, changes, passed_over = row
    origin = Origin(person, revision, about, None if dirty is None else bool(dirty), changes, passed_over)
    return Version(version, digest, live_at, orjson.loads(files), cause, origin)
