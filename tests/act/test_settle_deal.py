"""Which running deal a request is about, in the database: weighed before triage, again while in doubt, settled once."""

from pathlib import Path

import pytest

from leadrelay.act.settle_deal import settle
from leadrelay.act.sweep import Sweeper
from leadrelay.errors import NoDoubt, UnknownSubject
from leadrelay.leads.fields import Value
from leadrelay.project import read_files
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda, deal_matches, history, intake_writes, rulesets
from leadrelay.store.database import Database
from leadrelay.store.past import facts_at
from tests.act.builders import NOW

SHIPPED = Path(__file__).parents[2]
DEALS: list[dict[str, Value]] = [
    {"id": "A", "account": "berkhout", "product": "robot", "contact": "piet", "owner": "daan", "stage": "quote"},
    {"id": "B", "account": "berkhout", "product": "saw", "contact": "wil", "owner": "els", "stage": "quote"},
]
ASKED: dict[str, Value] = {"id": "R", "account": "berkhout", "summary": "Vraag over de offerte"}


@pytest.fixture(scope="module")
def rules() -> Ruleset:
    return load(read_files(SHIPPED), proofread=False).ruleset


def put(database: Database, rules: Ruleset, *requests: dict[str, Value]) -> Sweeper:
    with database.begin() as conn:
        rulesets.put_live(conn, "shipped", {}, NOW, "test")
        agenda.touch_all(conn, rules, NOW)
        intake_writes.upsert(conn, "account", [{"id": "berkhout", "relation": "customer"}], NOW, "import test.csv")
        intake_writes.upsert(conn, "request", requests, NOW, "import test.csv")
        intake_writes.upsert(conn, "opportunity", DEALS, NOW, "import test.csv")
    return Sweeper(database, rules)


def request(database: Database, name: str = "R") -> dict[str, Value]:
    with database.read() as conn:
        return intake_writes.stored_of(conn, "request", {name})[name]


def test_a_doubt_keeps_both_deals_with_their_evidence(database: Database, rules: Ruleset) -> None:
    put(database, rules, ASKED).sweep("route", NOW)
    found = request(database)
    assert (found["triage"], found["deal"], found["deals"], found["deal_sellers"]) == (
        "doubt",
        None,
        "A, B",
        "daan, els",
    )
    with database.read() as conn:
        kept = deal_matches.of(conn, ["R"])["R"]
        assert [one.request for one in deal_matches.doubts(conn)] == ["R"]
        facts = facts_at(conn, "request/R", NOW)
    assert [(one.deal, one.owner, one.fits) for one in kept.weighed] == [("A", "daan", False), ("B", "els", False)]
    assert facts is not None and facts["request.deals"] == "A, B"


def test_somebody_settles_it_once_and_it_stays(database: Database, rules: Ruleset) -> None:
    sweeper = put(database, rules, ASKED)
    sweeper.sweep("route", NOW)
    with database.begin() as conn:
        settle(conn, "R", "B", "an", NOW + 1)
        with pytest.raises(NoDoubt):
            settle(conn, "R", "A", "bram", NOW + 1)
        assert "person an" in {one.cause for one in history.of(conn, ["request/R"], NOW + 1)["request/R"]}
    sweeper.sweep("route", NOW + 1)
    found = request(database)
    assert (found["deal"], found["triage"], found["outcome"], found["owner"]) == ("B", "running", "follow_up", "els")


def test_of_none_of_them_it_is_something_new(database: Database, rules: Ruleset) -> None:
    sweeper = put(database, rules, ASKED)
    sweeper.sweep("route", NOW)
    with database.begin() as conn:
        settle(conn, "R", None, "an", NOW + 1)
    sweeper.sweep("route", NOW + 1)
    assert (request(database)["deal_match"], request(database)["triage"]) == ("none", "new")


def test_a_doubt_ends_by_itself_when_the_other_deal_is_closed(database: Database, rules: Ruleset) -> None:
    sweeper = put(database, rules, ASKED)
    sweeper.sweep("route", NOW)
    with database.begin() as conn:
        gone = {"id": "A", "closed_at": NOW + 1, "outcome": "lost"}
        intake_writes.upsert(conn, "opportunity", [gone], NOW + 1, "import test.csv")
    sweeper.sweep("route", NOW + 1)
    found = request(database)
    assert (found["deal"], found["triage"], found["owner"]) == ("B", "running", "els")


def test_a_quote_number_names_its_deal_and_a_decider_is_an_asker(database: Database, rules: Ruleset) -> None:
    sweeper = put(
        database, rules, {**ASKED, "id": "R1", "summary": "Vraag over offerte 12"}, {**ASKED, "contact": "kees"}
    )
    with database.begin() as conn:
        run = conn.exec_driver_sql
        run(
            "INSERT INTO quotes (id, opportunity, status, total, discount, valid_until, created_at, created_by)"
            " VALUES (12, 'B', 'sent', 1, 0, 1, 1, 'els')"
        )
        run("INSERT INTO opportunity_people VALUES ('A', 'contact', 'kees', 'decider', NULL, 0, 'test')")
    sweeper.sweep("route", NOW)
    assert (request(database, "R1")["deal"], request(database)["deal"]) == ("B", "A")


def test_parents_in_a_circle_end(database: Database, rules: Ruleset) -> None:
    sweeper = put(database, rules, {**ASKED, "account": "zuid"})
    with database.begin() as conn:
        circle: list[dict[str, Value]] = [{"id": "berkhout", "parent": "zuid"}, {"id": "zuid", "parent": "berkhout"}]
        intake_writes.upsert(conn, "account", circle, NOW, "import test.csv")
    sweeper.sweep("route", NOW)
    assert request(database)["deals"] == "A, B"


def test_a_deal_that_another_system_names_is_taken(database: Database, rules: Ruleset) -> None:
    put(database, rules, {**ASKED, "deal": "A"}).sweep("route", NOW)
    assert (request(database)["deal_match"], request(database)["owner"]) == ("same", "daan")


def test_what_is_no_doubt_and_what_is_not_there_is_said(database: Database, rules: Ruleset) -> None:
    put(database, rules, {**ASKED, "summary": "Vraag over de offerte van de saw"}).sweep("route", NOW)
    with database.begin() as conn:
        with pytest.raises(NoDoubt):
            settle(conn, "R", "B", "an", NOW)
        with pytest.raises(UnknownSubject):
            settle(conn, "no", "B", "an", NOW)
