"""Versions of the rules that went live, and the state of each rule's first run."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

import orjson
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.raw import Statement

_LATEST = Statement("SELECT version, digest, live_at, files, cause FROM rulesets ORDER BY version DESC LIMIT 1")
_NUMBER = Statement("SELECT max(version) FROM rulesets")
_ONE = Statement("SELECT version, digest, live_at, files, cause FROM rulesets WHERE version = :version")
_NUMBER_AT = Statement(
    "SELECT coalesce((SELECT max(version) FROM rulesets WHERE live_at <= :at), (SELECT min(version) FROM rulesets))"
)
_LOG = Statement("SELECT version, digest, live_at, cause FROM rulesets ORDER BY version DESC")
_PUT = Statement(
    "INSERT INTO rulesets (digest, live_at, files, cause) VALUES (:digest, :live_at, :files, :cause) RETURNING version"
)
_STATES = Statement("SELECT rule_key, digest, state, would_begin, changed_at FROM rule_states ORDER BY rule_key")
_SET_STATE = Statement(
    "INSERT INTO rule_states (rule_key, digest, state, would_begin, changed_at)"
    " VALUES (:rule_key, :digest, :state, :would_begin, :changed_at)"
    " ON CONFLICT (rule_key) DO UPDATE SET digest = excluded.digest, state = excluded.state,"
    " would_begin = excluded.would_begin, changed_at = excluded.changed_at"
)


class Version(Struct, frozen=True):
    """A ruleset that went live: its files by path (empty in `log`), when, and why."""

    version: int
    digest: str
    live_at: Instant
    files: Mapping[str, str]
    cause: str


class RuleState(NamedTuple):
    """Where a rule of a `hit: all` rulebook stands with its first run: live, held or released, for which digest of it,
    and how many episodes it would begin."""

    rule_key: str
    digest: str
    state: str
    would_begin: int
    changed_at: Instant


def live(conn: Connection) -> Version | None:
    """The version in force, or None before the first."""
    return _first(_LATEST.rows(conn))


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
    return [Version(version, digest, at, {}, cause) for version, digest, at, cause in _LOG.rows(conn)]


def put_live(conn: Connection, digest: str, files: Mapping[str, str], now: Instant, cause: str) -> int:
    """Puts a ruleset live and returns its number; if the version in force has that digest it stays, with its number."""
    current = live(conn)
    if current is not None and current.digest == digest:
        return current.version
    text = orjson.dumps(dict(files), option=orjson.OPT_SORT_KEYS).decode()
    return int(_PUT.rows(conn, digest=digest, live_at=now, files=text, cause=cause)[0][0])


def numbered(ruleset: Ruleset, version: int) -> Ruleset:
    """The same ruleset, knowing under which number it is live."""
    return replace(ruleset, version=version)


def rule_states(conn: Connection) -> dict[str, RuleState]:
    """The state of every rule that had a first run or waits for it, by rule key."""
    return {row[0]: RuleState(*row) for row in _STATES.rows(conn)}


def set_rule_states(conn: Connection, states: Iterable[RuleState]) -> None:
    """Writes these rules' states, in the place of what they had."""
    _SET_STATE.many(conn, [state._asdict() for state in states])


def _first(rows: list[tuple[object, ...]]) -> Version | None:
    for version, digest, live_at, files, cause in rows:
        return Version(int(str(version)), str(digest), int(str(live_at)), orjson.loads(str(files)), str(cause))
    return None
