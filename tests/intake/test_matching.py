"""Who asks: near names in the database, doubts that people settle, merges and their undoing."""

from typing import Any
from unittest.mock import ANY

import pytest

from leadrelay.act.merge import merge, undo
from leadrelay.act.settle_match import settle
from leadrelay.errors import CannotMerge, CannotUndo, NoDoubt
from leadrelay.intake.lookup import duplicates, find
from leadrelay.matching.policy import MatchPolicy
from leadrelay.store import match_index
from tests.intake.world import World

ACCOUNTS = "id,name,domain\n1,Noordzee Kranen B.V.,noordzee.nl\n2,Philips,\n3,Müller Maschinenbau GmbH,mueller.de\n"
NOW = 1_800_000_000_000_000
STATE = ("requests", "contacts", "accounts", "opportunities", "activities", "memberships", "match_keys")


def take(world: World, name: str, request: str = "5") -> dict[str, Any]:
    world.take(f"id,summary,contact.email,account.name\n{request},x,p{request}@gmail.com,{name}\n", "requests")
    return world.one(f"SELECT account, match, contact FROM requests WHERE id = '{request}'")


@pytest.mark.parametrize(
    ("name", "account", "match"),
    [
        ("noordzee-kranen", "1", "same"),
        ("Noordzee Kraanen BV", "1", "same"),
        ("Mueller Maschinenbau", "3", "same"),
        ("Philips Eindhoven", "2", "doubt"),
        ("Noordzee Visserij", None, "new"),
    ],
)
def test_near_names_are_found(each_world: World, name: str, account: str | None, match: str) -> None:
    each_world.take(ACCOUNTS, "accounts")
    found = take(each_world, name)
    assert found["match"] == match
    assert account is None or found["account"] == account


def test_a_city_behind_a_name_is_left_out_unless_it_tells_branches_apart(world: World) -> None:
    names = ("Dijkstra Pompen BV", "Zandstra Luiken Gent", "Zandstra Luiken", "Hoekstra Kranen")
    world.take("id,name\n" + "".join(f"{at},{name}\n" for at, name in enumerate(names, 1)), "accounts")
    assert take(world, "Dijkstra Pompen (Zwolle)") == {"account": "1", "match": "same", "contact": ANY}
    assert take(world, "Zandstra Luiken (Luik)", "6")["match"] == "doubt"
    assert take(world, "Zandstra Luiken - Gent", "7") == {"account": "2", "match": "same", "contact": ANY}
    assert take(world, "Hoekstra Kranen Solutions", "8")["account"] == "4"


def test_a_row_finds_what_an_earlier_row_of_its_chunk_brought(world: World) -> None:
    rows = "5,x,a@gmail.com,Zeeland Staal BV\n6,y,b@gmail.com,zeeland staal\n"
    world.take("id,summary,contact.email,account.name\n" + rows, "requests")
    assert len(world.rows("SELECT id FROM accounts")) == 1


def test_who_gives_no_address_is_known_by_name_and_number(world: World) -> None:
    world.take("id,name,email,phone\n9,Jan Smit,jan@acme.nl,+31201234567\n", "contacts")
    rows = "5,x,Smit Jan,+31 20 123 4567\n6,y,Piet Smit,+31 20 123 4567\n"
    world.take("id,summary,contact.name,contact.phone\n" + rows, "requests")
    first, second = world.rows("SELECT contact FROM requests ORDER BY id")
    assert first["contact"] == "9"
    assert second["contact"] != "9"


def test_a_renamed_account_is_found_under_its_new_name_alone(world: World) -> None:
    world.take(ACCOUNTS, "accounts")
    world.take("id,name\n1,Zuiderzee Takels\n", "accounts")
    assert take(world, "Zuiderzee Takels BV")["account"] == "1"
    assert take(world, "Noordzee Kraanen", "6")["match"] == "new"


