"""Conditions as boxes: what a rulebook's rules cover of all possible subjects, exactly where that can be known.

    region := box…              a subject is in the region if it is in one of its boxes
    box    := variable -> mask  a subject is in the box if every variable is in one of the mask's classes

A variable is a field cut into classes (spaces.py), or a test that cannot be cut up, which then is true or false by
itself. Regions so never cover less than is possible: what is empty here is truly empty; what is not, needs a witness.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from itertools import combinations, islice, pairwise, product

from leadrelay.leads.fields import Field, Fields, Type, Value
from leadrelay.rulebook.condition import (
    After,
    Any,
    Condition,
    Equals,
    Every,
    Facts,
    InList,
    Known,
    Line,
    Moment,
    Not,
    Nothing,
    Past,
    Range,
    SameAs,
    Test,
    _Group,
    judge,
)
from leadrelay.rulebook.ladder import shorter
from leadrelay.rulebook.lint.boxes import Box, Region, Variable, intersection
from leadrelay.rulebook.lint.examples import around, linked, samples
from leadrelay.rulebook.lint.relations import SPANS, can_be
from leadrelay.rulebook.lint.spaces import Mask, NumberSpace, Space, TestedSpace, ValueSpace, bits, value_space
from leadrelay.rulebook.paths import leaves

MOST_BOXES = 400
"""A region of more boxes than this is not looked into."""
MOST_WORK = 500_000
"""How many boxes of one rulebook are taken apart before its rules are left alone; some seconds."""
MOST_LISTED = 2000
"""Above this many values on its lists, a field's `in_list` tests are taken as true or false by themselves."""
MOST_TIMED = 40
"""Above this many tests on time, those of one field are taken as true or false by themselves."""
MOST_TRIES = 300
"""How many subjects are tried before a region is given up as one without an example."""
MOST_CHOICES = 6
"""How many values of one field are tried."""
_TRUE, _EITHER = 0b10, 0b11


class TooWide(Exception):
    """A condition or a difference needs more boxes than anybody would read."""


