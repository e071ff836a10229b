"""Company names as people write them, and the normal form in which they are compared."""

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

from msgspec import Struct
from rapidfuzz.distance import OSA

from leadrelay.matching.places import PLACES
from leadrelay.matching.words import (
    ABBREVIATIONS,
    COMMON,
    CONNECTORS,
    DROPPABLE,
    LEGAL,
    LEGAL_ANYWHERE,
    LEGAL_FIRST,
    LEGAL_PHRASES,
    LEGAL_WORDS,
    PARENTAL,
    PARTICLES,
)

MOST_WORDS = 16
"""Words of a name beyond these are not looked at: names are hostile."""
RARE, NUMBER, PLACE, COMMON_WORD, LITTLE, NOTHING = 1.0, 0.8, 0.5, 0.4, 0.15, 0.03
"""What a word weighs, by its kind."""

_LETTERS = str.maketrans(
    {"ß": "ss", "ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "ı": "i", "ħ": "h", "ŋ": "n"}
)
_LONG = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ø": "oe", "å": "aa"})
_APOSTROPHES = re.compile("['’‘`´ʼ]")
_DOTTED = re.compile(r"(?<![^\W_])(?:[^\W\d_]\.){1,}(?:[^\W\d_](?![^\W_]))?")
_SLASHED = re.compile(r"(?<![^\W_])([^\W\d_])/([^\W\d_])(?![^\W_])")
_SITE = re.compile(
    r"(?:https?://)?(?:www\.)?([^\W_][\w-]*)((?:\.[a-z0-9-]+)*)"
    r"\.(?:com|net|org|nl|be|de|fr|eu|io|co|uk|ch|at|it|es|biz|info|ie|dk|se|no|fi|pl|lu|us|ca|au|ai|app|shop|nu)"
    r"(?:/\S*)?(?=$|[\s,;()])"
)
_FORMER = re.compile(r"\b(?:formerly(?: known as)?|f/k/a|fka|previously|voorheen|ehemals|vormals|anciennement)\b.*")
_BRACKETS = re.compile(r"[(\[{]([^()\[\]{}]*)[)\]}]")
_WORD = re.compile(r"[^\W_]+")
_LONG_FORMS = ("company", "corporation", "incorporated", "limited")
_PHRASES = {last: tuple(one for one in LEGAL_PHRASES if one[-1] == last) for last in {one[-1] for one in LEGAL_PHRASES}}
_ROMAN_END = frozenset(("ii", "iii", "iv"))


class Word(Struct, frozen=True):
    """One word of a name as it is compared; `other` is its other spelling (umlauts in full), `weight` what it tells."""

    text: str
    weight: float
    other: str = ""
    raw: str = ""

    @property
    def rare(self) -> bool:
        """Whether few names have it."""
        return self.weight >= RARE


class Name(Struct, frozen=True):
    """A company's name in normal form. `words` without legal forms, articles and connectors; `legal` are the families
    of its legal forms; `spelled` is all of it written together, as may be, `initials` its first letters (with and
    without the small words)."""

    text: str
    words: tuple[Word, ...]
    legal: frozenset[str]
    spelled: frozenset[str]
    initials: frozenset[str]
    site: bool = False

    @property
    def joined(self) -> str:
        """The words that count, written together."""
        return "".join(word.text for word in self.words)

    @property
    def key(self) -> str:
        """What two spellings of one name have in common."""
        return " ".join(word.text for word in self.words)


def folded(text: str) -> str:
    """Text in small letters without accents on Latin letters; other scripts stay as they are."""
    low = unicodedata.normalize("NFKC", text).casefold().translate(_LETTERS)
    if low.isascii():
        return low
    bare = (_bare(letter) for letter in unicodedata.normalize("NFC", low))
    return "".join(bare).translate(_LETTERS)


def _bare(letter: str) -> str:
    parts = unicodedata.normalize("NFD", letter)
    return parts[0] if len(parts) > 1 and parts[0].isascii() else letter


@lru_cache(maxsize=2_000)
def name_of(text: str, noise: frozenset[str] = frozenset(), legal: frozenset[str] = frozenset()) -> Name:
    """The normal form of a company's name. `noise`: further words that say nothing; `legal`: further legal forms."""
    low = _FORMER.sub(" ", unicodedata.normalize("NFKC", text[:400]).casefold()) or text.casefold()
    low = _APOSTROPHES.sub("", low)
    site = _SITE.fullmatch(low.strip()) or _SITE.match(low.strip())
    low = _SITE.sub(r"\1\2", low.strip())
    low = _SLASHED.sub(r"\1\2", low)
    low = _DOTTED.sub(lambda found: found[0].replace(".", "") + " ", low)
    whole, brackets = _BRACKETS.sub(" ", low), _BRACKETS.findall(low)
    first = main = _tokens(whole)
    asides = others = [token for one in brackets for token in _tokens(one)]
    if not main:
        main, others = others, []
    main, families = _without_legal(main, legal)
    others, more = _without_legal(others, legal) if others else (others, frozenset())
    words = _worded(main, noise)
    spelled = _initials(main)
    if others and not (len(others) == 1 and others[0] in LEGAL) and not spelled & {"".join(others)}:
        words += _worded(others, noise)
        main = [*main, *others]
    return Name(text, words[:MOST_WORDS], families | more, _written(main, [*first, *asides]), spelled, bool(site))


def _tokens(low: str) -> list[str]:
    """The words in a text of small letters, single letters that follow each other as one."""
    text = low.replace("&", " and ").replace("+", " and ")
    return _merged(_WORD.findall(text))


def _merged(tokens: Iterable[str]) -> list[str]:
    """'h j wilson' -> 'hj wilson'; 'p and g' -> 'pg'."""
    merged: list[str] = []
    letters: list[str] = []
    waiting: list[str] = []
    for token in tokens:
        if len(token) == 1 and token.isalpha():
            letters.append(token)
            waiting = []
        elif letters and token == "and" and not waiting:
            waiting = [token]
        else:
            merged += ["".join(letters)] if letters else []
            merged += [*waiting, token]
            letters, waiting = [], []
    merged += ["".join(letters)] if letters else []
    return merged + waiting


def _without_legal(tokens: list[str], own: frozenset[str]) -> tuple[list[str], frozenset[str]]:
    """The words without legal forms, and the families of those; a name that is nothing else stays whole."""
    plain = [folded(token) for token in tokens]
    families: set[str] = set()
    kept = list(zip(tokens, plain, strict=True))
    while len(kept) > 1:
        size = _legal_end([one for _, one in kept], own)
        if not size or size >= len(kept):
            break
        families |= _families([one for _, one in kept[-size:]])
        kept = kept[:-size]
        while len(kept) > 1 and kept[-1][1] in CONNECTORS:
            kept = kept[:-1]
    if len(kept) > 1 and (kept[0][1] in LEGAL_FIRST):
        families |= _families([kept[0][1]])
        kept = kept[1:]
    inner = [pair for place, pair in enumerate(kept) if not place or pair[1] not in LEGAL_ANYWHERE]
    families |= _families([one for _, one in kept[1:] if one in LEGAL_ANYWHERE])
    if len(inner) > 1 and inner[0][1] == "the":
        inner = inner[1:]
    if len(inner) > 1 and inner[-1][1] == "the":
        inner = inner[:-1]
        again, more = _without_legal([token for token, _ in inner], own)
        return again, frozenset(families | more)
    return [token for token, _ in inner], frozenset(families)


def _legal_end(words: list[str], own: frozenset[str]) -> int:
    """How many words at the end are a legal form."""
    for phrase in _PHRASES.get(words[-1], ()):
        if len(phrase) <= len(words) and tuple(words[-len(phrase) :]) == phrase:
            return len(phrase)
    last = words[-1]
    mistyped = len(last) >= 6 and any(OSA.distance(last, form, score_cutoff=1) <= 1 for form in _LONG_FORMS)
    return 1 if last in LEGAL or last in own or mistyped else 0


def _families(words: list[str]) -> set[str]:
    together = "".join(words)
    found = {LEGAL[together]} if together in LEGAL else {LEGAL[word] for word in words if word in LEGAL}
    if together in ("coltd", "companylimited"):
        found = {"us", "ltd"}
    return found


def _worded(tokens: list[str], noise: frozenset[str]) -> tuple[Word, ...]:
    """The words that count; when only small ones are there, those."""
    words = [_word(token, noise) for token in tokens]
    return tuple(
        word for word in words if word.text not in CONNECTORS and (word.weight > NOTHING or len(words) == 1)
    ) or tuple(words)


def _word(token: str, noise: frozenset[str]) -> Word:
    plain = folded(token)
    long = folded(token.translate(_LONG))
    text = ABBREVIATIONS.get(plain, plain)
    return Word(text, _weight(text, plain, noise), long if long != plain else "", plain)


def _weight(text: str, plain: str, noise: frozenset[str]) -> float:
    if plain in PARTICLES or text in noise or plain in noise:
        return NOTHING
    if text in DROPPABLE or plain in LEGAL_WORDS:
        return LITTLE
    if any(letter.isdigit() for letter in text) or text in _ROMAN_END:
        return NUMBER
    if text in PLACES:
        return PLACE
    return COMMON_WORD if text in COMMON or plain in COMMON or text in PARENTAL or text in _TARGETS else RARE


_TARGETS = frozenset(ABBREVIATIONS.values())


def _written(tokens: list[str], all_of_it: list[str]) -> frozenset[str]:
    """The name as one word: with and without connectors and umlauts in full; whole, when it looks like a site's."""
    bare, long = [folded(token) for token in tokens], [folded(token.translate(_LONG)) for token in tokens]
    small = ["".join(one for one in words if one not in CONNECTORS) for words in (bare, long)]
    found = {*small, "".join(bare), "".join(long), "".join(map(folded, all_of_it))}
    return frozenset(one for one in found | {one.removeprefix("the") for one in found} if len(one) >= 4)


def _initials(tokens: list[str]) -> frozenset[str]:
    plain = [folded(token) for token in tokens]
    main = [one for one in plain if one not in CONNECTORS]
    large = [one for one in main if one not in PARTICLES]
    spelled = {"".join(one[0] for one in words) for words in (plain, main, large) if len(words) > 1}
    return frozenset(one for one in spelled if len(one) >= 2)
