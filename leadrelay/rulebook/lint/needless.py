"""Looks for conditions that say nothing: lines that always hold, alternatives that cannot or that others contain.

    conjunction    each part is held against the scope and the other parts: what follows from them says nothing
    any:, none:    each alternative is held against those and the other alternatives: what cannot hold, or is
                   contained in the others, adds nothing
    later:         the condition of a step is held against the rule's own, as far as no action changes the fields

What was found to say nothing is left out of what follows, so that all of it can be removed together. Proofs are those
of regions.py: they hold for every subject, and where one would take too long nothing is said.
"""

from collections.abc import Iterable, Iterator, Sequence

from leadrelay.rulebook.condition import After, All, Any, Condition, Line, Nothing, SameAs, _Group
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.lint.boxes import Region
from leadrelay.rulebook.lint.regions import Regions, TooWide
from leadrelay.rulebook.lint.shown import as_written, named, place_of
from leadrelay.rulebook.lint.touched import touched_by
from leadrelay.rulebook.model import Rule, Rulebook
from leadrelay.rulebook.paths import leaves
from leadrelay.rulebook.place import NOWHERE, Place

MOST_WORK = 100_000
"""How many boxes are taken apart for the conditions of one rulebook; a second or so."""
MOST_PARTS = 200
"""Groups of more parts than this are not looked into, as each part is held against all the others."""
REMOVE = "Remove it, or write what was meant."


