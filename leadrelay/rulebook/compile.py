"""A rulebook as one ready matcher: per field one look-up of the rows that its value leaves alive, and-ed together.

Look-ups come in stages, each narrowing what the next must ask: fields with few values under one key, other fields one
by one, text tests, and at last what time may turn, for which the interpreter's own algebra gives the moment of the
next change.
"""

from bisect import bisect_right
from collections.abc import Callable, Hashable, Sequence
from operator import itemgetter

from leadrelay.clock import FOREVER
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Fields, Type, Value
from leadrelay.rulebook.condition import Moment, Verdict, conjunction, disjunction
from leadrelay.rulebook.evaluate import Outcome, or_otherwise
from leadrelay.rulebook.layout import Column, Layout, bits_of
from leadrelay.rulebook.masks import (
    ORDERED,
    Mask,
    Memo,
    NumberMasks,
    RangeMasks,
    Stretch,
    TextMasks,
    ValueMasks,
    range_masks,
    rows_with,
    stretch_at,
)
from leadrelay.rulebook.model import Rulebook
from leadrelay.rulebook.paths import leaves

Values = Sequence[Value]
_COMBINATIONS = 4096  # as many as the fields under one key may have together
_KEPT = 65536  # keys and masks that are remembered
_TOGETHER = 24  # rules whose combinations are remembered together
_CORE = Fields()
_FOR_GOOD = Verdict(True)


class Matcher:
    """A rulebook ready for rows of these slots, at any moment. Slots must hold `evaluate.paths(rulebook)`.

    Agrees with `evaluate.decide`; its `until` is later than now and never later than the first real change."""

    def __init__(self, rulebook: Rulebook, slots: Slots) -> None:
        self.rulebook = rulebook
        self.layout = layout = Layout(rulebook, slots)
        columns = sorted(layout.fixed.values(), key=lambda column: -column.rows.bit_count())
        keyed = _under_one_key(columns)
        single = [column for column in columns if column not in keyed]
        self.pick = _picker([column.slot for column in keyed])
        self.keyed = [ValueMasks(column.tests, layout.full) for column in keyed]
        self.memos: list[tuple[int, Memo]] = [
            (one.slot, _memo(one, layout.full)) for one in single if not _is_ordered(one) or _has_few_values(one)
        ]
        self.ranges = [_range(one, layout.full) for one in single if _is_ordered(one) and not _has_few_values(one)]
        self.texts = [(column.slot, TextMasks(column.tests, layout.full)) for column in layout.texts.values()]
        self.timed = list(layout.timed.values())
        self.loose = rows_with(layout.loose)
        self.slow = self.loose | rows_with(self.timed) | rows_with(texts for _, texts in self.texts)
        self.openings = _Openings(self)
        self.outcomes = _Outcomes(self)

    def at(self, moment: Moment) -> "MatcherAt":
        """The matcher for one moment; what depends on the moment is worked out once, when first needed."""
        return MatcherAt(self, moment)

    def narrow(self, mask: Mask, unsettled: Mask) -> Mask:
        """With `hit: first`, only the rows up to the first settled one: those after it cannot decide."""
        if self.rulebook.hit == "all":
            return mask
        settled = mask & ~unsettled & self.layout.rules
        if not settled:
            return mask
        return mask & ((settled & -settled) * 2 - 1 | self.layout.scope)


