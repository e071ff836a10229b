"""Two companies compared: the evidence with its weight, a score from 0 to 1, and one of three answers."""

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from leadrelay.matching.align import (
    EXACT,
    JOINED,
    PLURAL,
    SHORT,
    SLIP,
    SPELLED,
    TYPO,
    WORTH,
    Alignment,
    Pair,
    align,
    fumbled,
)
from leadrelay.matching.left_out import PLACE_LEFT_OUT, SIBLING, left_out, tells_little
from leadrelay.matching.names import COMMON_WORD, LITTLE, NUMBER, PLACE, Name, Word, folded, name_of
from leadrelay.matching.policy import MatchPolicy
from leadrelay.matching.words import KNOWN_AS, PARENTAL, SURNAMED

SAME, DIFFERENT, DOUBT = "same", "different", "doubt"
ANSWERS = (DIFFERENT, DOUBT, SAME)
DEFAULT = MatchPolicy()


class Evidence(NamedTuple):
    """One thing that speaks for (weight over 0) or against two being the same, in words for people."""

    kind: str
    weight: float
    text: str


class Party(Struct, frozen=True):
    """What is known of one company; empty: unknown. `domain` is never that of free mail; `phone` is E.164."""

    name: str = ""
    domain: str = ""
    phone: str = ""
    postcode: str = ""
    country: str = ""


class Verdict(NamedTuple):
    """`at_most`: the best answer that the evidence allows, whatever the score; `name_score`: that of the names."""

    answer: str
    score: float
    evidence: tuple[Evidence, ...] = ()
    at_most: str = SAME
    name_score: float = 0.0

    def text(self) -> str:
        """The evidence in one line."""
        return "; ".join(one.text for one in self.evidence)


class Likeness(NamedTuple):
    """What the names alone say. `related`: one is the other with more to it, shortened or mistyped."""

    score: float
    at_most: str
    evidence: tuple[Evidence, ...]
    related: bool = False
    branch: bool = False


def compare(one: Party, other: Party, policy: MatchPolicy = DEFAULT) -> Verdict:
    """Whether two are the same company. The order of the two does not matter."""
    if one.name and one.name == other.name and "name" in policy.signals and not (_says(one) and _says(other)):
        return ONE_NAME
    if (other.name, other.domain) < (one.name, one.domain):
        one, other = other, one
    wanted = policy.signals
    names = likeness(one.name, other.name, policy) if one.name and other.name and "name" in wanted else None
    score, at_most = (names.score, names.at_most) if names else (0.0, DOUBT)
    evidence = list(names.evidence) if names else []
    equal, unequal = _beside(one, other, wanted)
    evidence += [*equal, *unequal]
    kinds = {item.kind for item in equal}
    if "domain" in kinds:
        score, at_most = _with_domain(names, score, at_most)
    elif "phone" in kinds:
        sure = names is not None and names.related and not names.branch and at_most != DIFFERENT
        score, at_most = (max(score, 0.95), SAME) if sure else (max(score, 0.75), DOUBT)
    elif names and kinds and names.related and at_most == DOUBT and not names.branch:
        score = min(1.0, score + 0.05)
    if unequal and not {"domain", "phone"} & kinds:
        at_most = DOUBT if at_most == SAME else DIFFERENT
    answer = SAME if score >= policy.same else DIFFERENT if score < policy.different else DOUBT
    answer = min(answer, at_most, key=ANSWERS.index)
    return Verdict(answer, round(score, 3), tuple(evidence), at_most, names.score if names else 0.0)


def _with_domain(names: Likeness | None, score: float, at_most: str) -> tuple[float, str]:
    """A company's own domain settles what the names leave open, unless they are two names."""
    if names is None:
        return 0.95, SAME
    if names.related and at_most != DIFFERENT:
        return max(score, 0.95), SAME
    return max(score, 0.75), (SAME if at_most == SAME else DOUBT)


_SIGNALS = (("domain", 0.4, True), ("phone", 0.3, False), ("postcode", 0.1, False))


def _beside(one: Party, other: Party, wanted: frozenset[str]) -> tuple[list[Evidence], list[Evidence]]:
    """What speaks for and against besides the names."""
    equal: list[Evidence] = []
    unequal: list[Evidence] = []
    if not (_says(one) and _says(other)):
        return equal, unequal
    for kind, weight, against in _SIGNALS:
        a, b = getattr(one, kind), getattr(other, kind)
        if not a or not b or kind not in wanted:
            continue
        a, b = _bare(a), _bare(b)
        if a == b:
            equal.append(Evidence(kind, weight, f"the same {kind} {getattr(one, kind)}"))
        elif against and not a.endswith("." + b) and not b.endswith("." + a):
            unequal.append(Evidence(kind, -weight, f"another {kind}: {getattr(one, kind)}, {getattr(other, kind)}"))
    a, b = one.country.upper(), other.country.upper()
    if a and b and a != b and "country" in wanted:
        unequal.append(Evidence("country", -0.2, f"another country: {one.country}, {other.country}"))
    return equal, unequal


