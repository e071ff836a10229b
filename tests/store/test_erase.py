"""Somebody is taken out of every table, on both databases, whatever they were called; others stay as they were."""

from typing import Any

import orjson
import pytest
from sqlalchemy import insert, select

from leadrelay.act.merge import merge
from leadrelay.clock import HOUR, parse_time
from leadrelay.leads.effects import NewTask
from leadrelay.leads.mailbox import contact_id_made_of
from leadrelay.store import matches, seconds, tasks
from leadrelay.store.activities import upsert_activities
from leadrelay.store.addresses import standing_of
from leadrelay.store.database import Database
from leadrelay.store.erase import erase, named_in_rules
from leadrelay.store.intake_writes import upsert
from leadrelay.store.persons import everything, person_at
from leadrelay.store.schema import contacts, decisions, messages, requests, rulesets
from leadrelay.store.schema_round_trip import answered_calls, foreign_ids
from leadrelay.store.tables import metadata
from leadrelay.zone import zone_of

NOW = parse_time("2026-11-20 09:13", zone_of("Europe/Amsterdam"))
ADDRESS = "sanne.de_vries@bücher.example"
ASCII = "sanne.de_vries@xn--bcher-kva.example"
OTHER = "xsanne.de_vries@bücher.example"
MADE = contact_id_made_of(ADDRESS)
WORDS = ("sanne.de_vries", "Sanne de Vries", "+31 26 555 0142", "sanne@home.example", "Sanne Jansen", MADE)


@pytest.fixture
def lived(database: Database) -> Database:
    """Somebody who asked, was written to, changed names and addresses, was merged and is known elsewhere."""
    with database.begin() as conn:
        person: dict[str, Any] = {"id": MADE, "name": "Sanne Jansen", "email": "sanne@home.example", "role": "decider"}
        upsert(conn, "contact", [person], NOW - 9 * HOUR, "import a.csv")
        news = {"id": MADE, "name": "Sanne de Vries", "email": f" {ADDRESS.upper()} ", "phone": "+31 26 555 0142"}
        upsert(conn, "contact", [{**news, "extra.remark": "plays golf"}], NOW - 8 * HOUR, f"import {ADDRESS}.csv")
        upsert(conn, "contact", [{"id": "old", "email": ASCII, "name": "S. de Vries"}], NOW, "import b.csv")
        merge(conn, "contact", MADE, "old", "an", NOW)
        other = {"id": "4", "name": "Sanne de Vries", "email": OTHER, "extra.remark": "plays tennis"}
        upsert(conn, "contact", [other], NOW, "import a.csv")
        asked = {"summary": f"Please call Sanne de Vries, {ADDRESS}", "kind": "renewal", "contact": MADE}
        upsert(conn, "request", [{"id": "42", "received_at": NOW, **asked}], NOW, "import a.csv")
        upsert(
            conn, "request", [{"id": "43", "summary": "Sanne de Vries of the other company", "contact": "4"}], NOW, "x"
        )
        noted = {"id": "v1", "at": NOW, "kind": "call", "summary": "Sanne is ill", "contact": MADE}
        upsert_activities(conn, [noted], NOW, "import a.csv")
        matches.add(conn, [matches.Match("42", NOW, "new", None, {"contact.email": ADDRESS, "name": "B"})])
        seconds.settle(conn, MADE, "sanne@home.example", True, "person an", NOW)
        task = NewTask(
            f"contact/{MADE}", "an", "call Sanne de Vries on +31 26 555 0142", NOW, "k1", f"r|contact/{MADE}|1|0"
        )
        tasks.add(conn, [task], NOW)
        key = f"r|contact/{MADE}|1|0"
        decided = {
            "at": NOW,
            "flow": "nurture",
            "rulebook": "r",
            "rule": "r",
            "rule_key": "r",
            "episode": 1,
            "step": "0",
        }
        more = {"ruleset": 1, "mode": "live", "history_id": 1, "actions": f'[{{"task": "call {ADDRESS}"}}]'}
        conn.execute(insert(decisions).values(key=key, subject=f"contact/{MADE}", **decided, **more))
        said = {"at": NOW, "language": "nl", "template": "t", "urgency": "now", "decision": key, "address": ADDRESS}
        about = f"contact/{MADE}"
        told = {"key": f"{key}|t|{about}", "to": about, "subject": about, "reason": f"Sanne de Vries <{ADDRESS}>"}
        conn.execute(insert(messages).values(**said, **told))
        holds = {
            "subject": about,
            "map": "m",
            "system": "crm",
            "foreign_id": "003",
            "holds": f'{{"Email": "{ADDRESS}"}}',
        }
        conn.execute(insert(foreign_ids).values(at=NOW, **holds))
        conn.execute(insert(answered_calls).values(key="k", at=NOW, digest="d", status=200, answer=f"no {ADDRESS}"))
    return database