class Regions:
    """The variables of one rulebook, and its conditions as regions over them."""

    def __init__(self, conditions: Iterable[Condition], fields: Fields, moment: Moment) -> None:
        self.moment = moment
        self.work_left = MOST_WORK
        self.fields = fields
        tests: dict[str, dict[Test, None]] = defaultdict(dict)
        for condition in conditions:
            for line in condition.lines():
                for leaf in leaves(line.test):
                    path, test = _sided(line.path, leaf)
                    tests[path][test] = None
                    if isinstance(test, SameAs | After):
                        tests.setdefault(test.other, {})
        self.spaces: dict[str, Space] = {}
        self.whole: set[Variable] = set()
        for path, given in tests.items():
            self._add_space(path, list(given))

    def _field(self, path: str) -> Field:
        found = self.fields.get(path)
        assert found is not None
        return found

    def _add_space(self, path: str, tests: list[Test]) -> None:
        field = self._field(path)
        timed = [test for test in tests if isinstance(test, SPANS | Past)]
        others = [test for test in tests if not isinstance(test, SPANS | Past | Known)]
        if 0 < len(timed) <= MOST_TIMED and not others and field.type is Type.TIME and _in_line(timed, self.moment):
            values = [(value, self.moment) for value in (None, *around(timed, self.moment))]
            self.spaces[path] = TestedSpace([*timed], values)
            return
        listed = sum(len(test.values) for test in tests if isinstance(test, InList))
        exact = Equals | Range | Known if listed > MOST_LISTED else Equals | Range | Known | InList
        self.spaces[path] = value_space(field, [test for test in tests if isinstance(test, exact)])
        self.whole.update((path, test) for test in tests if not isinstance(test, exact))

    def full(self, variable: Variable) -> Mask:
        """Every class of a variable."""
        return _EITHER if variable[1] is not None else self.spaces[variable[0]].full

    def region(self, condition: Condition, wanted: bool = True) -> Region:
        """Where a condition holds, or does not. Raises TooWide."""
        if isinstance(condition, Line):
            return self._tested(condition.path, condition.test, wanted)
        assert isinstance(condition, _Group)
        each = wanted is not isinstance(condition, Nothing)
        parts = (self.region(part, each) for part in condition.parts)
        if wanted is isinstance(condition, Any):
            return _capped([box for part in parts for box in part])
        return self._all_of(parts)

    def _tested(self, path: str, test: Test, wanted: bool) -> Region:
        if isinstance(test, Not):
            return self._tested(path, test.test, not wanted)
        if isinstance(test, Every):
            parts = (self._tested(path, part, wanted) for part in test.tests)
            return self._all_of(parts) if wanted else [box for part in parts for box in part]
        path, test = _sided(path, test)
        variable = (path, test) if (path, test) in self.whole else (path, None)
        mask = _TRUE if variable[1] is not None else self.spaces[path].mask(test)
        mask = mask if wanted else self.full(variable) & ~mask
        return [{variable: mask}] if mask else []

    def _all_of(self, parts: Iterable[Region]) -> Region:
        found: Region = [{}]
        for part in parts:
            self._work(len(found) * len(part))
            found = _capped([both for one in found for other in part if (both := intersection(one, other)) is not None])
        return found

    def _work(self, boxes: int) -> None:
        self.work_left -= boxes
        if self.work_left < 0:
            raise TooWide

    def both(self, one: Region, other: Region) -> Region:
        """Where two regions overlap. Raises TooWide."""
        return self._all_of((one, other))

    def minus(self, region: Region, cover: Iterable[Box]) -> Region:
        """What is left of a region outside the boxes of `cover`. Raises TooWide."""
        for box in cover:
            self._work(len(region))
            region = _capped([piece for one in region for piece in self._pieces(one, box)])
        return region

    def _pieces(self, box: Box, cover: Box) -> Iterator[Box]:
        """`box` without `cover`, as boxes that do not overlap."""
        if intersection(box, cover) is None:
            yield box
            return
        rest = dict(box)
        for variable, mask in cover.items():
            here = rest.get(variable, self.full(variable))
            if outside := here & ~mask:
                yield {**rest, variable: outside}
            rest[variable] = here & mask

    def possible(self, region: Region) -> Region:
        """The boxes of a region that may have a subject in them as far as tests of one field hang together, and fields
        that are compared with each other. Raises TooWide."""
        return [box for box in region if self._can_be(box)] if self.whole else region

    def _can_be(self, box: Box) -> bool:
        outcomes: dict[str, list[tuple[Test, bool]]] = defaultdict(list)
        for (path, test), mask in box.items():
            if test is not None and mask != _EITHER:
                self._work(len(outcomes[path]) // 8)
                outcomes[path].append((test, mask == _TRUE))
        return all(self._suits(path, given, box) for path, given in outcomes.items())

    def _suits(self, path: str, given: list[tuple[Test, bool]], box: Box) -> bool:
        """Whether a field may have a value with which its tests come out as given."""
        space = self.spaces[path]
        mask = box.get((path, None), space.full)
        unknown = space.mask(Known(False))
        if any(holds for _, holds in given):
            mask &= ~unknown
        if not mask or not can_be(given, not mask & unknown, self._field(path).type is Type.LIST):
            return False
        if isinstance(space, ValueSpace):
            mask = self._fitting(space, mask, given)
        return bool(mask) and all(
            self._meet(mask, space, test.other, box)
            for test, holds in given
            if holds and isinstance(test, SameAs | After)
        )

    def _fitting(self, space: ValueSpace, mask: Mask, given: list[tuple[Test, bool]]) -> Mask:
        """The classes of a mask that are not sure to come out otherwise; 'any other text' always may."""
        asked = [(test, holds) for test, holds in given if not isinstance(test, SameAs | After)]
        if not asked or (space.rest and mask & space.rest):
            return mask
        fitting = 0
        for number in bits(mask):
            value = space.values[number]
            if all(judge(test, value, {}, self.moment).holds is holds for test, holds in asked):
                fitting |= 1 << number
        return fitting

    def _meet(self, mask: Mask, space: Space, path: str, box: Box) -> bool:
        """Whether a field with a value in the mask can be compared with another one: both known, and for equality with
        a value in common where all values are named."""
        other = self.spaces[path]
        theirs = box.get((path, None), other.full) & ~other.mask(Known(False))
        if not theirs or not isinstance(space, ValueSpace) or not isinstance(other, ValueSpace):
            return bool(theirs)
        if mask & space.rest or theirs & other.rest:
            return True
        return not {space.values[n] for n in bits(mask)}.isdisjoint(other.values[n] for n in bits(theirs))

    def ordinary(self, region: Region) -> Region:
        """The boxes of a region in which numbers of people and the like are whole and not below zero."""
        return [box for box in region if all(self._is_ordinary(*one) for one in box.items())]

    def _is_ordinary(self, variable: Variable, mask: Mask) -> bool:
        space = self.spaces[variable[0]]
        return variable[1] is not None or not isinstance(space, NumberSpace) or bool(mask & space.ordinary)

    def example(self, region: Region, proves: Callable[[Facts], bool]) -> dict[str, Value] | None:
        """A subject of the region that `proves` agrees with: values by path, the rest unknown. None if not found."""
        for box in region:
            links = [
                (path, test, mask == _TRUE)
                for (path, test), mask in box.items()
                if isinstance(test, SameAs | After) and mask != _EITHER
            ]
            paths = dict.fromkeys([path for path, _ in box] + [test.other for _, test, _ in links])
            choices = {path: list(islice(self._values(path, box), MOST_CHOICES)) for path in paths}
            for values in islice(product(*choices.values()), MOST_TRIES):
                facts = linked(dict(zip(choices, values, strict=True)), links)
                if proves(facts):
                    return facts
        return None

    def _values(self, path: str, box: Box) -> Iterator[Value]:
        """Values for a path that suit a box, or may."""
        wanted = [test for (named, test), mask in box.items() if named == path and test is not None and mask == _TRUE]
        yield from samples(wanted, self.moment)
        space = self.spaces[path]
        yield from space.examples(box.get((path, None), space.full))


def _capped(region: Region) -> Region:
    if len(region) > MOST_BOXES:
        raise TooWide
    return region


def _sided(path: str, test: Test) -> tuple[str, Test]:
    """A test as it is held: 'a is the same as b' and 'b is the same as a' are one."""
    if isinstance(test, SameAs) and test.other < path:
        return test.other, SameAs(path)
    return path, test


def _in_line(tests: Iterable[Test], moment: Moment) -> bool:
    """Whether spans follow each other in the same order at any moment, so that one moment shows all there is to see."""
    spans = [test for test in tests if isinstance(test, SPANS)]
    if len({test.calendar for test in spans}) > 1 or any(test.span.amount == 0 for test in spans):
        return False
    in_order = all(
        one.span == other.span or shorter(one.span, other.span) or shorter(other.span, one.span)
        for one, other in combinations(spans, 2)
    )
    cuts = sorted({test.span.breakpoints(moment.now, moment.calendars[test.calendar]) for test in spans})
    return in_order and all(one and other and one[-1] < other[0] for one, other in pairwise(cuts))
