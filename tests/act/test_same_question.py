"""The same question twice within minutes is one request (M3): linked, closed, counted once, taken back by a person."""

from pathlib import Path

import pytest

from leadrelay.act.same_question import part
from leadrelay.act.sweep import Sweeper
from leadrelay.clock import MINUTE
from leadrelay.errors import NoDoubt
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Value
from leadrelay.project import read_files
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda, intake_writes, rulesets
from leadrelay.store.database import Database
from leadrelay.store.facts import Reader
from leadrelay.store.past import facts_at
from tests.act.builders import NOW

SHIPPED = Path(__file__).parents[2]
SAID = "Wij zoeken een nieuwe zaag voor de hal in Zwolle, kunt u ons bellen?"
FIRST: dict[str, Value] = {"id": "1", "contact": "piet", "account": "vos", "summary": SAID, "received_at": NOW - MINUTE}


@pytest.fixture(scope="module")
def rules() -> Ruleset:
    return load(read_files(SHIPPED), proofread=False).ruleset


def put(database: Database, rules: Ruleset, *requests: dict[str, Value]) -> Sweeper:
    with database.begin() as conn:
        rulesets.put_live(conn, "shipped", {}, NOW, "test")
        agenda.touch_all(conn, rules, NOW)
        intake_writes.upsert(conn, "account", [{"id": "vos"}], NOW, "import test.csv")
        intake_writes.upsert(conn, "contact", [{"id": "piet", "account": "vos"}, {"id": "wil"}], NOW, "import test.csv")
        intake_writes.upsert(conn, "request", requests, NOW, "import test.csv")
    sweeper = Sweeper(database, rules)
    sweeper.sweep("route", NOW)
    return sweeper


def request(database: Database, name: str = "2") -> dict[str, Value]:
    with database.read() as conn:
        return intake_writes.stored_of(conn, "request", {name})[name]


SAME = {
    "a double click": {},
    "in the same moment": {"received_at": NOW - MINUTE},
    "a form, and then a mail": {"channel": "email", "summary": f"  {SAID.upper()}\n"},
    "one letter mended": {"summary": SAID.replace("hal ", "hall ")},
    "nine minutes later": {"received_at": NOW + 8 * MINUTE},
    "the form says other": {"kind": "other"},
}
OTHER = {
    "somebody else": {"contact": "wil"},
    "nobody known": {"contact": None},
    "other words": {"summary": "Waar blijft de offerte van vorige week?"},
    "of another product": {"product": "lathe"},
    "of another kind": {"kind": "renewal"},
    "eleven minutes later": {"received_at": NOW + 10 * MINUTE + 1},
    "without words": {"summary": None},
}


@pytest.mark.parametrize("values", SAME.values(), ids=SAME)
def test_the_second_is_linked_and_closed_and_counted_once(
    sqlite_database: Database, rules: Ruleset, values: dict[str, Value]
) -> None:
    put(sqlite_database, rules, {**FIRST, "product": "saw"}, {**FIRST, "id": "2", "received_at": NOW, **values})
    found = request(sqlite_database)
    assert (found["same_as"], found["status"], found["outcome"]) == ("1", "closed", "archived")
    assert found["owner"] is None and found["triage"] is None and "a moment before" in str(found["reason"])
    assert request(sqlite_database, "1")["status"] == "open"
    later = NOW + 9 * MINUTE
    with sqlite_database.read() as conn:
        slots = Slots.of(["contact.id", "contact.requests_12m", "account.requests_12m"])
        assert Reader("contact", slots).of(conn, ["piet"], later) == [["piet", 1, 1]]
        facts = facts_at(conn, "contact/piet", later)
    assert facts is not None and facts["contact.requests_12m"] == 1


@pytest.mark.parametrize("values", OTHER.values(), ids=OTHER)
def test_another_question_is_another_request(
    sqlite_database: Database, rules: Ruleset, values: dict[str, Value]
) -> None:
    first = {**FIRST, "product": "saw", "kind": "new_project"}
    put(sqlite_database, rules, first, {**FIRST, "id": "2", "received_at": NOW, **values})
    assert request(sqlite_database)["same_as"] is None and request(sqlite_database)["status"] == "open"


def test_all_later_ones_are_the_first_one(database: Database, rules: Ruleset) -> None:
    put(database, rules, FIRST, *({**FIRST, "id": str(number), "received_at": NOW} for number in (2, 3)))
    assert [request(database, name)["same_as"] for name in "123"] == [None, "1", "1"]


def test_a_person_takes_it_back_and_it_stays_so(database: Database, rules: Ruleset) -> None:
    sweeper = put(database, rules, FIRST, {**FIRST, "id": "2", "received_at": NOW})
    with database.begin() as conn:
        assert part(conn, "2", "an", NOW + 1) == "1"
        with pytest.raises(NoDoubt):
            part(conn, "2", "an", NOW + 1)
    sweeper.sweep("route", NOW + 1)
    found = request(database)
    assert (found["same_as"], found["status"], found["outcome"], found["triage"]) == (None, "open", None, "new")


def test_zero_minutes_turn_it_off(sqlite_database: Database) -> None:
    files = dict(read_files(SHIPPED))
    files["rules/matching.yaml"] = files["rules/matching.yaml"].replace("repeat_minutes: 10", "repeat_minutes: 0")
    put(sqlite_database, load(files, proofread=False).ruleset, FIRST, {**FIRST, "id": "2", "received_at": NOW})
    assert request(sqlite_database)["same_as"] is None