def _says(party: Party) -> bool:
    return bool(party.domain or party.phone or party.postcode or party.country)


def _bare(text: str) -> str:
    return "".join(text.lower().split())


_THE_SAME = Likeness(1.0, SAME, (Evidence("name", 1.0, "the same name"),), True)


ONE_NAME = Verdict(SAME, 1.0, _THE_SAME.evidence, SAME, 1.0)
"""Two of one name, with nothing that speaks against it."""


def likeness(one: str, other: str, policy: MatchPolicy = DEFAULT) -> Likeness:
    """How alike two names are, and what they may be at most."""
    if one == other or one.casefold() == other.casefold():
        return _THE_SAME
    return _likeness(one, other, policy)


@lru_cache(maxsize=2_000)
def _likeness(one: str, other: str, policy: MatchPolicy) -> Likeness:
    left, right = _named(one, policy), _named(other, policy)
    if not left.words or not right.words:
        return Likeness(0.0, DIFFERENT, ())
    found = _equal(left, right) or _two_names(left, right, policy) or _aligned(left, right)
    if found.at_most == SAME and left.legal and right.legal and not _agree(left.legal, right.legal):
        against = Evidence("legal form", -0.2, "another legal form, so perhaps a daughter or parent")
        return found._replace(at_most=DOUBT, evidence=(*found.evidence, against), related=True)
    return found


def _named(text: str, policy: MatchPolicy) -> Name:
    """The normal form of a name, under the arguments that it is mostly kept by."""
    own = policy.noise or policy.legal_forms
    return name_of(text, policy.noise, policy.legal_forms) if own else name_of(text)


_ALIKE = ({"us", "partnership"}, {"bv", "vof"}, {"gmbh", "kg"})


def _agree(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one & other) or any(one & alike and other & alike for alike in _ALIKE if "partnership" not in alike)


def _equal(left: Name, right: Name) -> Likeness | None:
    """Names that differ in no more than case, accents, punctuation, spaces, legal form and small words."""
    if left.text == right.text or left.key == right.key:
        same = Evidence("name", 1.0, "the same name" if folded(left.text) == folded(right.text) else "the same words")
        surnames = [set(folded(name.text).split()) & SURNAMED for name in (left, right)]
        if all(surnames) and not surnames[0] & surnames[1]:
            against = Evidence("particle", -0.3, " is not ".join(f"'{' '.join(sorted(one))}'" for one in surnames))
            return Likeness(0.9, DOUBT, (same, against), True)
        return Likeness(1.0, SAME, (same,), True)
    if left.spelled & right.spelled:
        generic = not any(word.weight >= PLACE for word in (*left.words, *right.words))
        at_most = DOUBT if generic and (left.site or right.site) else SAME
        return Likeness(0.99, at_most, (Evidence("name", 0.99, "the same letters"),), True)
    return None


@lru_cache(maxsize=64)
def _aliases(own: tuple[tuple[str, ...], ...]) -> dict[str, int]:
    return {name_of(text).key: number for number, names in enumerate((*KNOWN_AS, *own)) for text in names}


def _two_names(left: Name, right: Name, policy: MatchPolicy) -> Likeness | None:
    """Names of which both are known to be one company's, and initials."""
    known = _aliases(policy.known_as)
    a, b = known.get(left.key), known.get(right.key)
    if a is not None and a == b:
        return Likeness(0.97, SAME, (Evidence("known as", 0.97, "known by both names"),), True)
    for short, long in ((left, right), (right, left)):
        if len(short.words) == 1 and short.words[0].raw in long.initials and len(short.words[0].raw) >= 2:
            sure = 0.8 if len(short.words[0].raw) >= 3 else 0.65
            text = f"'{short.words[0].raw.upper()}' may be the initials of '{long.text}'"
            return Likeness(sure, DOUBT, (Evidence("initials", sure, text),), True)
    return None


def _aligned(left: Name, right: Name) -> Likeness:
    """Names compared word by word."""
    laid = align(left.words, right.words)
    total = sum(word.weight for word in (*left.words, *right.words))
    shared = sum(WORTH[pair.how] * (pair.left.weight + pair.right.weight) for pair in laid.pairs)
    score = min(1.0, shared / total) if total else 0.0
    evidence = [Evidence("word", round(pair.left.weight, 2), _said(pair)) for pair in laid.pairs if pair.how != EXACT]
    loose = [word for word in (*laid.left, *laid.right) if word.weight > LITTLE]
    shared_rare = any(pair.left.rare and pair.right.rare for pair in laid.pairs)
    ours = [word for word in laid.left if word.weight > LITTLE]
    if ours and len(ours) < len(loose):
        return _contradicting(laid, loose, score, evidence)
    if loose:
        longer = left if ours else right
        may = left_out(longer, laid, loose)
        if may is not None:
            more = " ".join(word.raw for word in loose)
            what = "the city" if may.kind == PLACE_LEFT_OUT else "a word that tells little"
            extra = Evidence(may.kind, -0.1, f"only one has '{more}', {what}")
            return Likeness(max(score, may.score), SAME, (*_shared(laid), *evidence, extra), True)
        return _longer(laid, loose, score, shared_rare, evidence)
    inverted = ("," in left.text) != ("," in right.text)
    at_most, why = _paired(laid, inverted)
    if at_most == SAME:
        score = max(score, 0.93)
    return Likeness(max(score, 0.7), at_most, (*evidence, *why, *_shared(laid)), True)


