"""Rules that set each other off are found with a subject that shows it, and nothing is said of rules that come to rest."""

# ruff: noqa: E501 - a row of a table is read best as one

from collections.abc import Iterable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay.act.circles import check_circles
from leadrelay.act.imagined import Entities
from leadrelay.act.memory import Memory, engines_of
from leadrelay.rulebook.lint.swings import swinging
from leadrelay.rulebook.lint.witness import NOW
from leadrelay.rulebook.load import load, read_files
from leadrelay.rulebook.model import Ruleset

TEAM = """
people:
  - {id: an, name: An, email: an@example.com, roles: [chief]}
  - {id: bram, name: Bram, email: bram@example.com}
pools: {inside: {members: [bram], lead: an}}
"""
FIELDS = """
request: {step: {type: text}, level: {type: number}, ready: {type: yes_no}, twice: {type: number, sum: [request.extra.level]}}
account: {step: {type: text}, size: {type: choice, choices: [small, large]}}
contact: {step: {type: text}}
opportunity: {step: {type: text}}
"""
Planted = tuple[str, ...]


def book(name: str, *rules: str, subject: str = "request", flow: str = "route", more: str = "hit: all") -> str:
    lines = "\n".join(f"  - {{id: {name}-{number}, {rule}}}" for number, rule in enumerate(rules, 1))
    return f"rulebook: {name}\nsubject: {subject}\nflow: {flow}\n{more}\nrules:\n{lines}\n"


def files_of(books: Iterable[str]) -> dict[str, str]:
    files = {f"rules/book{number}.yaml": text for number, text in enumerate(books)}
    return files | {"rules/team.yaml": TEAM, "rules/fields.yaml": FIELDS}


def ruleset_of(books: Iterable[str]) -> Ruleset:
    loaded = load(files_of(books), proofread=False)
    assert [one.message for one in loaded.errors] == []
    return loaded.ruleset


