"""Conditions as boxes: what a rulebook's rules cover of all possible subjects, exactly where that can be known.

    region := box…              a subject is in the region if it is in one of its boxes
    box    := variable -> mask  a subject is in the box if every variable is in one of the mask's classes

A variable is a field cut into classes (spaces.py), or a test that cannot be cut up, which then is true or false by
itself. Regions so never cover less than is possible: what is empty here is truly empty; what is not, needs a witness.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from itertools import combinations, islice, pairwise, product

from leadrelay.clock import HOUR, SECOND, instant_of
from leadrelay.leads.fields import Fields, Type, Value
from leadrelay.rulebook.condition import (
    Any,
    Condition,
    Contains,
    EndsWith,
    Equals,
    Every,
    Facts,
    InList,
    Known,
    Line,
    Matches,
    Mentions,
    Moment,
    NewerThan,
    Not,
    Nothing,
    OlderThan,
    Past,
    Range,
    StartsWith,
    Test,
    Within,
    _Group,
)
from leadrelay.rulebook.ladder import shorter
from leadrelay.rulebook.paths import leaves
from leadrelay.rulebook.spaces import Mask, Space, TestedSpace, bits, value_space

Variable = tuple[str, Test | None]
"""A path with its classes (None), or with the test that is true or false by itself."""
Box = dict[Variable, Mask]
Region = list[Box]

NOON = instant_of(datetime(2026, 11, 18, 12, tzinfo=UTC))
"""The Wednesday noon at which examples stand."""
MOST_BOXES = 400
"""A region of more boxes than this is not looked into."""
MOST_WORK = 500_000
"""How many boxes of one rulebook are taken apart before its rules are left alone; some seconds."""
MOST_LISTED = 2000
"""Above this many values on its lists, a field's `in_list` tests are taken as true or false by themselves."""
MOST_TRIES = 300
"""How many subjects are tried before a region is given up as one without an example."""
_TRUE, _EITHER = 0b10, 0b11
_SPANS = OlderThan | NewerThan | Within


class TooWide(Exception):
    """A condition or a difference needs more boxes than anybody would read."""


class Regions:
    """The variables of one rulebook, and its conditions as regions over them."""

    def __init__(self, conditions: Iterable[Condition], fields: Fields, moment: Moment) -> None:
        self.moment = moment
        self.worked = 0
        tests: dict[str, dict[Test, None]] = defaultdict(dict)
        for condition in conditions:
            for line in condition.lines():
                tests[line.path].update(dict.fromkeys(leaves(line.test)))
        self.spaces: dict[str, Space] = {}
        self.whole: set[Variable] = set()
        for path, given in tests.items():
            self._add_space(path, list(given), fields)

    def _add_space(self, path: str, tests: list[Test], fields: Fields) -> None:
        field = fields.get(path)
        assert field is not None, "a rule that was read without errors names fields that exist"
        timed = [test for test in tests if isinstance(test, _SPANS | Past)]
        others = [test for test in tests if not isinstance(test, _SPANS | Past | Known)]
        if timed and not others and field.type is Type.TIME and _in_line(timed, self.moment):
            values = [(value, self.moment) for value in (None, *_around(timed, self.moment))]
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
        variable = (path, test) if (path, test) in self.whole else (path, None)
        mask = _TRUE if variable[1] is not None else self.spaces[path].mask(test)
        mask = mask if wanted else self.full(variable) & ~mask
        return [{variable: mask}] if mask else []

    def _all_of(self, parts: Iterable[Region]) -> Region:
        found: Region = [{}]
        for part in parts:
            found = _capped([both for one in found for other in part if (both := intersection(one, other)) is not None])
        return found

    def both(self, one: Region, other: Region) -> Region:
        """Where two regions overlap. Raises TooWide."""
        return self._all_of((one, other))

    def minus(self, region: Region, cover: Iterable[Box]) -> Region:
        """What is left of a region outside the boxes of `cover`. Raises TooWide."""
        for box in cover:
            self.worked += len(region)
            if self.worked > MOST_WORK:
                raise TooWide
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

    def example(self, region: Region, proves: Callable[[Facts], bool]) -> dict[str, Value] | None:
        """A subject of the region that `proves` agrees with: values by path, the rest unknown. None if not found."""
        for box in region:
            choices = {path: list(islice(self._values(path, box), 6)) for path, _ in box}
            for values in islice(product(*choices.values()), MOST_TRIES):
                facts = dict(zip(choices, values, strict=True))
                if proves(facts):
                    return facts
        return None

    def _values(self, path: str, box: Box) -> Iterator[Value]:
        """Values for a path that suit a box, or may."""
        wanted = [test for (named, test), mask in box.items() if named == path and test is not None and mask == _TRUE]
        yield from _samples(wanted, self.moment)
        space = self.spaces[path]
        yield from space.examples(box.get((path, None), space.full))


