"""What may be left out of a company's name: a city behind it, and words that tell nobody apart."""

import re
from typing import NamedTuple

from leadrelay.matching.align import EXACT, JOINED, PLURAL, SHORT, SPELLED, Alignment
from leadrelay.matching.names import COMMON_WORD, LITTLE, Name, Word, folded
from leadrelay.matching.places import CITIES
from leadrelay.matching.words import APART, GROUPS, LOCAL, OPPOSITES, PARENTAL, TAILS

PLACE_LEFT_OUT, WORD_LEFT_OUT, SIBLING = "city left out", "word left out", "another branch"
"""Kinds of evidence. A `SIBLING` of who asks among the known ones makes a doubt of what the first two say."""
_FIRM = frozenset({EXACT, SPELLED, JOINED, PLURAL, SHORT})
_LEAST = 5
_SET_OFF = re.compile(r"(?:[,;(/]|\s[-–—]|\s(?:in|te|at)\s)\s*([^,;()/]+?)\s*\)?\s*$")


class LeftOut(NamedTuple):
    """Words that one name has and the other may do without; `score` is that of the two names."""

    kind: str
    score: float


def left_out(longer: Name, laid: Alignment, loose: list[Word]) -> LeftOut | None:
    """Whether the words that only the longer name has are of those that may be left out; None: they tell it apart."""
    core = [pair.left for pair in laid.pairs]
    if not core or any(pair.how not in _FIRM for pair in laid.pairs) or any(word.text in GROUPS for word in core):
        return None
    rest = [word for word in loose if word.text not in CITIES]
    cities = len(loose) - len(rest)
    if cities and not (_at_the_end(longer, loose) and _stands_alone(core, _set_off(longer))):
        return None
    if rest and (cities > 0 or not _weak(longer, core, rest)):
        return None
    return LeftOut(PLACE_LEFT_OUT, 0.92) if cities else LeftOut(WORD_LEFT_OUT, 0.91)


def tells_little(word: Word) -> bool:
    """Whether a word is a city or one of those that tell nobody apart."""
    return word.text in CITIES or (word.weight <= COMMON_WORD and word.text not in OPPOSITES)


def _at_the_end(name: Name, loose: list[Word]) -> bool:
    words = [word for word in name.words if word.weight > LITTLE]
    return words[-len(loose) :] == loose


def _set_off(name: Name) -> bool:
    """Whether what stands last is set off: 'Acme, Gent', 'Acme - Gent', 'Acme (Gent)'."""
    found = _SET_OFF.search(name.text)
    return found is not None and all(word in CITIES for word in re.findall(r"[^\W_]+", folded(found[1])))


def _stands_alone(core: list[Word], set_off: bool) -> bool:
    """Whether a name without its city is still that company: not 'Bank', 'Hotel' or 'University'."""
    rare = [word for word in core if word.rare and len(word.raw) >= (3 if set_off else 4)]
    if any(word.text in LOCAL or word.raw in LOCAL for word in core):
        return len(rare) >= 2
    return bool(rare) or (len(core) >= 2 and (set_off or len(core) >= 3))


def _weak(longer: Name, core: list[Word], rest: list[Word]) -> bool:
    """Whether the name says who it is without these words."""
    rare = [word for word in core if word.rare]
    if not rare or len(rest) > 1:
        return False
    word = rest[0]
    if word.weight > COMMON_WORD or word.text in OPPOSITES or word.raw in OPPOSITES:
        return False
    if word.text in PARENTAL or word.raw in PARENTAL:
        return _of_the_whole(longer, word)
    if len(core) >= 2:
        return not {word.text, word.raw} & APART and word.raw != "enterprise"
    return len(core[0].raw) >= _LEAST and word.text in TAILS and _at_the_end(longer, rest)


def _of_the_whole(longer: Name, word: Word) -> bool:
    """'International, Inc.' and 'Holdings plc' are what the listed company itself is called."""
    if not _at_the_end(longer, [word]):
        return False
    if word.text == "international":
        return "us" in longer.legal
    return word.raw == "holdings" and bool(longer.legal & {"us", "plc", "ltd"})
