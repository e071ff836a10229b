"""What another system says of deals that our gates would have held up: taken, recorded, never in silence (M17).

A file may move a deal past a gate, or one that was closed here. It is taken as what the other system says, the move is
on record with the gates it went past, and the owner gets a task to look at it."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.duration import Duration
from leadrelay.intake.known import Record
from leadrelay.leads.effects import NewTask, StageMove
from leadrelay.leads.fields import OPPORTUNITY_OUTCOMES, Value
from leadrelay.rulebook.condition import Facts, Moment
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.stages import Lack, Move
from leadrelay.store import stage_moves, tasks
from leadrelay.store.intake_writes import stored_of
from leadrelay.store.stage_facts import stage_facts

DUE = Duration(2, "working day")
"""How long the owner has to look at it, by their calendar."""
_WORDS: Mapping[str, Mapping[str, str]] = {
    "en": {"gate": "Look at it: another system moved it to {to}, past {gates}",
           "closed": "Look at it: another system changed it ({to}) after it was closed here"},
    "nl": {"gate": "Kijk ernaar: een ander systeem zette het op {to}, voorbij {gates}",
           "closed": "Kijk ernaar: een ander systeem wijzigde het ({to}) nadat het hier gesloten was"},
}  # fmt: skip
_REASON = "as another system says"
_MOVES = {"won": Move.CLOSED, "lost": Move.CLOSED, "recycled": Move.RECYCLED}


class Deviation(NamedTuple):
    """A deal that went a way which ours would not let it: from where, to which stage or outcome, past which gates."""

    opportunity: str
    old: str | None
    to: str
    gates: tuple[str, ...]
    was_closed: bool
    owner: str | None


class Desk(NamedTuple):
    """Where deviations are looked at: the rules, the time, what the file is called, and the company's language."""

    ruleset: Ruleset
    now: Instant
    cause: str
    language: str


def found(conn: Connection, desk: Desk, altered: Iterable[Record]) -> list[Deviation]:
    """What the deals of one chunk, as they are now written, did that gates would have held up."""
    records = {one.id: one for one in altered if one.entity == "opportunity"}
    current = stored_of(conn, "opportunity", set(records)) if records else {}
    moved = {name: values for name, values in current.items() if _moves(records[name], values)}
    if not moved:
        return []
    facts = stage_facts(conn, desk.ruleset, moved, desk.now)
    moment = Moment(desk.now, desk.ruleset.calendars)
    deviations = (
        _deviation(desk.ruleset, records[name].stored or {}, values, facts[name], moment)
        for name, values in moved.items()
    )
    return [one for one in deviations if one]


def record(conn: Connection, desk: Desk, deviations: Iterable[Deviation]) -> None:
    """Puts them on the record of moves, with the gates they went past."""
    stage_moves.record(conn, [_as_move(desk, one) for one in deviations], desk.now)


def ask(conn: Connection, desk: Desk, deviations: Iterable[Deviation]) -> None:
    """A task for each deal's owner to look at it; a deal without an owner is told by the audit."""
    for one in deviations:
        if one.owner is not None:
            tasks.ask(conn, _task(desk, one, one.owner), desk.now)


def _moves(record: Record, values: Mapping[str, Value]) -> bool:
    before = record.stored or {}
    return any(before.get(name) != values.get(name) for name in ("stage", "outcome", "closed_at"))


def _deviation(
    ruleset: Ruleset, before: Mapping[str, Value], now: Mapping[str, Value], facts: Facts, moment: Moment
) -> Deviation | None:
    was_closed = before.get("closed_at") is not None
    outcome = now.get("outcome")
    ended = isinstance(outcome, str) and outcome in OPPORTUNITY_OUTCOMES
    to = outcome if ended else now.get("stage")
    if not isinstance(to, str):
        return None
    stages = ruleset.stages
    lacks = stages.at_act(to, facts, moment) if ended else stages.lacks(before.get("stage"), to, facts, moment)
    gates = tuple(lack.what for lack in lacks if _is_gate(lack))
    if not gates and not was_closed:
        return None
    name, old, owner = str(facts["opportunity.id"]), _text(before.get("stage")), _text(now.get("owner"))
    return Deviation(name, old, to, gates, was_closed, owner)


def _text(value: Value) -> str | None:
    return value if isinstance(value, str) else None


def _is_gate(lack: Lack) -> bool:
    return lack.kind == "gate"


def _as_move(desk: Desk, one: Deviation) -> StageMove:
    move = _MOVES.get(one.to) or desk.ruleset.stages.move(one.old, one.to)
    return StageMove(one.opportunity, one.old, one.to, move, desk.cause, _REASON, one.gates)


def _task(desk: Desk, one: Deviation, owner: str) -> NewTask:
    person = desk.ruleset.team.people.get(owner)
    words = _WORDS.get((person.language if person else None) or desk.language, _WORDS["en"])
    what = words["closed" if one.was_closed else "gate"].format(to=one.to, gates=", ".join(one.gates))
    calendars = desk.ruleset.calendars
    calendar = calendars.get(person.calendar if person else "default") or calendars["default"]
    subject = f"opportunity/{one.opportunity}"
    key = f"{desk.cause}|{subject}|{desk.now}|{one.to}"
    return NewTask(subject, owner, what, DUE.after(desk.now, calendar), key, desk.cause)