class Pile:
    """Boxes on a pile, each with what it belongs to, and quickly those that may touch another box."""

    NARROW = 64
    """Masks of more classes than this are not looked up class by class; such boxes count as touching."""

    def __init__(self) -> None:
        self.boxes: list[tuple[Box, int]] = []
        self._named: dict[Variable, int] = defaultdict(int)
        self._of_class: dict[tuple[Variable, int], int] = defaultdict(int)

    def add(self, region: Region, owner: int) -> None:
        """Puts the boxes of `owner` on the pile."""
        for box in region:
            bit = 1 << len(self.boxes)
            self.boxes.append((box, owner))
            for variable, mask in box.items():
                if mask.bit_count() <= self.NARROW:
                    self._named[variable] |= bit
                    for number in bits(mask):
                        self._of_class[variable, number] |= bit

    def touching(self, box: Box) -> Iterator[tuple[Box, int]]:
        """The boxes, with their owners, that overlap this one, in the order in which they were added."""
        alive = (1 << len(self.boxes)) - 1
        for variable, mask in box.items():
            if mask.bit_count() <= self.NARROW:
                suits = ~self._named[variable]
                for number in bits(mask):
                    suits |= self._of_class[variable, number]
                alive &= suits
        for number in bits(alive):
            if intersection(self.boxes[number][0], box) is not None:
                yield self.boxes[number]


def intersection(one: Box, other: Box) -> Box | None:
    """The box in which both hold; None when there is nothing in it."""
    both = dict(one)
    for variable, mask in other.items():
        mask &= both.get(variable, mask)
        if not mask:
            return None
        both[variable] = mask
    return both


def _capped(region: Region) -> Region:
    if len(region) > MOST_BOXES:
        raise TooWide
    return region


def _in_line(tests: Iterable[Test], moment: Moment) -> bool:
    """Whether spans follow each other in the same order at any moment, so that one moment shows all there is to see."""
    spans = [test for test in tests if isinstance(test, _SPANS)]
    if len({test.calendar for test in spans}) > 1 or any(test.span.amount == 0 for test in spans):
        return False
    in_order = all(
        one.span == other.span or shorter(one.span, other.span) or shorter(other.span, one.span)
        for one, other in combinations(spans, 2)
    )
    cuts = sorted({test.span.breakpoints(moment.now, moment.calendars[test.calendar]) for test in spans})
    return in_order and all(one and other and one[-1] < other[0] for one, other in pairwise(cuts))


def _around(tests: Iterable[Test], moment: Moment) -> Iterator[Value]:
    """Moments before, at, between and after all the edges of tests on time."""
    edges = {moment.now}
    for test in tests:
        if isinstance(test, _SPANS):
            calendar = moment.calendars[test.calendar]
            edges.update(test.span.breakpoints(moment.now, calendar))
            edges.add(test.span.after(moment.now, calendar))
    yield from (edge + offset for edge in sorted(edges) for offset in (-HOUR, HOUR, -SECOND, -1, 0, 1, SECOND))


def _samples(tests: list[Test], moment: Moment) -> Iterator[Value]:
    """Values that are likely to pass tests which cannot be cut into classes."""
    if any(isinstance(test, _SPANS | Past) for test in tests):
        yield from _around(tests, moment)
    texts = [(test, sample) for test in tests if (sample := _sample(test))]
    for _, sample in texts:
        yield sample
        yield (sample,)
    if len(texts) > 1:
        starts = "".join(sample for test, sample in texts if isinstance(test, StartsWith))
        ends = "".join(sample for test, sample in texts if isinstance(test, EndsWith))
        inner = " ".join(sample for test, sample in texts if not isinstance(test, StartsWith | EndsWith))
        yield f"{starts} {inner} {ends}".strip()
        yield tuple(sample for _, sample in texts)


def _sample(test: Test) -> str:
    if isinstance(test, Contains | StartsWith | EndsWith):
        return test.needles[0]
    if isinstance(test, Matches):
        return test.pattern.strip().casefold().replace("*", "x").replace("?", "x")
    return str(min(test.values, key=str)) if isinstance(test, InList | Mentions) and test.values else ""
