"""Opportunities moving between stages by rules: what is lacking for a stage, and the move as an effect."""

from collections.abc import Iterable, Mapping

from leadrelay.act.case import Case, World
from leadrelay.duration import Duration
from leadrelay.leads.derived import SOURCES, derive
from leadrelay.leads.effects import NewTask, StageMove
from leadrelay.leads.fields import Value
from leadrelay.rulebook.stages import Lack, Move

MISSING_DUE = Duration(2, "working day")
"""How long the owner has to find out what a new opportunity lacks."""
_MISSING: Mapping[str, str] = {
    "en": "Find out what is still missing for {stage}: {what}",
    "nl": "Zoek uit wat nog ontbreekt voor {stage}: {what}",
}


def canonical(stage: str, world: World) -> str:
    """The stage as rules/stages.yaml spells it."""
    found = world.stages.find(stage)
    return found.name if found else stage


def lacking(case: Case, values: Mapping[str, Value], to: str, world: World) -> tuple[Lack, ...]:
    """What an opportunity would lack in a stage once these fields (by path) are set with it."""
    facts = {**case.slots.facts(case.row), **values}
    facts |= {path: derive(path, facts) for path, given in SOURCES.items() if not values.keys().isdisjoint(given)}
    row = [facts.get(path) for path in case.slots.paths]
    case.slots.fill(row)  # what the company computes from them
    return world.stages.lacks(case.value("opportunity.stage"), to, case.slots.facts(row), world.moment)


def held_up(case: Case, act: str, world: World) -> tuple[Lack, ...]:
    """The gates before an act, such as `won`, that do not hold for an opportunity."""
    return world.stages.at_act(act, case.slots.facts(case.row), world.moment) if world.stages.gates else ()


def lacking_at_first(case: Case, values: Mapping[str, Value], to: str, world: World) -> tuple[Lack, ...]:
    """What the opportunity that comes of a request would lack in a stage; `values` are its fields by name."""
    facts = case.slots.facts(case.row)
    facts |= {f"opportunity.{name}": value for name, value in values.items()}
    facts |= {path: derive(path, facts) for path in SOURCES if path.startswith("opportunity.")}
    return world.stages.lacks(None, to, facts, world.moment)


def note_move(opportunity: str, old: Value, new: str, cause: str, world: World, reason: str | None = None) -> None:
    """Records a move between stages; an outcome is one out of them."""
    move = leaving(new) or world.stages.move(old, new)
    before = old if isinstance(old, str) else None
    world.effects.stage_moves.append(StageMove(opportunity, before, new, move, cause, reason))


def leaving(outcome: str) -> Move | None:
    """The move that an outcome is; None for a stage."""
    return {"won": Move.CLOSED, "lost": Move.CLOSED, "recycled": Move.RECYCLED}.get(outcome)


def missing_task(opportunity: str, owner: str, stage: str, lacks: Iterable[Lack], cause: str, world: World) -> NewTask:
    """The task for the owner of a new opportunity: what is still missing, due within MISSING_DUE of their calendar."""
    words = _MISSING.get(world.language, _MISSING["en"])
    what = words.format(stage=stage, what=", ".join(one.brief.partition(" ")[2] for one in lacks))
    person = world.team.people.get(owner)
    calendar = world.calendars.get(person.calendar if person else "default") or world.calendars["default"]
    due = MISSING_DUE.after(world.now, calendar)
    return NewTask(f"opportunity/{opportunity}", owner, what, due, f"{cause}|task|{what}", cause)
