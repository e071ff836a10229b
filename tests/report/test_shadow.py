"""Rules in shadow against what was done: the same, another outcome and how, and what they would have sent."""

import pytest

from leadrelay.act.sweep import sweep
from leadrelay.clock import HOUR, MINUTE
from leadrelay.report.shadow import Compared, Outcome, compare, differences
from leadrelay.rulebook.model import Assign, Notify, Route, Rulebook, Ruleset
from leadrelay.store import intake_writes
from leadrelay.store.database import Database
from tests.act.builders import NOW, ZONE, book, line, older, otherwise, rule, ruleset, when
from tests.act.test_sweep import put

OPEN = when(line("request.status", "open"), line("request.desk"))
GIVEN = [
    {"id": "same", "kind": "renewal", "expected_value": 1, "account": "A"},
    *({"id": f"other{number}", "kind": "reorder", "account": "A"} for number in range(4)),
    {"id": "not", "kind": "information"},
]
DRAFT = rule(
    "draft",
    line("request.kind", "renewal", "reorder"),
    Route("sales"),
    Assign("an"),
    Notify(("an", "dirk"), "hello"),
    mode="shadow",
)


def routing(*drafts: object) -> Rulebook:
    renewal = rule(
        "renewal", line("request.kind", "renewal"), Route("sales"), Assign("an"), Notify(("an", "dirk"), "hello")
    )
    last = otherwise("routing", Route("inside_sales"), Assign("bram"))
    return book("routing", *drafts, renewal, scope=OPEN, otherwise=last)  # type: ignore[arg-type]


def compared(database: Database, rules: Ruleset, **more: object) -> list[Compared]:
    put(database, rules, account=[{"id": "A", "name": "Groot BV"}], request=GIVEN)
    sweep(database, rules, "route", NOW)
    with database.read() as conn:
        return compare(conn, rules, **more)  # type: ignore[arg-type]


HOW = "desk: inside_sales -> sales; owner: bram -> an; told: nobody -> an (hello), dirk (hello)"
EXAMPLES = ["request/other0 (Groot BV)", "request/other1 (Groot BV)", "request/other2 (Groot BV)"]


def test_a_rule_in_shadow_is_compared_with_the_rule_that_decided(database: Database) -> None:
    (one,) = compared(database, ruleset(routing(DRAFT)))
    found = one.as_dict(ZONE)
    assert (found["would_have_acted"], found["same"], found["different"]) == (5, 1, 4)
    assert found["differences"] == [
        {"decided_by": "routing/otherwise", "how": HOW, "count": 4, "examples": EXAMPLES},
    ]
    assert found["messages"] == {"an": 5, "dirk": 5}


def test_a_whole_rulebook_in_shadow_is_compared_with_what_the_flow_did(sqlite_database: Database) -> None:
    last = rule("otherwise", when(), Route("archive"), mode="shadow")
    shadowed = book("next", DRAFT, scope=OPEN, order=-1, otherwise=last)
    found = {one.rule: one for one in compared(sqlite_database, ruleset(shadowed, routing()))}
    assert (found["draft"].same, found["draft"].different) == (1, 4)
    assert [way.how for way in found["otherwise"].differences.values()] == [
        "desk: inside_sales -> archive; owner: bram -> nothing"
    ]


def test_what_a_shadow_finds_later_is_compared_with_what_had_decided_before(sqlite_database: Database) -> None:
    before = ruleset(book("triage", rule("old", when(), Route("archive")), scope=line("request.status", "open")))
    put(sqlite_database, before, request=GIVEN[:1])
    sweep(sqlite_database, before, "route", NOW)
    draft = rule("draft", when(), Route("sales"), mode="shadow")
    after = ruleset(book("triage", draft, rule("old", when(), Route("archive")), scope=line("request.kind", "renewal")))
    put(sqlite_database, after)
    sweep(sqlite_database, after, "route", NOW + HOUR)
    with sqlite_database.read() as conn:
        (one,) = compare(conn, after)
    assert list(one.differences) == [("old", "desk: archive -> sales")]


def test_steps_count_their_messages_and_since_leaves_out_what_was_before(sqlite_database: Database) -> None:
    nag = rule(
        "nag",
        when(older("request.received_at", "1 hour")),
        Notify(("an",), "nudge"),
        mode="shadow",
        later=(("1 hour", Notify(("dirk",), "overdue")),),
    )
    rules = ruleset(book("nags", nag, hit="all"))
    put(sqlite_database, rules, request=[{"id": "1", "received_at": NOW}])
    for hours in (1, 2):
        sweep(sqlite_database, rules, "route", NOW + hours * HOUR)
    with sqlite_database.read() as conn:
        (whole,), (late,) = compare(conn, rules), compare(conn, rules, since=NOW + HOUR + MINUTE)
        assert compare(conn, rules, "another") == []
    assert (whole.acted, whole.steps, dict(whole.messages)) == (1, 1, {"an": 1, "dirk": 1})
    assert [way.decided_by for way in whole.differences.values()] == ["no rule"]
    assert (late.acted, late.steps) == (0, 1)


@pytest.mark.parametrize(
    ("done", "would", "said"),
    [
        ({}, {}, ""),
        ({"desk": "sales"}, {"desk": "sales"}, ""),
        ({"owner": "an"}, {}, "owner: an -> nothing"),
        ({"desk": "a", "owner": "x"}, {"desk": "b", "owner": "x"}, "desk: a -> b"),
    ],
)
def test_a_difference_is_said_field_by_field(done: dict[str, str], would: dict[str, str], said: str) -> None:
    assert differences(Outcome(done, frozenset()), Outcome(would, frozenset())) == said


def test_contacts_are_alike_in_a_difference_and_so_take_one_line(sqlite_database: Database) -> None:
    rules = ruleset(book("mail", rule("mail", when(), Notify(("contact",), "hello"), mode="shadow"), hit="all"))
    put(sqlite_database, rules, contact=[{"id": "1"}, {"id": "2"}])
    with sqlite_database.begin() as conn:
        given = [{"id": name, "contact": name} for name in ("1", "2")]
        intake_writes.upsert(conn, "request", given, NOW, "import x")
    sweep(sqlite_database, rules, "route", NOW)
    with sqlite_database.read() as conn:
        (one,) = compare(conn, rules)
    assert [(way.how, way.count) for way in one.differences.values()] == [("told: nobody -> contact (hello)", 2)]
