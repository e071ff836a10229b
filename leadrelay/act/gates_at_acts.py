"""What a gate demands is checked where the thing happens, whatever way the deal came there (M16, M17)."""

from sqlalchemy import Connection

from leadrelay.act.person import Doer
from leadrelay.act.set_by_hand import Lacking, Outcome, facts_of
from leadrelay.clock import Instant
from leadrelay.leads.effects import StageMove
from leadrelay.rulebook.condition import Moment
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.stages import Lack, Move
from leadrelay.store import stage_moves


def held_up(conn: Connection, ruleset: Ruleset, subject: str, act: str, now: Instant) -> tuple[Lack, ...]:
    """The gates before an act (a stage, or one of stages.ACTS) that do not hold for an opportunity as it stands."""
    if not ruleset.stages.gates:
        return ()
    facts = facts_of(conn, ruleset, subject, now)
    return ruleset.stages.at_act(act, facts, Moment(now, ruleset.calendars))


def go_through(
    conn: Connection, ruleset: Ruleset, subject: str, act: str, doer: Doer, now: Instant, override: str | None
) -> tuple[str, ...]:
    """Lets a person do the act if every gate before it holds, or is one that a role of theirs may override with a
    reason; the overridden ones are returned and stand in the record of moves. Ends the transaction with Lacking."""
    lacks = held_up(conn, ruleset, subject, act, now)
    mine = tuple(one.what for one in lacks if override and set(one.override) & set(doer.roles))
    left = tuple(one for one in lacks if one.what not in mine)
    if left:
        raise Lacking(Outcome(subject, lacks=left))
    if mine:
        stage = facts_of(conn, ruleset, subject, now).get("opportunity.stage")
        here = stage if isinstance(stage, str) else None
        name = subject.partition("/")[2]
        stage_moves.record(conn, [StageMove(name, here, act, Move.OTHER, doer.cause, override, mine)], now)
    return mine