class MatcherAt:
    """A matcher at one moment. `decide` gives the outcome for a row of values in the matcher's slots."""

    decide: Callable[[Values], Outcome]

    def __init__(self, matcher: Matcher, moment: Moment) -> None:
        self._matcher = matcher
        self._moment = moment
        self._times: dict[int, RangeMasks | None] = {}
        self.decide = self._decider()

    def _decider(self) -> Callable[[Values], Outcome]:
        """The hot path, as a closure: some 20 ns for every name that it need not look up on an object."""
        matcher, settle = self._matcher, self._settle
        pick, openings, outcomes = matcher.pick, matcher.openings, matcher.outcomes
        first, scope = matcher.rulebook.hit == "first", matcher.layout.scope

        def decide(row: Values) -> Outcome:
            mask, memos, ranges, slow = openings[pick(row)]
            for slot1, masks1, slot2, masks2, slot3, masks3, slot4, masks4 in memos:
                mask &= masks1[row[slot1]] & masks2[row[slot2]] & masks3[row[slot3]] & masks4[row[slot4]]
            for rows, slot, cuts, stretches, unknown in ranges:
                if mask & rows:
                    value = row[slot]
                    mask &= unknown if value is None else stretches[bisect_right(cuts, value)]
            if mask & slow:
                return settle(mask, row)
            if first and mask & scope:  # the lowest bit alone decides
                return outcomes[mask & -mask | scope]
            return outcomes[mask]

        return decide

    def _settle(self, mask: Mask, row: Values) -> Outcome:
        """The outcome when time, text or other fields may still have a say in the rows of the mask."""
        matcher = self._matcher
        mask = matcher.narrow(mask, matcher.slow) if mask & matcher.layout.scope else 0
        unsettled = 0
        for column in matcher.timed:
            if mask & column.rows:
                stretch = self._stretch(column, row[column.slot])
                mask &= stretch.possible
                unsettled |= stretch.open
        for slot, texts in matcher.texts:
            if mask & texts.rows:
                mask = texts.left(mask, row[slot])
        if mask & matcher.loose:
            mask, unsettled = self._ask_loose(mask, unsettled, row)
        if mask & unsettled:
            mask = matcher.narrow(mask, unsettled)
            if mask & unsettled:
                return self._weigh(mask, unsettled, row)
        return matcher.outcomes[matcher.narrow(mask, 0)]

    def _stretch(self, column: Column, value: Value) -> Stretch:
        """What holds for a value of a field that is tested on time, at this moment. The first one is asked by itself:
        getting all stretches ready pays from the second on."""
        slot, full = column.slot, self._matcher.layout.full
        if slot not in self._times:
            self._times[slot] = None
            return stretch_at(column.tests, value, full, self._moment)
        found = self._times[slot]
        if found is None:
            found = self._times[slot] = range_masks(column.tests, full, self._moment)
        return found.of(value)

    def _ask_loose(self, mask: Mask, unsettled: Mask, row: Values) -> tuple[Mask, Mask]:
        for literal in self._matcher.layout.loose:
            if mask & literal.rows:
                holds, until = literal.verdict(row, self._moment)
                if until != FOREVER:
                    unsettled |= literal.rows
                else:
                    mask &= literal.if_true if holds else literal.if_false
        return mask, unsettled

    def _weigh(self, mask: Mask, unsettled: Mask, row: Values) -> Outcome:
        """The outcome by the algebra of verdicts, over the rows that are possible; the others never hold."""
        layout, rulebook, moment = self._matcher.layout, self._matcher.rulebook, self._moment
        settled = mask & ~unsettled

        def any_of(bits: Mask) -> Verdict:
            if bits & settled:
                return _FOR_GOOD
            rows = []
            for bit in bits_of(bits):
                parts = []
                for literal, wanted in layout.moving_of_row[bit]:
                    holds, until = literal.verdict(row, moment)
                    parts.append(Verdict(holds is wanted, until))
                rows.append(parts[0] if len(parts) == 1 else conjunction(parts))
            return rows[0] if len(rows) == 1 else disjunction(rows)

        in_scope, until = any_of(mask & layout.scope)
        held: list[int] = []
        for index, bits in layout.rule_bits(mask) if in_scope else ():
            holds, stands = any_of(bits)
            if stands < until:
                until = stands
            if holds:
                held.append(index)
                if layout.ends[index]:
                    break
        rules = or_otherwise(rulebook, held) if in_scope else ()
        return Outcome(in_scope, rules, max(until, moment.now + 1))


_Range = tuple[Mask, int, list[float], list[Mask], Mask]
_Four = tuple[int, Memo, int, Memo, int, Memo, int, Memo]
_Opening = tuple[Mask, tuple[_Four, ...], tuple[_Range, ...], Mask]


class _Openings(dict[Hashable, _Opening]):
    """Values of the fields under one key -> the rows they leave alive, the look-ups these still need, the slow ones."""

    def __init__(self, matcher: Matcher) -> None:
        super().__init__()
        self._matcher = matcher
        self._unsettled = matcher.slow | rows_with(masks for _, masks in matcher.memos)
        for one in matcher.ranges:
            self._unsettled |= one[0]

    def __missing__(self, key: tuple[Value, ...]) -> _Opening:
        matcher = self._matcher
        mask = matcher.layout.full
        for masks, value in zip(matcher.keyed, key, strict=True):
            mask &= masks[value]
        mask = matcher.narrow(mask, self._unsettled) if mask & matcher.layout.scope else 0
        opening = (
            mask,
            _by_four([one for one in matcher.memos if one[1].rows & mask]),
            tuple([one for one in matcher.ranges if one[0] & mask]),
            matcher.slow & mask,
        )
        if len(self) >= _KEPT:
            self.clear()
        self[key] = opening
        return opening


