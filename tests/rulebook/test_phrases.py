"""Phrases in a text: whole words whatever their case, accents and spacing; in time that grows with the text alone."""

import json
import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.leads.facts import Slots
from leadrelay.rulebook.compile import Matcher
from leadrelay.rulebook.condition import Line, Mentions, Moment
from leadrelay.rulebook.explain import explain
from leadrelay.rulebook.explain_words import render
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Rule, Rulebook
from leadrelay.rulebook.phrases import Phrases
from tests.rulebook.strategies import CALENDARS

MOMENT = Moment(0, CALENDARS)


@pytest.mark.parametrize(
    ("phrase", "text", "there"),
    [
        ("reorder", "A REORDER, please", True),
        ("reorder", "reorders", False),
        ("order", "border and ordering", False),
        ("order", "order_12", False),  # an underscore belongs to a word
        ("order", "(order)", True),
        ("order", "order12", False),
        ("running deal", "our  running \n\t deal?", True),
        ("running deal", "running\u00a0deal", True),
        ("running  deal", "running deal", True),
        ("running deal", "running. Deal", False),
        ("running deal", "deal running", False),
        ("re-order", "re-order", True),
        ("re-order", "re\u2011order", True),  # the hyphen that does not break
        ("re-order", "reorder", False),
        ("reclame", "Réclame", True),
        ("réclame", "RECLAME", True),
        ("geïnteresseerd", "gei\u0308nteresseerd", True),
        ("straße", "STRASSE", True),
        ("ijzer", "\u0133zer", True),  # one letter for two
        ("p.o.", "P.O. 4711", True),
        ("p.o.", "p o", False),
        ("c++", "in C++ or so", True),
        ("foto's", "foto’s", True),
        ("nabestelling", "na\u00adbestelling", True),  # a hyphen that is not seen
        ("заказ", "Новый ЗАКАЗ!", True),
        ("order order now", "order order order now", True),  # begins anew inside what looked like it
        ("\u200b", "anything", False),
        ("order", "", False),
    ],
)
def test_whole_words(phrase: str, text: str, there: bool) -> None:
    assert list(Phrases([phrase]).found(text)) == [phrase] * there


def test_every_phrase_is_found_where_it_begins_the_shortest_first() -> None:
    phrases = Phrases(["po", "po number", "order", "not there"])
    assert list(phrases.found("PO number for the order; po")) == ["po", "po number", "order", "po"]


def pieces(text: str) -> list[str]:
    """The oracle's way of cutting a text up: character by character."""
    found: list[str] = []
    in_word = False
    bare = [one for one in text if unicodedata.category(one)[0] != "M"]
    for one in unicodedata.normalize("NFKD", "".join(bare)).casefold():
        if unicodedata.category(one)[0] == "M":
            continue
        if one.isalnum() or one == "_":
            found = [*found[:-1], found[-1] + one] if in_word else [*found, one]
            in_word = True
        else:
            found += [] if one.isspace() else [one]
            in_word = False
    return found


def stands_in(phrase: str, text: str) -> bool:
    wanted, there = pieces(phrase), pieces(text)
    return bool(wanted) and any(there[at : at + len(wanted)] == wanted for at in range(len(there)))


LETTERS = st.text(st.sampled_from("aAbBéÉe\u0301ßs 1_.-\n"), max_size=12)


@settings(derandomize=True, database=None, deadline=None, max_examples=400)
@given(st.lists(LETTERS, max_size=4), LETTERS)
def test_what_is_found_is_what_a_plain_search_finds(phrases: list[str], text: str) -> None:
    assert set(Phrases(phrases).found(text)) == {
        next(other for other in sorted(phrases, reverse=True) if pieces(other) == pieces(phrase))
        for phrase in phrases
        if stands_in(phrase, text)
    }


@pytest.mark.parametrize("piece", ["order ", "o", "\u0301\u0327", "a\u0327\u0301", ". ", "\u200b", "\uff9e", "\ufdfa"])
def test_a_hostile_text_takes_time_in_proportion(piece: str) -> None:
    """Where work grew with the square of the text, this would not come back before the test's time is up."""
    phrases = Phrases(["order order order order later", "o", ". . . ."])
    assert sum(1 for _ in phrases.found(piece * 100_000)) in (0, 100_000 - 3)


def test_the_matcher_says_the_same_after_it_has_forgotten() -> None:
    """More texts than it remembers; the list of one rule is another than that of the other."""
    mentions = [
        Line("request.summary", Mentions(name, frozenset(values)))
        for name, values in (("orders", {"order", "po number"}), ("deals", {"running deal"}))
    ]
    book = Rulebook(
        "words",
        "request",
        "route",
        hit="all",
        rules=tuple(Rule(f"r{number}", f"r{number}", when) for number, when in enumerate(mentions)),
    )
    decide = Matcher(book, Slots.of(["request.id", "request.summary"])).at(MOMENT).decide
    for number in range(3000):
        text = f"{number} {'PO  number' if number % 2 else ''} {'running deal' if number % 3 else 'running'}"
        assert decide([str(number), text]).rules == (*([0] if number % 2 else []), *([1] if number % 3 else []))
    assert decide(["x", None]).rules == ()


RULES = """\
rulebook: words
subject: request
flow: route
hit: first
rules:
  - id: orders
    when: {request.summary: {mentions: order-words}}
    then: [{route: sales}]
  - id: never
    when: {request.summary: {mentions: order-words, not: {mentions: order-words}}}
    then: [{route: sales}]
  - id: covered
    when: {request.summary: {mentions: order-words}, request.kind: reorder}
    then: [{route: sales}]
otherwise: [{route: inside_sales}]
"""


def test_explain_says_which_entries_were_found_and_check_what_can_never_hold() -> None:
    files = {"rules/words.yaml": RULES, "rules/lists/order-words.yaml": "- nabestelling\n- PO number\n"}
    loaded = load(files)
    assert [(one.code, one.place.line) for one in loaded.problems] == [("never-holds", 9), ("unreachable-rule", 12)]
    told = explain(
        loaded.ruleset.rulebooks[0], {"request.summary": "Nabestelling, po   NUMBER 12, nabestelling"}, MOMENT
    )
    assert told["decided"] == "orders"
    assert told["rules"][0]["tests"][0]["found"] == ["nabestelling", "po number"]
    assert "(it is Nabestelling, po   NUMBER 12, nabestelling; it mentions 'nabestelling', 'po number')" in render(told)
    assert json.dumps(told)
    assert explain(loaded.ruleset.rulebooks[0], {}, MOMENT)["rules"][0]["tests"][0]["found"] == []