OPEN = "hit: all\nscope: {request.status: open}"
CIRCLES: dict[str, Planted] = {
    "two desks": (book("a", "when: {request.desk: sales}, then: [{route: inside_sales}]",
                       "when: {request.desk: inside_sales}, then: [{route: sales}]"),),
    "two desks of large companies": (book(
        "a", "when: {request.desk: sales, account.employees: {at_least: 250}}, then: [{route: marketing}]",
        "when: {request.desk: marketing, account.employees: {over: 99}}, then: [{route: sales}]", more=OPEN),),
    "three steps": (book("a", "when: {request.extra.step: x}, then: [{set: {extra.step: y}}]",
                         "when: {request.extra.step: y}, then: [{set: {extra.step: z}}]",
                         "when: {request.extra.step: z}, then: [{set: {extra.step: x}}]"),),
    "a field that is cleared": (book("a", "when: {request.extra.step: {known: false}}, then: [{set: {extra.step: y}}]",
                                     "when: {request.extra.step: {known: true}}, then: [{set: {extra.step: null}}]"),),
    "an otherwise": (book("a", "when: {request.extra.level: {over: 3}}, then: [{set: {extra.level: 1}}]",
                          more="hit: first\notherwise: [{set: {extra.level: 9}}]"),),
    "a sum of what is set": (book("a", "when: {request.extra.twice: {over: 3}}, then: [{set: {extra.level: 1}}]",
                                  "when: {request.extra.twice: {under: 3}}, then: [{set: {extra.level: 9}}]"),),
    "owners": (book("a", "when: {request.owner: an}, then: [{assign: bram}]",
                    "when: {request.owner: bram}, then: [{assign: an}]"),),
    "owners by role": (book("a", "when: {owner.roles: {contains: chief}}, then: [{assign: {pool: inside}}]",
                            "when: {request.owner: {known: true}, owner.roles: {not: {contains: chief}}}, then: [{assign: an}]"),),
    "lists": (book("a", "when: {contact.lists: {contains: news}}, then: [{leave: {list: news}}]",
                   "when: {contact.lists: {not: {contains: news}}}, then: [{nurture: {list: news}}]",
                   subject="contact", flow="nurture"),),
    "steps of an account": (book("a", "when: {account.extra.size: small, account.country: NL}, then: [{set: {extra.size: large}}]",
                                 "when: {account.extra.size: large, account.country: [NL, BE]}, then: [{set: {extra.size: small}}]",
                                 subject="account"),),
    "two flows": (book("a", "when: {request.extra.step: x}, then: [{set: {extra.step: y}}]"),
                  book("b", "when: {request.extra.step: y}, then: [{set: {extra.step: x}}]", flow="nudge")),
    "any of two": (book("a", "when: {any: [{request.kind: other}, {request.extra.step: x}]}, then: [{set: {extra.step: y}}]",
                        "when: {request.extra.step: y, request.kind: renewal}, then: [{set: {extra.step: x}}]"),),
    "none of them": (book("a", "when: {none: [{request.extra.step: x}]}, then: [{set: {extra.step: x}}]",
                          "when: {request.extra.step: x, request.product: lathe}, then: [{set: {extra.step: y}}]"),),
    "a long time": (book("a", "when: {request.extra.step: x, account.last_order_at: {older_than: 2 years}}, then: [{set: {extra.step: y}}]",
                         "when: {request.extra.step: y, account.last_order_at: {older_than: 1 year}}, then: [{set: {extra.step: x}}]"),),
}  # fmt: skip
AT_REST: dict[str, Planted] = {
    "they exclude each other": (book("a", "when: {request.extra.step: x, request.kind: other}, then: [{set: {extra.step: y}}]",
                                     "when: {request.extra.step: y, request.kind: renewal}, then: [{set: {extra.step: x}}]"),),
    "one way only": (book("a", "when: {request.extra.step: x}, then: [{set: {extra.step: y}}]",
                          "when: {request.extra.step: y}, then: [{set: {extra.step: z}}]"),),
    "closed for good": (book("a", "when: {request.extra.step: x}, then: [{set: {extra.step: y}}, {close: {outcome: order, reason: r}}]",
                             "when: {request.extra.step: y}, then: [{set: {extra.step: x}}]", more=OPEN),),
    "the first has a desk": (book("a", "when: {request.kind: other}, then: [{route: sales}]",
                                  "when: {request.kind: renewal}, then: [{route: marketing}]",
                                  more="hit: all\nscope: {request.desk: {known: false}}"),),
    "in shadow": (book("a", "when: {request.desk: sales}, mode: shadow, then: [{route: inside_sales}]",
                       "when: {request.desk: inside_sales}, then: [{route: sales}]"),),
    "off": (book("a", "when: {request.desk: sales}, then: [{route: inside_sales}]",
                 "when: {request.desk: inside_sales}, mode: 'off', then: [{route: sales}]"),),
    "no step of a ladder": (book("a", "when: {request.extra.step: x}, then: [{set: {extra.step: y}}]",
                                 "when: {request.extra.step: y}, then: [{notify: {to: an, template: t}}]").replace(
                                     "{notify: {to: an, template: t}}", "{task: {for: an, what: x, due: 1 day}}"),),
    "one does not see that the other let it go": (book("a", "when: {request.extra.ready: true}, then: [{set: {extra.ready: false}}]"),
                      book("b", "when: {request.extra.ready: false}, then: [{set: {extra.ready: true}}]")),
    "times apart": (book("a", "when: {request.extra.step: x, account.last_order_at: {older_than: 2 years}}, then: [{set: {extra.step: y}}]",
                         "when: {request.extra.step: y, account.last_order_at: {newer_than: 1 year}}, then: [{set: {extra.step: x}}]"),),
}  # fmt: skip


@pytest.mark.parametrize("books", CIRCLES.values(), ids=CIRCLES)
def test_circles_are_found(books: Planted) -> None:
    (found,) = check_circles(ruleset_of(books))
    assert found.code == "endless-circle" and found.severity == "warning"
    first = found.message.split(": ")[1].split(" -> ")[0]
    assert (found.place.file, first) in (("rules/book0.yaml", "a-1"), ("rules/book0.yaml", "a/otherwise"))
    assert ("cut after 10 rounds" in found.message) is (len(books) == 1 or "flow: nudge" not in books[1])