def texts(database: Database) -> str:
    """Every value of every table, as text."""
    with database.read() as conn:
        rows = [row for table in metadata.sorted_tables for row in conn.execute(select(table)).all()]
    return "\n".join(sorted(str(tuple(row)) for row in rows))


def forget(database: Database, written: str = ADDRESS) -> dict[str, int]:
    with database.begin() as conn:
        person = person_at(conn, written)
        return dict(erase(conn, person, {"contact.extra.remark"}, NOW).rows)


@pytest.mark.parametrize("written", [ADDRESS, f" {ASCII.upper()}", "sanne@home.example"])
def test_nothing_of_them_is_left_in_any_table(lived: Database, written: str) -> None:
    with lived.read() as conn:
        person = person_at(conn, written)
        assert set(person.contacts) == {MADE, "old"} and person.requests == ("42",)
        found = everything(conn, person)
    assert {"contacts", "requests", "activities", "messages", "decisions", "tasks", "matches"} <= found.keys()
    forget(lived, written)
    left = texts(lived).replace(OTHER, "").replace("Sanne de Vries of the other", "")
    for word in (*WORDS, "Sanne is ill", "golf", "S. de Vries"):
        count = left.lower().count(word.lower())
        assert count == (2 if word == "Sanne de Vries" else 0), (word, count)  # the other Sanne and her history


def test_others_and_figures_stay_as_they_were(lived: Database) -> None:
    forget(lived)
    with lived.read() as conn:
        other = conn.execute(select(contacts).where(contacts.c.id == "4")).one()
        asked = conn.execute(select(requests).where(requests.c.id == "42")).one()
        who = conn.execute(select(contacts).where(contacts.c.id == asked.contact)).one()
    assert (other.name, other.email, orjson.loads(other.extra)) == ("Sanne de Vries", OTHER, {"remark": "plays tennis"})
    assert (asked.kind, asked.received_at, asked.summary) == ("renewal", NOW, None)
    assert (who.name, who.email, who.role, who.extra) == (None, None, "decider", "{}")


def test_the_objection_is_all_that_is_kept_and_holds_for_every_address(lived: Database) -> None:
    forget(lived)
    with lived.read() as conn:
        for written in (ADDRESS, ASCII.upper(), "sanne@home.example"):
            found = standing_of(conn, written)
            assert found.objected_at == found.forgotten_at == NOW
        assert standing_of(conn, OTHER).forgotten_at is None


def test_forgetting_again_and_whom_nobody_knows_changes_nothing(lived: Database) -> None:
    forget(lived)
    before = texts(lived)
    forget(lived)
    assert texts(lived) == before
    assert forget(lived, "nobody@x.example") == {}


def test_versions_of_the_rules_are_told_and_left(lived: Database) -> None:
    with lived.begin() as conn:
        files = f'{{"rules/lists/a.yaml": "- {ADDRESS}"}}'
        conn.execute(insert(rulesets).values(digest="d", live_at=NOW, files=files, cause="test"))
        person = person_at(conn, ADDRESS)
        assert named_in_rules(conn, person) == ["rulesets.files"]
