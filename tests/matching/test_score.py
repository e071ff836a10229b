"""Whether two names are one company's: real names, noise, and what may never be called the same."""

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.name_noise import noisy_pairs
from leadrelay.matching.keys import name_keys, sought_keys
from leadrelay.matching.names import name_of
from leadrelay.matching.phones import international, same_phone
from leadrelay.matching.policy import MatchPolicy
from leadrelay.matching.score import DIFFERENT, DOUBT, SAME, Party, compare
from tests.matching.held_out import HELD_OUT_DIFFERENT, HELD_OUT_SAME
from tests.matching.real_names import DIFFERENT_PAIRS, KIN_PAIRS, SAME_PAIRS

EVERY = sorted({name for pair in (*SAME_PAIRS, *DIFFERENT_PAIRS, *KIN_PAIRS) for name in pair})
NAMES = st.one_of(st.sampled_from(EVERY), st.text(max_size=40))


def answer(left: str, right: str) -> str:
    return compare(Party(left), Party(right)).answer


def test_real_names_of_one_company_are_found() -> None:
    missed = [pair for pair in SAME_PAIRS if answer(*pair) != SAME]
    assert len(missed) <= 0.03 * len(SAME_PAIRS), missed


@pytest.mark.parametrize("pair", DIFFERENT_PAIRS + KIN_PAIRS, ids=" / ".join)
def test_real_names_of_two_companies_are_never_the_same(pair: tuple[str, str]) -> None:
    assert answer(*pair) != SAME


def test_held_out_names_of_one_company_are_found_and_of_two_are_not() -> None:
    found = [pair for pair in HELD_OUT_SAME if answer(*pair) == SAME]
    assert len(found) >= 0.85 * len(HELD_OUT_SAME)
    assert [pair for pair in HELD_OUT_DIFFERENT if answer(*pair) == SAME] == []


LEFT_OUT = [
    ("Dijkstra Pompen", "Dijkstra Pompen (Zwolle)", SAME),
    ("Dijkstra Pompen Gent", "Dijkstra Pompen Zwolle", DIFFERENT),
    ("Zwolle Pompen", "Pompen", DOUBT),
    ("Hotel Dijkstra", "Hotel Dijkstra, Gent", DOUBT),
    ("Dijkstra Pompen", "Dijkstra Pompen Services", SAME),
    ("Dijkstra Pompen", "Dijkstra Pompen Insurance", DOUBT),
    ("Dijkstra", "Dijkstra Systems", SAME),
    ("Dijkstra", "Dijkstra Services", DOUBT),
    ("Dijkstra Holdings plc", "Dijkstra", SAME),
    ("Dijkstra Holding NV", "Dijkstra NV", DOUBT),
    ("Siemens", "Siemens Solutions", DOUBT),
    ("Realty, Modern", "Modern Realty", SAME),
    ("Realty Modern", "Modern Realty", DOUBT),
    ("Cooper Lighting", "Copper Lighting", DIFFERENT),
    ("Coopper Lighting", "Cooper Lighting", SAME),
    ("Van den Berg Transport", "Van der Berg Transport", DOUBT),
    ("Van den Berg Transport", "Berg Transport", SAME),
    ("Koninklijke Dijkstra N.V.", "Dijkstra NV", SAME),
    ("Royal Dijkstra", "Dijkstra", DOUBT),
]


@pytest.mark.parametrize(("one", "other", "expected"), LEFT_OUT)
def test_what_may_be_left_out_or_mistyped_depends_on_the_word(one: str, other: str, expected: str) -> None:
    assert answer(one, other) == expected


@pytest.mark.parametrize(
    "other", ["Philips Eindhoven", "Philips (Eindhoven)", "Philips - Nederland", "Philips Holding"]
)
def test_a_branch_is_a_doubt_that_says_so(other: str) -> None:
    verdict = compare(Party("Philips"), Party(other))
    assert verdict.answer == DOUBT
    assert "branch of" in [one.kind for one in verdict.evidence]


BESIDES = [
    ("its own domain settles a longer name", Party("Acme", "acme.nl"), Party("Acme Trading", "acme.nl"), SAME),
    ("one domain, two names", Party("Acme", "acme.nl"), Party("Zenith", "acme.nl"), DOUBT),
    ("one name, two domains", Party("Acme", "acme.nl"), Party("Acme BV", "acme.be"), DOUBT),
    ("a domain below the other", Party("Acme", "acme.nl"), Party("Acme", "shop.acme.nl"), SAME),
    ("alike, and another domain", Party("Acme", "acme.nl"), Party("Acme Trading", "trade.com"), DIFFERENT),
    ("one name, two countries", Party("Acme", country="NL"), Party("Acme", country="US"), DOUBT),
    ("only a domain", Party(domain="acme.nl"), Party("Acme", "acme.nl"), SAME),
    ("nothing", Party(), Party("Acme"), DIFFERENT),
    ("scripts stay apart", Party("Газпром"), Party("Gazprom"), DIFFERENT),
]


@pytest.mark.parametrize(("one", "other", "expected"), [row[1:] for row in BESIDES], ids=[row[0] for row in BESIDES])
def test_what_else_is_known_weighs_in(one: Party, other: Party, expected: str) -> None:
    assert compare(one, other).answer == expected


def test_the_thresholds_and_words_are_the_companys() -> None:
    assert compare(Party("Phlips"), Party("Philips"), MatchPolicy(same=0.99, different=0.97)).answer == DIFFERENT
    assert compare(Party("RWS"), Party("Rijkswaterstaat")).answer == DIFFERENT
    policy = MatchPolicy(known_as=(("RWS", "Rijkswaterstaat"),), noise=frozenset({"zorg"}))
    assert compare(Party("RWS"), Party("Rijkswaterstaat"), policy).answer == SAME
    assert compare(Party("Zorg Zuidema"), Party("Zuidema"), policy).answer == SAME


@given(NAMES, NAMES)
@settings(max_examples=300, deadline=None)
def test_the_order_of_the_two_does_not_matter(left: str, right: str) -> None:
    one, other = compare(Party(left), Party(right)), compare(Party(right), Party(left))
    assert (one.answer, one.score) == (other.answer, other.score)


@given(NAMES)
@settings(max_examples=300, deadline=None)
def test_the_normal_form_of_a_normal_form_is_itself(name: str) -> None:
    if name.strip():
        assert answer(name, name) == SAME
    first = name_of(name).key
    assert name_of(first.upper()).key == name_of(first).key


def test_blocking_finds_all_that_the_score_calls_the_same() -> None:
    pairs = [(left, right) for _, left, right in noisy_pairs(EVERY, 1_000, seed=random.Random(3).randrange(99))]
    same = [pair for pair in (*pairs, *SAME_PAIRS) if answer(*pair) == SAME]
    assert len(same) > 600
    assert [pair for pair in same if not name_keys(pair[0]) & sought_keys(pair[1])] == []


def test_telephone_numbers_are_compared_in_their_international_form() -> None:
    assert international("020-123 4567", "NL") == "+31201234567"
    assert same_phone("020 1234567", "+31 (0)20 123 45 67", "NL")
    assert not same_phone("020 1234567", "+32 20 123 45 67", "NL")
    assert international("no number") == ""
