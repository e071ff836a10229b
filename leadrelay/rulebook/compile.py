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
from leadrelay.rulebook.evaluate import Outcome, ends_search, leaves, or_otherwise
from leadrelay.rulebook.layout import Column, Layout, bits_of
from leadrelay.rulebook.masks import (
    ORDERED,
    Mask,
    RangeMasks,
    TextMasks,
    ValueMasks,
    range_masks,
    rows_with,
)
from leadrelay.rulebook.model import Rulebook

Values = Sequence[Value]
_COMBINATIONS = 4096  # as many as the fields under one key may have together
_KEPT = 65536  # keys and masks that are remembered
_CORE = Fields()


class Matcher:
    """A rulebook ready for rows of these slots, at any moment. Slots must hold `evaluate.paths(rulebook)`.

    Agrees with `evaluate.decide`; its `until` is later than now and never later than the first real change."""

    def __init__(self, rulebook: Rulebook, slots: Slots) -> None:
        self.rulebook = rulebook
        self.layout = layout = Layout(rulebook, slots)
        columns = sorted(layout.fixed.values(), key=lambda column: -rows_with(column.tests).bit_count())
        keyed = _under_one_key(columns)
        single = [column for column in columns if column not in keyed]
        self.pick = _picker([column.slot for column in keyed])
        self.keyed = [ValueMasks(column.tests, layout.full) for column in keyed]
        self.memos = [(one.slot, ValueMasks(one.tests, layout.full)) for one in single if not _is_ordered(one)]
        self.ranges = [(one.slot, range_masks(one.tests, layout.full)) for one in single if _is_ordered(one)]
        self.texts = [(column.slot, TextMasks(column.tests, layout.full)) for column in layout.texts.values()]
        self.moving = rows_with(layout.moving)
        self.slow = self.moving | rows_with(texts for _, texts in self.texts)
        self.openings = _Openings(self)
        self.outcomes = _Outcomes(self)

    def at(self, moment: Moment) -> "MatcherAt":
        """The matcher for one moment; what depends on the moment is worked out once, when first needed."""
        return MatcherAt(self, moment)

    def narrow(self, mask: Mask, unsettled: Mask) -> Mask:
        """With `hit: first`, only the rows up to the first settled one: those after it cannot decide."""
        settled = mask & ~unsettled & self.layout.rules
        if self.rulebook.hit == "all" or not settled:
            return mask
        return mask & ((settled & -settled) * 2 - 1 | self.layout.scope)