@pytest.mark.parametrize("books", AT_REST.values(), ids=AT_REST)
def test_rules_that_come_to_rest_are_no_circle(books: Planted) -> None:
    assert check_circles(ruleset_of(books)) == []


def test_the_shipped_rules_need_not_even_be_tried() -> None:
    shipped = load(read_files(Path(__file__).parents[2]), proofread=False)
    assert shipped.usable and swinging(shipped.ruleset) == []


STEPS = st.sampled_from(("x", "y", "z"))
TESTS = st.one_of(
    STEPS.map(lambda one: f"request.extra.step: {one}"),
    st.sampled_from(("true", "false")).map(lambda one: f"request.extra.ready: {one}"),
    st.sampled_from(("{over: 3}", "{under: 3}", "5", "{known: false}")).map(lambda one: f"request.extra.level: {one}"),
    st.sampled_from(("sales", "marketing", "{known: false}")).map(lambda one: f"request.desk: {one}"),
    st.sampled_from(("other", "renewal", "{not: other}")).map(lambda one: f"request.kind: {one}"),
)
ACTIONS = st.one_of(
    STEPS.map(lambda one: f"{{set: {{extra.step: {one}}}}}"),
    st.sampled_from(("true", "false", "null")).map(lambda one: f"{{set: {{extra.ready: {one}}}}}"),
    st.sampled_from(("1", "5", "null")).map(lambda one: f"{{set: {{extra.level: {one}}}}}"),
    st.sampled_from(("sales", "marketing")).map(lambda one: f"{{route: {one}}}"),
)


@st.composite
def small_books(draw: st.DrawFn) -> Planted:
    """A rulebook whose rules test and write a few fields, as they come."""
    rules = []
    for _ in range(draw(st.integers(2, 4))):
        lines = {one.partition(":")[0]: one for one in draw(st.lists(TESTS, min_size=1, max_size=2))}
        rules.append(f"when: {{{', '.join(lines.values())}}}, then: [{draw(ACTIONS)}]")
    hit = draw(st.sampled_from(("hit: all", "hit: first\notherwise: [{task: {for: an, what: x, due: 1 day}}]")))
    return (book("a", *rules, more=hit),)


def cuts(ruleset: Ruleset) -> bool:
    """Whether some subject of a small world goes round: every value that the random books know is tried."""
    engines = engines_of(ruleset)
    for step in (None, "x", "y", "z"):
        for ready in (None, True, False):
            for level in (None, 1, 5):
                for desk in (None, "sales", "marketing"):
                    for kind in ("other", "renewal"):
                        own = {"status": "open", "extra.step": step, "extra.ready": ready, "extra.level": level,
                               "desk": desk, "kind": kind}  # fmt: skip
                        values = {("request", "R-1"): {key: value for key, value in own.items() if value is not None}}
                        memory = Memory(ruleset, engines, Entities(values), [("request", "R-1")])
                        memory.start(NOW)
                        memory.sweep(NOW)
                        if memory.cut:
                            return True
    return False


def agrees(books: Planted) -> None:
    """Sound: what is found is true. And whole, as far as a small world goes: none of these circles is missed."""
    ruleset = ruleset_of(books)
    assert bool(check_circles(ruleset)) is cuts(ruleset)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(books=small_books())
def test_random_rules_are_called_a_circle_when_they_are_one(books: Planted) -> None:
    agrees(books)


@pytest.mark.slow
@settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))
@given(books=small_books())
def test_many_random_rules_are_called_a_circle_when_they_are_one(books: Planted) -> None:
    agrees(books)


@settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_false_word_about_rules_that_go_one_way(data: st.DataObject) -> None:
    """Each rule only moves a step on, so that nothing can go round, however the rules are tested and ordered."""
    rules = []
    for _ in range(data.draw(st.integers(2, 6))):
        start = data.draw(st.integers(1, 8))
        end = data.draw(st.integers(start + 1, 9))
        rules.append(f"when: {{request.extra.level: {start}}}, then: [{{set: {{extra.level: {end}}}}}]")
    assert check_circles(ruleset_of((book("a", *rules),))) == []