class Needless:
    """What says nothing in the conditions of one rulebook."""

    def __init__(self, book: Rulebook, context: Context, regions: Regions) -> None:
        self._book = book
        self._context = context
        self._regions = regions
        self._paths: dict[int, tuple[Condition, frozenset[str]]] = {}
        self._holding: dict[int, tuple[Condition, Region]] = {}
        self._scope = parts_of(book.scope)

    def look(self, rules: Iterable[Rule]) -> None:
        """Reports what says nothing in the scope, and in these rules, each of which can decide."""
        self._regions.work_left = MOST_WORK
        self._look(self._scope, [])
        for rule in rules:
            self._look(parts_of(rule.when), self._scope)
            self._look_at_steps(rule)

    def contradiction(self, parts: Sequence[Condition], given: Sequence[Condition]) -> str:
        """What makes conditions that cannot hold together impossible, in words that end a sentence."""
        own = [one for part in parts for one in parts_of(part)]
        around = [one for part in given for one in parts_of(part)]
        for part in own:
            if self._never(part, []):
                return f"{self._told(part)} contradicts itself"
        for number, part in enumerate(own):
            for other in (*own[:number], *around):
                if self._never(part, [other]):
                    return f"{self._told(other)} and {self._told(part)} contradict each other"
        return f"its lines contradict each other{', or the lines that hold with them' if around else ''}"

    def _told(self, part: Condition) -> str:
        what = "what is excluded" if isinstance(part, Nothing) else "'any:'"
        if isinstance(part, Line):
            what = f"'{as_written(part)}'"
        scope = "the scope's " if any(part is one for one in self._scope) else ""
        place = place_of(part)
        return f"{scope}{what}" + (f" (line {place.line})" if place != NOWHERE else "")

    def _look(self, parts: Sequence[Condition], given: Sequence[Condition], skipped: Sequence[Condition] = ()) -> None:
        """Looks at conditions that must all hold, where `given` hold too; `skipped` are not reported."""
        if len(parts) > MOST_PARTS:
            return
        kept = list(parts)
        for part in reversed(parts):
            others = [*given, *(one for one in kept if one is not part)]
            if not any(part is one for one in skipped) and self._always(part, others):
                kept = [one for one in kept if one is not part]
                self._report_always(part, others)
        for part in kept:
            others = [*given, *(one for one in kept if one is not part)]
            if isinstance(part, Any | Nothing) and not any(part is one for one in skipped):
                self._look_into(part, others)

    def _look_into(self, group: Any | Nothing, given: Sequence[Condition]) -> None:
        """Looks at the alternatives of a group."""
        if len(group.parts) > MOST_PARTS:
            return
        kept = list(group.parts)
        for part in reversed(group.parts):
            others = [one for one in kept if one is not part]
            if self._never(part, given):
                self._report_never(group, part, given)
            elif others and self._contained(part, others, given):
                self._report_contained(part, others, given)
            else:
                continue
            kept = others
        for part in kept:
            self._look(parts_of(part), given)

    def _look_at_steps(self, rule: Rule) -> None:
        """Looks at the conditions of a rule's steps. A step is due while the rule holds; but what was done a moment
        before may have changed the fields, so what actions of this rulebook may write is not counted on."""
        steps = [step for step in rule.later if parts_of(step.when)]
        if not steps:
            return
        touched = touched_by(self._book, self._context.fields)
        given = [one for one in (*self._scope, *parts_of(rule.when)) if not any(map(touched, self._reads(one)))]
        shared = [one for step in steps for one in parts_of(step.when)] if len(steps) > 1 else []
        for step in steps:
            parts = parts_of(step.when)
            if self._never(All(tuple(parts)), given):
                reason = self.contradiction(parts, given)
                message = f"This step is never taken while {named(rule)} holds: {reason}."
                self._warn(step.place, "step-never-holds", message, "Mend its condition, or remove the step.")
                continue
            entry = [one for one in parts if sum(one is other for other in shared) > 1]
            self._look(parts, given, entry)

    def _always(self, part: Condition, given: Sequence[Condition]) -> bool:
        """Whether a condition is sure to hold where others do."""
        return self._is_empty(part, False, self._linked(self._reads(part), given))

    def _never(self, part: Condition, given: Sequence[Condition]) -> bool:
        """Whether a condition is sure not to hold where others do."""
        return self._is_empty(part, True, self._linked(self._reads(part), given))

    def _is_empty(self, part: Condition, wanted: bool, given: Sequence[Condition]) -> bool:
        regions = self._regions
        try:
            own = regions.possible(regions.region(part, wanted))
            return not own or (bool(given) and not self._within(own, given))
        except TooWide:
            return False

    def _within(self, region: Region, given: Sequence[Condition]) -> Region:
        return self._regions.possible(self._regions.both(region, self._regions.region(All(tuple(given)))))

    def _contained(self, part: Condition, others: Sequence[Condition], given: Sequence[Condition]) -> bool:
        """Whether other alternatives together take all that this one takes."""
        regions = self._regions
        paths = self._reads(part)
        near = [one for one in others if not paths.isdisjoint(self._reads(one))]
        linked = self._linked(paths.union(*map(self._reads, near)), given)
        if not near and not linked:
            return False
        try:
            own = self._within(regions.possible(self._region(part)), linked)
            covers = [box for one in others for box in self._region(one)]
            return not regions.possible(regions.minus(own, covers))
        except TooWide:
            return False

    def _linked(self, paths: frozenset[str], given: Sequence[Condition]) -> list[Condition]:
        """Those of `given` that have to do with these fields, directly or through each other."""
        rest, found = list(given), []
        while near := [one for one in rest if not paths.isdisjoint(self._reads(one))]:
            found += near
            rest = [one for one in rest if paths.isdisjoint(self._reads(one))]
            paths = paths.union(*map(self._reads, near))
        return found

    def _reads(self, condition: Condition) -> frozenset[str]:
        known = self._paths.get(id(condition))
        if known is None:  # kept with the condition itself, so that its id stays its own
            known = self._paths[id(condition)] = (condition, frozenset(_reads(condition)))
        return known[1]

    def _region(self, condition: Condition) -> Region:
        known = self._holding.get(id(condition))
        if known is None:
            known = self._holding[id(condition)] = (condition, self._regions.region(condition))
        return known[1]

    def _report_always(self, part: Condition, others: Sequence[Condition]) -> None:
        reason = self._why_always(part, others)
        if isinstance(part, Nothing):
            self._warn(place_of(part), "excludes-nothing", f"Nothing is excluded here: {reason}.", REMOVE)
            return
        what = f"'{as_written(part)}'" if isinstance(part, Line) else "This 'any:'"
        self._warn(place_of(part), "always-holds", f"{what} says nothing: {reason}.", REMOVE)

    def _why_always(self, part: Condition, others: Sequence[Condition]) -> str:
        never = isinstance(part, Nothing)
        if self._always(part, []):
            return f"no {self._book.subject} can be so" if never else f"it holds for every {self._book.subject}"
        single = next((one for one in others if self._always(part, [one])), None)
        if single is not None:
            return f"{self._told(single)} {'rules that out' if never else 'says as much'} already"
        return f"what must hold with it {'rules that out' if never else 'says as much'} already"

    def _report_never(self, group: Any | Nothing, part: Condition, given: Sequence[Condition]) -> None:
        reason = self.contradiction([part], given)
        if isinstance(group, Nothing):
            message = f"Nothing is excluded by this condition: {reason}."
            self._warn(place_of(part), "excludes-nothing", message, REMOVE)
            return
        message = f"This alternative can never hold: {reason}."
        self._warn(place_of(part), "dead-alternative", message, REMOVE)

    def _report_contained(self, part: Condition, others: Sequence[Condition], given: Sequence[Condition]) -> None:
        single = next((one for one in others if self._contained(part, [one], given)), None)
        by = f"the one in line {place_of(single).line} takes" if single is not None else "the others together take"
        message = f"This alternative adds nothing: {by} every {self._book.subject} that it takes."
        self._warn(place_of(part), "needless-alternative", message, REMOVE)

    def _warn(self, place: Place, code: str, message: str, remedy: str) -> None:
        if place != NOWHERE:
            self._context.report(place, code, message, remedy, "warning")


def parts_of(condition: Condition) -> list[Condition]:
    """The conditions that must all hold for this one to hold, down to lines, `any:` and `none:`."""
    if isinstance(condition, All):
        return [one for part in condition.parts for one in parts_of(part)]
    return [condition]


def _reads(condition: Condition) -> Iterator[str]:
    if isinstance(condition, _Group):
        for part in condition.parts:
            yield from _reads(part)
        return
    assert isinstance(condition, Line)
    yield condition.path
    for test in leaves(condition.test):
        if isinstance(test, SameAs | After):
            yield test.other
