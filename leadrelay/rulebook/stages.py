"""The company's stages, the gates before them, and what an opportunity lacks to be in a stage: pure values."""

from collections.abc import Iterator
from enum import StrEnum
from functools import cached_property
from typing import Literal

from msgspec import Struct

from leadrelay.clock import Instant
from leadrelay.duration import Duration
from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import ALWAYS, Condition, Facts, Moment
from leadrelay.rulebook.paths import read_paths
from leadrelay.rulebook.place import NOWHERE, Place

NEXT_STEP = "opportunity.next_step_at"
QUOTE = "quote"
"""The stage that an opportunity reaches when its quote is sent."""


ACTS = ("accepted", "won", "lost", "recycled")
"""What a gate may stand before besides stages: the acceptance of a quote, and the ends of a deal."""


class Move(StrEnum):
    """How an opportunity moved, as `stage_moves` records it (M17). `other`: from or to a stage that is not listed."""

    ENTRY = "entry"
    FORWARD = "forward"
    FAST_FORWARD = "fast_forward"
    BACK = "back"
    OTHER = "other"
    CLOSED = "closed"
    RECYCLED = "recycled"


class Stage(Struct, frozen=True):
    """One stage. `chance`: its weight in the forecast, 0-100; `demands`: fields that must be known to be in it, by
    path; `next_step`: whether a next step must be planned, and how far ahead it may lie."""

    name: str
    about: str = ""
    chance: float | None = None
    demands: tuple[str, ...] = ()
    next_step: Literal["required", "optional"] = "optional"
    within: Duration | None = None
    place: Place = NOWHERE


class Gate(Struct, frozen=True):
    """A condition that must hold to go into a stage, to send a quote, or for one of ACTS. `override`: the roles that
    may let a deal through with a reason; empty: nobody may."""

    id: str
    into: tuple[str, ...]
    when: Condition = ALWAYS
    about: str = ""
    override: tuple[str, ...] = ()
    place: Place = NOWHERE


class Authorisation(Struct, frozen=True):
    """Which quotes somebody has to approve: with more discount (percent) or a larger total (cents) than this; `by`
    whom (a WHO), the deputy for when they are away and name none, and how long they have."""

    by: str
    due: Duration
    discount_over: float | None = None
    amount_over: int | None = None
    deputy: str | None = None
    place: Place = NOWHERE


class Lack(Struct, frozen=True):
    """Something that stands in the way of a stage: a field it demands, a next step, or a gate with what it wants."""

    kind: Literal["demand", "next_step", "gate"]
    stage: str
    what: str
    fields: tuple[str, ...]
    place: Place
    about: str = ""
    override: tuple[str, ...] = ()

    @property
    def brief(self) -> str:
        """As the record of a decision shows it: `demand decision_on`, `gate no-quote-without-a-date`."""
        return f"{self.kind} {self.what.removeprefix('opportunity.')}"


