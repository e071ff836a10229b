"""Which bit stands for which row of a rulebook, and its literals sorted by the way in which they are asked.

The bits: first the rows of the rules, in order, then those of the scope.
"""

from collections.abc import Iterator, Sequence

from msgspec import Struct, field

from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import (
    After,
    Condition,
    Contains,
    EndsWith,
    Line,
    Matches,
    Mentions,
    Moment,
    SameAs,
    StartsWith,
    Test,
    Verdict,
    judge,
)
from leadrelay.rulebook.evaluate import ends_search
from leadrelay.rulebook.masks import TIMED, Mask, Masked
from leadrelay.rulebook.model import Rulebook
from leadrelay.rulebook.paths import leaves, read_paths
from leadrelay.rulebook.rows import Row, rows_of


class Timed(Struct, frozen=True):
    """A test on time, on the value of one slot."""

    slot: int
    test: Test

    def verdict(self, values: Sequence[Value], moment: Moment) -> Verdict:
        """Whether it holds for a row of values, and until when."""
        return judge(self.test, values[self.slot], {}, moment)


class Loose(Struct, frozen=True):
    """A condition that other fields than one have a say in: asked of the interpreter, with the facts it reads."""

    condition: Condition
    reads: tuple[tuple[str, int], ...]
    if_true: Mask
    if_false: Mask
    rows: Mask

    def verdict(self, values: Sequence[Value], moment: Moment) -> Verdict:
        """Whether it holds for a row of values, and until when."""
        return self.condition.verdict({path: values[slot] for path, slot in self.reads}, moment)


class Column(Struct):
    """The literals on one field that are asked in the same way."""

    slot: int
    type: Type
    path: str
    tests: list[Masked] = field(default_factory=list)
    rows: Mask = 0


class Layout:
    """The rows and literals of a rulebook, laid out over the slots of a batch."""

    def __init__(self, rulebook: Rulebook, slots: Slots) -> None:
        owned = [
            (index, row)
            for index, rule in enumerate(rulebook.rules)
            if rule.mode != "off"
            for row in rows_of(rule.when)
        ]
        self.owners = [index for index, _ in owned]
        self.ends = [ends_search(rulebook, rule) for rule in rulebook.rules]
        rows = [*(row for _, row in owned), *rows_of(rulebook.scope)]
        self.full = (1 << len(rows)) - 1
        self.rules = (1 << len(owned)) - 1
        self.scope = self.full & ~self.rules
        self.rows_of_rule = _masks_by_owner(self.owners)
        self.fixed: dict[str, Column] = {}
        self.texts: dict[str, Column] = {}
        self.timed: dict[str, Column] = {}
        self.loose: list[Loose] = []
        self.moving_of_row: list[list[tuple[Timed | Loose, bool]]] = [[] for _ in rows]
        """For each row the literals that time may turn, and whether they are wanted to hold."""
        for condition, (wanted, unwanted) in _literals(rows).items():
            self._place(condition, wanted, unwanted, slots)

    def rule_bits(self, mask: Mask) -> Iterator[tuple[int, Mask]]:
        """The rules that have rows in a mask, in order, each with those rows."""
        rest = mask & self.rules
        while rest:
            index = self.owners[(rest & -rest).bit_length() - 1]
            bits = rest & self.rows_of_rule[index]
            yield index, bits
            rest ^= bits

    def _place(self, condition: Condition, wanted: Mask, unwanted: Mask, slots: Slots) -> None:
        columns = self._columns_of(condition)
        rows, if_true, if_false = wanted | unwanted, self.full & ~unwanted, self.full & ~wanted
        if columns is None:
            reads = tuple((path, slots.index[path]) for path in dict.fromkeys(read_paths(condition)))
            self.loose.append(Loose(condition, reads, if_true, if_false, rows))
            self._move(self.loose[-1], rows, wanted)
            return
        assert isinstance(condition, Line)
        slot = slots.index[condition.path]
        column = columns.setdefault(condition.path, Column(slot, condition.type, condition.path))
        column.tests.append(Masked(condition.test, if_true, if_false, rows))
        column.rows |= rows
        if columns is self.timed:
            self._move(Timed(slot, condition.test), rows, wanted)

    def _move(self, literal: Timed | Loose, rows: Mask, wanted: Mask) -> None:
        for bit in bits_of(rows):
            self.moving_of_row[bit].append((literal, bool(wanted >> bit & 1)))

    def _columns_of(self, condition: Condition) -> dict[str, Column] | None:
        if not isinstance(condition, Line) or condition.windowed:
            return None
        tests = list(leaves(condition.test))
        if any(isinstance(test, SameAs | After) for test in tests):
            return None
        if any(isinstance(test, TIMED) for test in tests):
            return self.timed
        by_text = any(isinstance(test, Contains | StartsWith | EndsWith | Matches | Mentions) for test in tests)
        return self.texts if by_text and condition.type is Type.TEXT else self.fixed


def bits_of(mask: Mask) -> Iterator[int]:
    """The positions of a mask's bits, lowest first."""
    while mask:
        low = mask & -mask
        yield low.bit_length() - 1
        mask ^= low


def _literals(rows: list[Row]) -> dict[Condition, tuple[Mask, Mask]]:
    """Every condition of the rows with the rows that want it to hold and those that want it not to."""
    found: dict[Condition, tuple[Mask, Mask]] = {}
    for bit, row in enumerate(rows):
        for condition, is_wanted in sorted(row, key=lambda literal: repr(literal)):
            wanted, unwanted = found.get(condition, (0, 0))
            found[condition] = (wanted | is_wanted << bit, unwanted | (not is_wanted) << bit)
    return found


def _masks_by_owner(owners: list[int]) -> dict[int, Mask]:
    masks: dict[int, Mask] = {}
    for bit, index in enumerate(owners):
        masks[index] = masks.get(index, 0) | 1 << bit
    return masks