def _by_four(memos: list[tuple[int, Memo]]) -> tuple[_Four, ...]:
    """The look-ups by fours, for a loop with a quarter of the turns; the last is repeated, which changes nothing."""
    padded = memos + memos[-1:] * (-len(memos) % 4)
    return tuple(
        (*padded[start], *padded[start + 1], *padded[start + 2], *padded[start + 3])
        for start in range(0, len(padded), 4)
    )


class _Outcomes(dict[Mask, Outcome]):
    """The rows that hold, for as long as no field changes -> the outcome."""

    def __init__(self, matcher: Matcher) -> None:
        super().__init__()
        self._rulebook, self._scope = matcher.rulebook, matcher.layout.scope
        self._ends = matcher.layout.ends
        # Whole masks come in many combinations; those of a few rules come again and again.
        rows = list(matcher.layout.rows_of_rule.values())
        self._parts = [
            (sum(rows[start : start + _TOGETHER]), _HeldRules(matcher.layout))
            for start in range(0, len(rows), _TOGETHER)
        ]

    def __missing__(self, mask: Mask) -> Outcome:
        in_scope = mask & self._scope != 0
        rules = or_otherwise(self._rulebook, self._held(mask)) if in_scope else ()
        outcome = Outcome._make((in_scope, rules, FOREVER))
        if len(self) >= _KEPT:
            self.clear()
        self[mask] = outcome
        return outcome

    def _held(self, mask: Mask) -> list[int]:
        """The rules that have rows in a mask, in order, up to the first that ends the search."""
        held: list[int] = []
        for rows, known in self._parts:
            if part := known[mask & rows]:
                held += part
        if True not in self._ends:
            return held
        last = next((place for place, index in enumerate(held) if self._ends[index]), len(held))
        return held[: last + 1]


class _HeldRules(dict[Mask, list[int]]):
    """The rows that hold of some rules -> those rules."""

    def __init__(self, layout: Layout) -> None:
        super().__init__()
        self._layout = layout

    def __missing__(self, mask: Mask) -> list[int]:
        found = [index for index, _ in self._layout.rule_bits(mask)]
        if len(self) >= _KEPT:
            self.clear()
        self[mask] = found
        return found


def _under_one_key(columns: Sequence[Column]) -> list[Column]:
    """The choices and yes-no fields that most rows ask for, as long as they have few combinations together."""
    chosen: list[Column] = []
    combinations = 1
    for column in columns:
        count = _count_of_values(column)
        if count is not None and combinations * count <= _COMBINATIONS:
            chosen.append(column)
            combinations *= count
    return chosen


def _count_of_values(column: Column) -> int | None:
    """How many values a choice or yes-no field may have, 'unknown' included; None for fields of other types."""
    if column.type is Type.YES_NO:
        return 3
    core = _CORE.get(column.path)
    if column.type is not Type.CHOICE:
        return None
    return 1 + len(core.choices) if core else 10


def _range(column: Column, full: Mask) -> _Range:
    """The rows that ask for an ordered field, and what is looked up for its value, flattened for the hot path."""
    masks = range_masks(column.tests, full, whole=column.type is not Type.NUMBER)
    possible = [stretch.possible for stretch in masks.stretches]
    return column.rows, column.slot, masks.cuts, possible, masks.unknown.possible


def _memo(column: Column, full: Mask) -> Memo:
    return NumberMasks(column.tests, full) if _is_ordered(column) else ValueMasks(column.tests, full)


def _has_few_values(column: Column) -> bool:
    """Whether the numbers of a field come again and again: counts, employees, postcodes; not amounts, not moments."""
    core = _CORE.get(column.path)
    return core is not None and core.type is Type.NUMBER


def _is_ordered(column: Column) -> bool:
    """Whether a field has too many values to remember each, and tests that are alike for stretches of them."""
    if column.type not in (Type.NUMBER, Type.MONEY, Type.DATE, Type.TIME):
        return False
    return all(isinstance(leaf, ORDERED) for one in column.tests for leaf in leaves(one.test))


def _picker(slots: Sequence[int]) -> Callable[[Values], Hashable]:
    """What takes the values of these slots out of a row, as one tuple."""
    if not slots:
        return lambda _: ()
    if len(slots) == 1:
        slot = slots[0]
        return lambda row: (row[slot],)
    return itemgetter(*slots)
