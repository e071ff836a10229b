"""Boxes over the classes of fields' values: where two overlap, and a pile in which those that touch are found fast."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from leadrelay.clock import instant_of
from leadrelay.rulebook.condition import Test
from leadrelay.rulebook.lint.spaces import Mask, bits

Variable = tuple[str, Test | None]
"""A path with its classes (None), or with the test that is true or false by itself."""
Box = dict[Variable, Mask]
Region = list[Box]

NOON = instant_of(datetime(2026, 11, 18, 12, tzinfo=UTC))
"""The Wednesday noon at which examples stand."""


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
