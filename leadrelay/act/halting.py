"""Stopping a rule at once, letting it go on, and releasing what is held: what a person does about a rule at work."""

from collections.abc import Iterable
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.act.held import held_rules, release
from leadrelay.clock import Instant
from leadrelay.errors import UnknownRule
from leadrelay.rulebook.context import suggestion
from leadrelay.rulebook.model import FLOWS, OTHERWISE, Ruleset
from leadrelay.store import agenda, halts, rulesets
from leadrelay.store.database import Database
from leadrelay.store.halts import LIMIT, STOPPED, Halt
from leadrelay.store.raw import Statement

_OPEN = Statement("SELECT count(*) FROM episodes WHERE rule_key = :rule_key AND ended_at IS NULL")


class Stopped(NamedTuple):
    """A rule that was stopped: by its key, whether it was so before, how many unsent messages were kept back, and how
    many of its episodes stay open."""

    rule: str
    before: bool
    messages: int
    open_episodes: int


class Kept(NamedTuple):
    """A rule that acts on nobody, as `rules held` lists it: why, since when (None: its first run), and with which
    number: what it would begin at once, or the limit that it reached."""

    rule: str
    why: str
    since: Instant | None
    number: int
    reason: str


def stop(database: Database, ruleset: Ruleset, name: str, reason: str, now: Instant) -> Stopped:
    """Stops a rule from this unit of work on: no chunk of a sweep that begins later does anything of it.

    Its messages that have not been sent are suppressed.

    Raises UnknownRule with the nearest, NoDatabase, DatabaseBusy."""
    with database.begin() as conn:
        key = key_of(ruleset, name)
        before = halts.put(conn, key, STOPPED, now, reason) is None
        messages = halts.suppress_messages(conn, key, halts.why_stopped(reason), now)
        return Stopped(key, before, messages, int(_OPEN.rows(conn, rule_key=key)[0][0]))


def start(database: Database, ruleset: Ruleset, name: str, now: Instant) -> Halt:
    """Lets a stopped rule go on: every subject is looked at again. Steps that came due meanwhile are skipped; what it
    would begin counts as a first run (first_run_limit).

    Raises UnknownRule if it is not stopped."""
    with database.begin() as conn:
        stopped = halts.stopped(conn)
        key = name if name in stopped else _keys(ruleset).get(name, name)
        halt = halts.start(conn, key, now)
        if halt is None:
            raise UnknownRule(rule=name, hint=_are("stopped", stopped))
        agenda.touch_all(conn, ruleset, now)
    return halt


def let_go(database: Database, ruleset: Ruleset, name: str, now: Instant) -> str:
    """Releases a rule that is held, whether at its first run or by its limit; what comes of it, in a sentence.

    Raises UnknownRule if it is not held."""
    with database.begin() as conn:
        key = _keys(ruleset).get(name, name)
        halt = halts.release(conn, key, now)
        if halt is not None:
            agenda.touch_all(conn, ruleset, now)
    if halt is None:
        state = release(database, ruleset, name, now)
        return f"{name} is released; it will begin about {state.would_begin} episodes at the next run."
    return f"{name} is released; the next run looks at everybody again, and for an hour its limit does not count."


def kept(conn: Connection, ruleset: Ruleset) -> list[Kept]:
    """Every rule that acts on nobody for now, stopped ones first."""
    states = rulesets.rule_states(conn)
    found = [
        Kept(halt.rule_key, halt.what, halt.at, halt.number, halt.reason or halts.BY_OPS)
        for halt in sorted(halts.standing(conn), key=lambda one: (one.what == LIMIT, one.rule_key))
    ]
    for flow in FLOWS:
        for key, number in held_rules(ruleset, flow, states).items():
            found.append(Kept(key, "first_run", None, number, f"its first run would begin {number}"))
    return found


def key_of(ruleset: Ruleset, name: str) -> str:
    """The key of the rule with this id or key (routing/otherwise). Raises UnknownRule with the nearest."""
    keys = _keys(ruleset)
    if name not in keys:
        raise UnknownRule(rule=name, hint=f" {suggestion(name, sorted(keys))}")
    return keys[name]


def modes(conn: Connection, ruleset: Ruleset) -> dict[str, str]:
    """How rules that act on nobody stand, by key: stopped, or held at their first run or by their limit."""
    return {one.rule: "stopped" if one.why == STOPPED else "held" for one in reversed(kept(conn, ruleset))}


def _keys(ruleset: Ruleset) -> dict[str, str]:
    """Keys by what a person may call them: ids, and keys; 'otherwise' alone says too little."""
    found = {rule.id: rule.key for _, rule in ruleset.rules() if rule.id != OTHERWISE}
    return found | {rule.key: rule.key for _, rule in ruleset.rules()}


def _are(what: str, keys: Iterable[str]) -> str:
    names = ", ".join(sorted(keys))
    return f" {what.capitalize()} are: {names}." if names else f" No rule is {what}."
