"""Keys under which companies and people are filed, so that whoever may be the same is found without comparing all."""

import re
from functools import lru_cache
from itertools import pairwise

from leadrelay.matching.names import LITTLE, Name, Word, folded, name_of
from leadrelay.matching.words import KNOWN_AS

VERSION = 2
"""Goes up whenever the keys of a name change: an index that was built with others is built anew."""
EQUAL = "="
"""What the keys begin with that only equal names share; they are never too frequent to be looked up."""
_HALF = 5
_DELETIONS = range(5, 11)
"""The lengths of words that are filed under each of their spellings with a letter left out."""
_PLURAL_FROM = 5
_WORD = re.compile(r"[^\W_]+")


@lru_cache(maxsize=2_000)
def name_keys(text: str) -> frozenset[str]:
    """The keys under which a company's name is filed."""
    name = name_of(text)
    if not name.words:
        return frozenset()
    keys = _exact(name) | {"i" + one for one in name.initials if len(name.words) > 1}
    rare = [word for word in name.words if word.rare]
    for word in rare:
        keys |= {"w" + _stem(one) for one in (word.text, word.other) if one}
    if len(rare) < 2:
        keys |= {"p" + "|".join(sorted(pair)) for pair in _neighbours(name)}
        together = name.joined
        if len(together) >= _HALF:
            keys |= {"h" + together[:_HALF], "t" + together[-_HALF:]}
        for word in rare:
            keys |= _mistyped(word)
    return frozenset(keys)


@lru_cache(maxsize=2_000)
def sought_keys(text: str, known_as: tuple[tuple[str, ...], ...] = ()) -> frozenset[str]:
    """The keys under which others may be filed that are the company of this name."""
    name = name_of(text)
    keys = set(name_keys(text))
    if len(name.words) == 1:
        keys.add("i" + name.words[0].raw)
    keys |= {EQUAL + one for one in name.initials}
    together = name.joined
    if len(together) >= _HALF:
        keys |= {"h" + together[:_HALF], "t" + together[-_HALF:]}
    for names in _spoken_of((*KNOWN_AS, *known_as)).get(name.key, ()):
        keys |= _exact(name_of(names))
    for word in [word for word in name.words if word.rare][:4]:
        keys |= _mistyped(word, sought=True)
    return frozenset(keys)


def domain_key(domain: str) -> str:
    """The key of an internet domain."""
    return "@" + domain.strip().lower()


@lru_cache(maxsize=4_000)
def phone_key(phone: str) -> str:
    """The key of a telephone number: its last eight digits, whatever stands before them; '' when it has fewer."""
    digits = "".join(filter(str.isdigit, phone))
    return "#" + digits[-8:] if len(digits) >= 8 else ""


@lru_cache(maxsize=4_000)
def person_key(name: str) -> str:
    """The key of a person's name, in whatever order it is written; '' when it is but one word."""
    words = _WORD.findall(folded(name))
    return "n" + " ".join(sorted(words)) if len(words) > 1 else ""


@lru_cache(maxsize=16)
def _spoken_of(groups: tuple[tuple[str, ...], ...]) -> dict[str, tuple[str, ...]]:
    return {name_of(text).key: names for names in groups for text in names}


def _exact(name: Name) -> set[str]:
    words = "".join(sorted(word.text for word in name.words))
    return {EQUAL + one for one in (*name.spelled, name.joined, words) if one}


def _stem(word: str) -> str:
    return word[:-1] if len(word) >= _PLURAL_FROM and word.endswith("s") else word


def _neighbours(name: Name) -> list[tuple[str, str]]:
    words = [_stem(word.text) for word in name.words if word.weight > LITTLE]
    return list(pairwise(words))


def _mistyped(word: Word, sought: bool = False) -> set[str]:
    """A word that has one letter more, less or otherwise shares one of these with it."""
    text = word.text
    if len(text) < _DELETIONS.start:
        return set()
    halves = {"h" + text[:_HALF], "t" + text[-_HALF:]}
    if len(text) > _DELETIONS.stop - (not sought):
        return halves
    left_out = {"d" + text, *("d" + text[:at] + text[at + 1 :] for at in range(len(text)))}
    return left_out | halves if sought else left_out