class Stages(Struct, frozen=True, dict=True):
    """The stages in their order (none: any name goes), every gate of the rules folder, and who approves quotes."""

    stages: tuple[Stage, ...] = ()
    gates: tuple[Gate, ...] = ()
    authorisation: Authorisation | None = None

    @cached_property
    def _places(self) -> dict[str, int]:
        return {stage.name.casefold(): place for place, stage in enumerate(self.stages)}

    @property
    def entry(self) -> str | None:
        """The first stage, which every opportunity may be in."""
        return self.stages[0].name if self.stages else None

    @cached_property
    def paths(self) -> tuple[str, ...]:
        """Every field that demands and gates look at."""
        found = [path for stage in self.stages for path in stage.demands]
        found += [path for gate in self.gates for path in read_paths(gate.when)]
        return tuple(dict.fromkeys([*found, NEXT_STEP] if found or self.stages else found))

    def find(self, name: Value) -> Stage | None:
        """The stage of that name, whatever its capitals."""
        place = self._place(name)
        return None if place is None else self.stages[place]

    def known(self, name: str) -> bool:
        """Whether an opportunity may be in a stage of that name: in any, where no stages are listed."""
        return not self.stages or self._place(name) is not None

    def _place(self, name: Value) -> int | None:
        return self._places.get(name.strip().casefold()) if isinstance(name, str) else None

    def move(self, old: Value, new: str) -> Move:
        """What going from one stage (None: from none) to another is."""
        if old is None:
            return Move.ENTRY
        before, after = self._place(old), self._place(new)
        if before is None or after is None:
            return Move.OTHER
        if after <= before:
            return Move.BACK
        return Move.FORWARD if after == before + 1 else Move.FAST_FORWARD

    def lacks(self, old: Value, new: str, facts: Facts, moment: Moment) -> tuple[Lack, ...]:
        """What stands in the way from one stage to another: going forward, the demands and gates of every stage on the
        way count, those that are skipped too; going back is always allowed."""
        if self.move(old, new) is Move.BACK:
            return ()
        before, after = self._place(old), self._place(new)
        if after is None:
            passed: tuple[Stage, ...] = (Stage(new),)
        else:
            passed = self.stages[0 if before is None else before + 1 : after + 1]
        found = [lack for stage in passed for lack in self._of_stage(stage, facts, moment, last=stage is passed[-1])]
        unique = {(lack.kind, lack.what): lack for lack in reversed(found)}
        return tuple(reversed(unique.values()))

    def at_act(self, act: str, facts: Facts, moment: Moment) -> tuple[Lack, ...]:
        """What stands in the way of an act, whatever way the deal came where it is: gates before it that do not hold.
        To send a quote is the act of the stage `quote` (M16)."""
        return tuple(self._gates(act, facts, moment))

    def standing(self, facts: Facts, moment: Moment) -> tuple[Lack, ...]:
        """What an open opportunity lacks where it is now: an owner, the demands of its stage, its next step."""
        found: list[Lack] = []
        if not _is_known(facts.get("opportunity.owner")):
            found.append(Lack("demand", "", "opportunity.owner", ("opportunity.owner",), NOWHERE))
        stage = self.find(facts.get("opportunity.stage"))
        if stage is not None:
            found += _demanded(stage, facts)
            found += _unplanned(stage, facts, moment)
        return tuple(found)

    def _of_stage(self, stage: Stage, facts: Facts, moment: Moment, last: bool) -> Iterator[Lack]:
        """`last`: it will stay in this stage, so a next step is wanted here."""
        yield from _demanded(stage, facts)
        if last:
            yield from _unplanned(stage, facts, moment)
        yield from self._gates(stage.name, facts, moment)

    def _gates(self, before: str, facts: Facts, moment: Moment) -> Iterator[Lack]:
        """The gates before a stage or act that do not hold."""
        name = before.casefold()
        for gate in self.gates:
            if name in (into.casefold() for into in gate.into) and not gate.when.verdict(facts, moment).holds:
                yield Lack(
                    "gate",
                    before,
                    gate.id,
                    tuple(dict.fromkeys(_failing(gate.when, facts, moment))),
                    gate.place,
                    gate.about,
                    gate.override,
                )


def _demanded(stage: Stage, facts: Facts) -> Iterator[Lack]:
    for path in stage.demands:
        if not _is_known(facts.get(path)):
            yield Lack("demand", stage.name, path, (path,), stage.place, stage.about)


def _unplanned(stage: Stage, facts: Facts, moment: Moment) -> Iterator[Lack]:
    if stage.next_step == "optional" and stage.within is None:
        return
    at = facts.get(NEXT_STEP)
    about = ""
    if not isinstance(at, int):
        about = "no next step is planned" if stage.next_step == "required" else ""
    elif at <= moment.now:
        about = "the next step has passed" if stage.next_step == "required" else ""
    elif stage.within is not None and at > latest_next_step(stage, moment):
        about = f"the next step lies more than {stage.within} ahead"
    if about:
        yield Lack("next_step", stage.name, NEXT_STEP, (NEXT_STEP,), stage.place, about)


def latest_next_step(stage: Stage, moment: Moment) -> Instant:
    """The latest moment at which the next step of an opportunity in this stage may be planned."""
    assert stage.within is not None
    return stage.within.after(moment.now, moment.calendars["default"])


def _failing(condition: Condition, facts: Facts, moment: Moment) -> Iterator[str]:
    """The fields whose tests do not hold, all of them if the fault is that one does."""
    lines = list(condition.lines())
    failing = [line.path for line in lines if not line.verdict(facts, moment).holds]
    yield from failing or [line.path for line in lines]


def _is_known(value: object) -> bool:
    return not (value is None or value == () or (isinstance(value, str) and not value.strip()))