def test_a_database_of_before_is_filed_by_the_first_import(each_world: World) -> None:
    each_world.take(ACCOUNTS, "accounts")
    filed = each_world.rows("SELECT * FROM match_keys ORDER BY key, subject")
    each_world.run_sql("DELETE FROM match_keys")
    each_world.run_sql("DELETE FROM match_index")
    assert take(each_world, "Noordzee Kraanen")["account"] == "1"
    again = each_world.rows("SELECT * FROM match_keys WHERE subject LIKE 'account/%' ORDER BY key, subject")
    assert again == filed


def test_a_common_name_is_found_however_many_have_it(world: World) -> None:
    rows = "".join(f"{number},Jansen Bouw\n" for number in range(match_index.MOST + 20))
    world.take("id,name\n" + rows, "accounts")
    assert take(world, "Jansen Bouw B.V.")["match"] == "doubt"


def test_a_doubt_is_settled_once(each_world: World) -> None:
    each_world.take(ACCOUNTS, "accounts")
    take(each_world, "Philips Eindhoven")
    each_world.run_sql("UPDATE requests SET triage = 'doubt'")
    with each_world.intake.database.begin() as conn:
        assert settle(conn, "5", None, "an", NOW) == "a-request-5"
    assert each_world.one("SELECT match, account, triage FROM requests") == {
        "match": "new",
        "account": "a-request-5",
        "triage": None,
    }
    assert each_world.one("SELECT name FROM accounts WHERE id = 'a-request-5'") == {"name": "Philips Eindhoven"}
    assert each_world.one("SELECT account FROM contacts") == {"account": "a-request-5"}
    assert each_world.rows("SELECT id FROM history WHERE cause = 'person an' AND subject = 'request/5'")
    with each_world.intake.database.begin() as conn, pytest.raises(NoDoubt):
        settle(conn, "5", "2", "dirk", NOW)


def state(world: World) -> dict[str, list[dict[str, Any]]]:
    return {table: world.rows(f"SELECT * FROM {table} ORDER BY 1, 2") for table in STATE}


def test_a_merge_leads_to_the_first_and_is_undone_exactly(each_world: World) -> None:
    world = each_world
    world.take("id,name,parent\n1,Acme,\n2,Zenith Works,\n3,Daughter,2\n", "accounts")
    world.take("id,email,account\n9,jan@zenith.nl,2\n8,kim@acme.nl,1\n", "contacts")
    world.take("id,summary,account\n5,x,2\n", "requests")
    before = state(world)
    with world.intake.database.begin() as conn:
        done = merge(conn, "account", "1", "2", "an", NOW)
        with pytest.raises(CannotMerge):
            merge(conn, "account", "3", "2", "an", NOW)
    assert world.one("SELECT account FROM requests WHERE id = '5'") == {"account": "1"}
    assert world.one("SELECT parent FROM accounts WHERE id = '3'") == {"parent": "1"}
    with world.intake.database.begin() as conn:
        undo(conn, done.id, "an", NOW)
        with pytest.raises(CannotUndo):
            undo(conn, done.id, "an", NOW)
    assert state(world) == before


def test_the_name_of_what_was_merged_goes_on_leading_to_the_first(world: World) -> None:
    world.take("id,name,domain\n1,Acme,\n2,Zenith Works,zenith.nl\n", "accounts")
    with world.intake.database.begin() as conn:
        merge(conn, "account", "1", "2", "an", NOW)
    assert take(world, "Zenith Works BV")["account"] == "1"
    world.take("id,summary,contact.email\n6,y,piet@zenith.nl\n", "requests")
    assert world.one("SELECT account, match FROM requests WHERE id = '6'") == {"account": "1", "match": "same"}


def test_questions_of_people_are_answered_by_the_index(each_world: World) -> None:
    each_world.take(ACCOUNTS + "4,Noordzee Kraanen,\n", "accounts")
    with each_world.intake.database.read() as conn:
        answer = find(conn, {"name": "Noordzee Kranen"}, MatchPolicy(), ())
        doubles = duplicates(conn, MatchPolicy(), ())
    assert [one.account.id for one in answer.accounts] == ["1", "4"]
    assert [(one.account.id, one.other.account.id) for one in doubles] == [("1", "4")]
