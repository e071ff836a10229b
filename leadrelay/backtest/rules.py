"""Which rules are in force when, in a replay: as it was, or others from some moment on."""

from collections.abc import Iterator, Mapping

from msgspec.structs import replace
from sqlalchemy import Connection

from leadrelay.act.held import judged_by, keeping_place
from leadrelay.backtest.story import GoesLive, Halted
from leadrelay.clock import FOREVER, Instant
from leadrelay.leads.team import Team
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import rulesets
from leadrelay.store.halts import LIMIT
from leadrelay.store.owners import whole_team
from leadrelay.store.raw import Statement
from leadrelay.store.rulesets import RuleState

_HALTS = Statement("SELECT rule_key, what, at, ended_at FROM rule_halts ORDER BY id")


def as_they_were(conn: Connection) -> list[GoesLive]:
    """Every version that went live, from when on; rules were held as far as that is still known."""
    states = rulesets.rule_states(conn)
    versions = sorted(rulesets.log(conn), key=lambda one: one.version)
    found: list[GoesLive] = []
    for one in versions:
        ruleset = rulesets.numbered(
            load(rulesets.files_of(conn, one.version) or {}, proofread=False).ruleset, one.version
        )
        found.append(GoesLive(one.live_at, ruleset, team_of(conn, ruleset)))
    return _with_holds(found, states, tuple(_halts(conn)))


def live_now(conn: Connection) -> Ruleset | None:
    """The rules that are in force, if any ever went live."""
    live = rulesets.live(conn)
    return rulesets.numbered(load(live.files, proofread=False).ruleset, live.version) if live else None


def team_of(conn: Connection, ruleset: Ruleset) -> Team:
    """Everybody, with those who were imported."""
    return whole_team(conn, ruleset.team)


def held_in(ruleset: Ruleset, states: Mapping[str, RuleState]) -> frozenset[str]:
    """The rules that are held now, as far as they are the same here."""
    return frozenset(
        rule.key
        for _, rule in ruleset.rules()
        if (state := states.get(rule.key)) and state.state == "held" and state.digest == judged_by(rule)
    )


def _halts(conn: Connection) -> Iterator[Halted]:
    """When rules were halted; one that reached its limit is so from the next moment on."""
    for key, what, at, ended_at in _HALTS.rows(conn):
        yield Halted(key, at + (what == LIMIT), FOREVER if ended_at is None else ended_at)


def _with_holds(versions: list[GoesLive], states: Mapping[str, RuleState], halts: tuple[Halted, ...]) -> list[GoesLive]:
    """A held rule acts on nobody since it went live; a released one since then until it was let go. Whenever a rule is
    let go, everybody is looked at again."""
    moments = {state.changed_at for state in states.values() if state.state == "released"}
    moments |= {one.until for one in halts}
    found: list[GoesLive] = []
    for place, one in enumerate(versions):
        end = versions[place + 1].at if place + 1 < len(versions) else FOREVER
        starts = sorted({one.at, *(moment for moment in moments if one.at < moment < end)})
        for at in starts:
            held = _held_at(one.ruleset, states, at)
            kept = keeping_place(one.ruleset, held)
            waiting = tuple(Halted(key, at, end) for key in sorted(kept))
            found.append(replace(one, at=at, held=held - kept, halts=halts + waiting))
    return found


def _held_at(ruleset: Ruleset, states: Mapping[str, RuleState], at: Instant) -> frozenset[str]:
    released = {
        rule.key
        for _, rule in ruleset.rules()
        if (state := states.get(rule.key))
        and state.digest == judged_by(rule)
        and state.state == "released"
        and at < state.changed_at
    }
    return held_in(ruleset, states) | released