def _shared(laid: Alignment) -> list[Evidence]:
    words = [pair.left.text for pair in laid.pairs if pair.how == EXACT]
    return [Evidence("name", 0.5, f"both have '{' '.join(words)}'")] if words else []


def _said(pair: Pair) -> str:
    how = {
        SPELLED: "is another spelling of",
        PLURAL: "is a plural of",
        SHORT: "is short for",
        TYPO: "is nearly",
        SLIP: "looks like a typing error for",
        JOINED: "is written apart as",
    }[pair.how]
    return f"'{pair.left.raw}' {how} '{pair.right.raw}'"


def _contradicting(laid: Alignment, loose: Sequence[Word], score: float, evidence: list[Evidence]) -> Likeness:
    """Each name has a word that the other lacks."""
    theirs, ours = (" ".join(word.raw for word in words) for words in (laid.left, laid.right))
    kin = all(map(tells_little, loose)) and any(pair.left.rare for pair in laid.pairs)
    against = Evidence(SIBLING if kin else "words", -0.6, f"'{theirs}' is not '{ours}'")
    rare = sum(pair.left.rare and pair.right.rare for pair in laid.pairs)
    doubt = rare >= 2 and score >= 0.6 and not any(word.weight >= PLACE for word in (*laid.left, *laid.right))
    if not doubt:
        score = min(score, 0.5)
    return Likeness(score, DOUBT if doubt else DIFFERENT, (*_shared(laid), *evidence, against))


def _longer(
    laid: Alignment, loose: Sequence[Word], score: float, shared_rare: bool, evidence: list[Evidence]
) -> Likeness:
    """One name is the other with more words: a branch, a daughter, or a part left out."""
    more = " ".join(word.raw for word in loose)
    branch = any(word.weight == PLACE or word.text in PARENTAL or word.raw in PARENTAL for word in loose)
    number = any(word.weight == NUMBER for word in loose)
    text = f"branch of: only one has '{more}'" if branch else f"only one has '{more}'"
    extra = Evidence("branch of" if branch else "longer", -0.3, text)
    if not shared_rare or number:
        covered = sum(pair.left.weight for pair in laid.pairs)
        known = covered >= 0.8 and score >= 0.6 and not number
        return Likeness(
            score if known else min(score, 0.55), DOUBT if known else DIFFERENT, (*_shared(laid), *evidence, extra)
        )
    return Likeness(max(score, 0.6), DOUBT, (*_shared(laid), *evidence, extra), True, True)


def _paired(laid: Alignment, inverted: bool) -> tuple[str, list[Evidence]]:
    """Every word has its like: what the pairs that are not exact, and the order, allow. `inverted`: one has a comma, as
    in 'Realty, Modern'."""
    firm = [pair for pair in laid.pairs if pair.how in (EXACT, SPELLED, JOINED)]
    support = sum(min(pair.left.weight, pair.right.weight) for pair in firm)
    rare = any(pair.left.rare for pair in firm)
    why: list[Evidence] = []
    if (
        not laid.in_order
        and not inverted
        and len(laid.pairs) == 2
        and (not rare or any(pair.left.weight == PLACE for pair in laid.pairs))
    ):
        why.append(Evidence("order", -0.2, "the words stand in another order"))
        return DOUBT, why
    changed = [pair for pair in laid.pairs if pair.how not in (EXACT, SPELLED, JOINED)]
    wrong = [pair for pair in changed if pair.how in (TYPO, SLIP)]
    if len(changed) > 1 + len(laid.pairs) // 4 and wrong:
        return DOUBT, why
    return (SAME if all(_safe(pair, support, rare) for pair in changed) else DOUBT), why


def _safe(pair: Pair, support: float, rare: bool) -> bool:
    """Whether a pair that is not exact is surely one word, given the words beside it."""
    least = min(len(pair.left.raw), len(pair.right.raw))
    small = not (pair.left.rare and pair.right.rare)
    if pair.how in (PLURAL, SHORT):
        return rare or (small and support >= 0.8)
    if pair.how == TYPO:
        return rare and least >= 5
    slipped = fumbled(pair.left.raw, pair.right.raw)
    beside = support >= COMMON_WORD and least >= 5 - slipped
    alone = 6 if slipped else 9 if len(pair.left.raw) == len(pair.right.raw) else 8  # Umicore and Unicore are two
    return rare or beside or least >= alone
