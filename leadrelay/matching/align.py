"""The words of two names laid beside each other: which stand for each other, how, and which are left over."""

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

from rapidfuzz.distance import OSA

from leadrelay.matching.names import COMMON_WORD, NUMBER, Word
from leadrelay.matching.places import PLACES
from leadrelay.matching.real_words import REAL
from leadrelay.matching.words import ABBREVIATIONS, COMMON, OPPOSITES

EXACT, SPELLED, PLURAL, SHORT, TYPO, SLIP, JOINED = "exact", "spelled", "plural", "short", "typo", "slip", "joined"
"""How words stand for each other: the same, another spelling, a plural, shortened, a typing error that hardly makes
another word (`slip`) or that may (`typo`), two words written as one."""
WORTH = {EXACT: 1.0, SPELLED: 1.0, JOINED: 1.0, PLURAL: 0.98, SLIP: 0.96, SHORT: 0.95, TYPO: 0.92}
_KNOWN = COMMON | REAL | PLACES | OPPOSITES.keys() | ABBREVIATIONS.keys() | frozenset(ABBREVIATIONS.values())
_TWO_SPELLINGS = ("mann", "sson", "tt", "ss")
"""Doubled letters at the end of surnames that are as often written with one: Hartman and Hartmann are two."""
_VOWELS = frozenset("aeiouy")


class Pair(NamedTuple):
    """Words of two names that stand for each other."""

    left: Word
    right: Word
    how: str


class Alignment(NamedTuple):
    """`in_order`: the paired words stand in the same order in both names."""

    pairs: list[Pair]
    left: list[Word]
    right: list[Word]
    in_order: bool


def align(left: Sequence[Word], right: Sequence[Word]) -> Alignment:
    """Pairs the words of two names, best pairs first."""
    free_left, free_right = dict(enumerate(left)), dict(enumerate(right))
    chosen: list[tuple[int, int, str]] = []
    found = [
        (-WORTH[how], abs(i - j), i, j, how)
        for i, one in free_left.items()
        for j, other in free_right.items()
        if (how := relation(one, other))
    ]
    for _, _, i, j, how in sorted(found):
        if i in free_left and j in free_right:
            del free_left[i], free_right[j]
            chosen.append((i, j, how))
    chosen.sort()
    pairs = [Pair(left[i], right[j], how) for i, j, how in chosen]
    pairs += _joined(free_left, free_right) + [Pair(b, a, how) for a, b, how in _joined(free_right, free_left)]
    in_order = all(before[1] < after[1] for before, after in pairwise(chosen))
    return Alignment(pairs, list(free_left.values()), list(free_right.values()), in_order)


def _joined(left: dict[int, Word], right: dict[int, Word]) -> list[Pair]:
    """Two neighbouring words on the left that are one on the right; taken out of both."""
    pairs = []
    for i in sorted(left):
        if i not in left or i + 1 not in left:
            continue
        together = left[i].raw + left[i + 1].raw
        match = next((j for j, word in sorted(right.items()) if together in (word.raw, word.other)), None)
        if match is not None:
            whole = right.pop(match)
            pairs.append(Pair(Word(together, whole.weight, raw=together), whole, JOINED))
            del left[i], left[i + 1]
    return pairs


def relation(one: Word, other: Word) -> str:
    """How two words may stand for each other; '' when they do not."""
    a, b = one.text, other.text
    if a == b:
        return EXACT
    raw, other_raw = one.raw, other.raw
    if raw == other_raw or ((one.other or other.other) and {raw, one.other} & {other_raw, other.other} - {""}):
        return SPELLED
    as_written = raw == a and other_raw == b
    if (_far(a, b) and (as_written or _far(raw, other_raw))) or one.weight == NUMBER or other.weight == NUMBER:
        return ""
    if a in OPPOSITES and b in OPPOSITES:
        return ""
    if _plural(a, b) or (not as_written and _plural(raw, other_raw)):
        return PLURAL
    if _shortened(one, other):
        return SHORT
    return typo(a, b) or ("" if as_written else typo(raw, other_raw))


def _far(a: str, b: str) -> bool:
    """Whether no relation but being equal is possible: those all keep the first letter, or all of the others."""
    return not (a and b and (a[0] == b[0] or (a[-1] == b[-1] and -2 < len(a) - len(b) < 2)))


def _plural(a: str, b: str) -> bool:
    short, long = sorted((a, b), key=len)
    return len(short) > 3 and (
        long == short + "s" or long == short + "es" or (short.endswith("y") and long == short[:-1] + "ies")
    )


def _shortened(one: Word, other: Word) -> bool:
    """A frequent word cut off ('sol' for 'solutions') or without its vowels ('rlty' for 'realty')."""
    short, long = sorted((one, other), key=lambda word: len(word.raw))
    a, b = short.raw, long.raw
    if len(a) < 3 or len(b) < len(a) + 2 or long.weight > COMMON_WORD or a in COMMON or a[0] != b[0]:
        return False
    return b.startswith(a) or (not _VOWELS - {"y"} & set(a[1:]) and _within(a, b))


def _within(short: str, long: str) -> bool:
    """Whether the letters of one stand in the other, in that order."""
    letters = iter(long)
    return all(letter in letters for letter in short)


def typo(a: str, b: str) -> str:
    """Whether one word may be the other mistyped: SLIP, TYPO or ''. Short words and two known words never are."""
    least, most = sorted((len(a), len(b)))
    if least < 4 or most - least > 2:
        return ""
    distance = OSA.distance(a, b, score_cutoff=2)
    if distance > 2 or (a in _KNOWN and b in _KNOWN):
        return ""
    if distance == 1:
        doubled = least >= 7 and a[0] == b[0] and fumbled(a, b) and not max(a, b, key=len).endswith(_TWO_SPELLINGS)
        return TYPO if _another_word(a, b) and not doubled else SLIP
    return TYPO if distance == 2 and least >= 9 and a[0] == b[0] else ""


def fumbled(a: str, b: str) -> bool:
    """Whether a finger slipped: a letter doubled or no longer so, or two letters changed round."""
    return sorted(a) == sorted(b) or (len(a) != len(b) and _undoubled(a) == _undoubled(b))


def _undoubled(word: str) -> str:
    return "".join(letter for letter, next_one in pairwise(word + " ") if letter != next_one)


def _another_word(a: str, b: str) -> bool:
    """Whether one changed letter makes names that live beside each other: Hansen and Hanson, Centric and Centrica."""
    if a[0] != b[0]:
        return True
    if len(a) != len(b):
        short, long = sorted((a, b), key=len)
        before_last = long[:-2] + long[-1] == short and long[-2] != long[-3]
        return long.startswith(short) or long[1:] == short or before_last
    differ = [place for place, (one, other) in enumerate(zip(a, b, strict=True)) if one != other]
    if len(differ) == 2:
        return False
    place = differ[0]
    return len(a) < 5 or place >= len(a) - 2 or {a[place], b[place]} <= _VOWELS