class MatcherAt:
    """A matcher at one moment. `decide` gives the outcome for a row of values in the matcher's slots."""

    decide: Callable[[Values], Outcome]

    def __init__(self, matcher: Matcher, moment: Moment) -> None:
        self._matcher = matcher
        self._moment = moment
        self._times: dict[int, RangeMasks] = {}
        self.decide = self._decider()

    def _decider(self) -> Callable[[Values], Outcome]:
        """The hot path, as a closure: some 20 ns for every name that it need not look up on an object."""
        matcher, settle = self._matcher, self._settle
        pick, openings, outcomes = matcher.pick, matcher.openings, matcher.outcomes

        def decide(row: Values) -> Outcome:
            mask, memos, ranges, slow = openings[pick(row)]
            for slot, masks in memos:
                mask &= masks[row[slot]]
            for slot, cuts, stretches, unknown in ranges:
                value = row[slot]
                mask &= unknown if value is None else stretches[bisect_right(cuts, value)]
            return settle(mask, row) if mask & slow else outcomes[mask]

        return decide

    def _settle(self, mask: Mask, row: Values) -> Outcome:
        """The outcome when text or time may still have a say in the rows of the mask."""
        matcher = self._matcher
        mask = matcher.narrow(mask, matcher.slow) if mask & matcher.layout.scope else 0
        for slot, texts in matcher.texts:
            if mask & texts.rows:
                mask = texts.left(mask, row[slot])
        if not mask & matcher.moving:
            return matcher.outcomes[mask]
        verdicts: dict[int, Verdict] = {}
        mask, unsettled = self._look_at_time(mask, row)
        for index in matcher.layout.loose:
            literal = matcher.layout.moving[index]
            if mask & literal.rows:
                verdicts[index] = verdict = literal.verdict(row, self._moment)
                if verdict.until == FOREVER:
                    mask &= literal.if_true if verdict.holds else literal.if_false
                else:
                    unsettled |= literal.rows
        mask = matcher.narrow(mask, unsettled)
        return self._weigh(mask, unsettled, row, verdicts) if mask & unsettled else matcher.outcomes[mask]

    def _look_at_time(self, mask: Mask, row: Values) -> tuple[Mask, Mask]:
        """The rows that time has not ruled out for good, and those that it may still turn."""
        unsettled = 0
        for column in self._matcher.layout.timed.values():
            if mask & rows_with(column.tests):
                masks = self._times.get(column.slot)
                if masks is None:
                    masks = range_masks(column.tests, self._matcher.layout.full, self._moment)
                    self._times[column.slot] = masks
                stretch = masks.of(row[column.slot])
                mask &= stretch.possible
                unsettled |= stretch.open
        return mask, unsettled

    def _weigh(self, mask: Mask, unsettled: Mask, row: Values, verdicts: dict[int, Verdict]) -> Outcome:
        """The outcome by the algebra of verdicts, over the rows that are possible; the others never hold."""
        layout, rulebook = self._matcher.layout, self._matcher.rulebook

        def literal(index: int, wanted: bool) -> Verdict:
            verdict = verdicts.get(index)
            if verdict is None:
                verdicts[index] = verdict = layout.moving[index].verdict(row, self._moment)
            return Verdict(verdict.holds is wanted, verdict.until)

        def any_of(bits: Mask) -> Verdict:
            if bits & ~unsettled:
                return Verdict(True)
            return disjunction(
                [conjunction([literal(*one) for one in layout.moving_of_row[bit]]) for bit in bits_of(bits)]
            )

        in_scope, until = any_of(mask & layout.scope)
        held: list[int] = []
        for index, bits in layout.rule_bits(mask) if in_scope else ():
            holds, stands = any_of(bits)
            until = min(until, stands)
            if holds:
                held.append(index)
                if ends_search(rulebook, rulebook.rules[index]):
                    break
        return Outcome(in_scope, or_otherwise(rulebook, held) if in_scope else (), max(until, self._moment.now + 1))


_Ranges = tuple[tuple[int, list[int], list[Mask], Mask], ...]
_Opening = tuple[Mask, tuple[tuple[int, ValueMasks], ...], _Ranges, Mask]


class _Openings(dict[Hashable, _Opening]):
    """Values of the fields under one key -> the rows they leave alive, the look-ups these still need, the slow ones."""

    def __init__(self, matcher: Matcher) -> None:
        super().__init__()
        self._matcher = matcher
        later = rows_with(masks for _, masks in matcher.memos) | rows_with(masks for _, masks in matcher.ranges)
        self._unsettled = later | matcher.slow

    def __missing__(self, key: tuple[Value, ...]) -> _Opening:
        matcher = self._matcher
        mask = matcher.layout.full
        for masks, value in zip(matcher.keyed, key, strict=True):
            mask &= masks[value]
        mask = matcher.narrow(mask, self._unsettled) if mask & matcher.layout.scope else 0
        opening = (
            mask,
            tuple((slot, masks) for slot, masks in matcher.memos if masks.rows & mask),
            tuple(
                (slot, masks.cuts, [stretch.possible for stretch in masks.stretches], masks.unknown.possible)
                for slot, masks in matcher.ranges
                if masks.rows & mask
            ),
            matcher.slow & mask,
        )
        if len(self) >= _KEPT:
            self.clear()
        self[key] = opening
        return opening


class _Outcomes(dict[Mask, Outcome]):
    """The rows that hold, for as long as no field changes -> the outcome."""

    def __init__(self, matcher: Matcher) -> None:
        super().__init__()
        self._rulebook = matcher.rulebook
        self._layout = matcher.layout

    def __missing__(self, mask: Mask) -> Outcome:
        in_scope = mask & self._layout.scope != 0
        held: list[int] = []
        for index, _ in self._layout.rule_bits(mask) if in_scope else ():
            held.append(index)
            if ends_search(self._rulebook, self._rulebook.rules[index]):
                break
        outcome = Outcome(in_scope, or_otherwise(self._rulebook, held) if in_scope else (), FOREVER)
        if len(self) >= _KEPT:
            self.clear()
        self[mask] = outcome
        return outcome


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


def _is_ordered(column: Column) -> bool:
    """Whether a field has too many values to remember each, and tests that are the same for stretches of them."""
    if column.type not in (Type.MONEY, Type.TIME):
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
