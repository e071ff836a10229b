"""Accounts, contacts, opportunities, activities and people; and telling which of them a file holds."""

from collections.abc import Callable

import pytest

from leadrelay.errors import ImportDoubts, UnreadableFile
from leadrelay.intake.mapping import guess_kind
from leadrelay.leads.fields import Fields
from tests.intake.world import World


def test_accounts(each_world: World) -> None:
    content = (
        "id,name,domain,employees,revenue,owner,flagged\n1,Acme,https://acme.nl,250,€ 1.5M,An Peeters,yes\n,Beta,,,,,\n"
    )
    assert each_world.take(content, "accounts").taken == 2
    found = each_world.one("SELECT * FROM accounts WHERE id = '1'")
    assert (found["domain"], found["employees"], found["revenue"]) == ("acme.nl", 250, 150_000_000)
    assert (found["owner"], bool(found["flagged"])) == ("an", True)
    assert each_world.take(content, "accounts").unchanged == 2


def test_an_account_without_an_id_is_found_by_domain_or_name(world: World) -> None:
    world.take("id,name,domain\n1,Acme,acme.nl\n", "accounts")
    world.take("name,domain,employees\nAcme,acme.nl,9\n", "accounts")
    world.take("name,country\nACME,NL\n", "accounts")
    assert world.one("SELECT id, employees, country FROM accounts") == {"id": "1", "employees": 9, "country": "NL"}


def test_contacts_with_their_account(world: World) -> None:
    world.take("id,name,domain\n1,Acme,acme.nl\n", "accounts")
    content = "name,email,account.name\nJan,jan@acme.nl,\nKim,kim@gmail.com,Acme\nLea,lea@gmail.com,Delta\nMo,m@x.nl,\n"
    assert world.take(content, "contacts").taken == 4
    found = world.rows(
        "SELECT c.name AS who, a.name AS company FROM contacts c LEFT JOIN accounts a ON a.id = c.account ORDER BY 1"
    )
    assert [tuple(one.values()) for one in found] == [("Jan", "Acme"), ("Kim", "Acme"), ("Lea", "Delta"), ("Mo", None)]
    assert world.take(content, "contacts").unchanged == 4


def test_a_contact_without_an_id_is_found_by_its_address(world: World) -> None:
    world.take("id,email,name\n9,jan@acme.nl,Jan\n", "contacts")
    world.take("email,name\nJAN@acme.nl,Jan Smit\n", "contacts")
    assert world.one("SELECT id, name FROM contacts") == {"id": "9", "name": "Jan Smit"}


def test_opportunities_get_contact_and_account_of_their_request(world: World, instant: Callable[[str], int]) -> None:
    world.take("id,summary,contact.email,account.name\n5,x,jan@gmail.com,Acme\n", "requests")
    content = (
        "id,request,name,expected_value,created_at,outcome,closed_at\n"
        '1,5,Deal,"$1,000",2026-01-01,won,2026-02-01\n'
        "2,,Open,5,,,\n"
    )
    assert world.take(content, "opportunities").taken == 2
    request = world.one("SELECT contact, account FROM requests")
    first = world.one("SELECT * FROM opportunities WHERE id = '1'")
    assert {name: first[name] for name in request} == request
    assert (first["expected_value"], first["closed_at"]) == (100_000, instant("2026-02-01"))
    assert first["reason"] == "closed before it was imported"
    assert world.one("SELECT created_at, closed_at FROM opportunities WHERE id = '2'") == {
        "created_at": world.intake.now,
        "closed_at": None,
    }
    assert world.take(content, "opportunities").unchanged == 2


def test_activities_find_their_contact_by_address(each_world: World, instant: Callable[[str], int]) -> None:
    each_world.take("id,email\n9,jan@acme.nl\n", "contacts")
    content = (
        "at,kind,direction,summary,contact.email\n"
        "2026-11-01,Site visit,,page,jan@acme.nl\n"
        "2026-11-02,call,out,hi,new@gmail.com\n"
    )
    assert each_world.take(content, "activities").taken == 2
    found = each_world.one("SELECT at, contact FROM activities WHERE kind = 'site_visit'")
    assert found == {"at": instant("2026-11-01"), "contact": "9"}
    assert len(each_world.rows("SELECT id FROM contacts")) == 2
    assert each_world.take(content, "activities").unchanged == 2


def test_people(each_world: World) -> None:
    content = 'id,name,email,roles,active\n1001,Eve Moe,eve@example.com,"seller, lead",yes\n,Zed,,,no\n'
    assert each_world.take(content, "team").taken == 2
    found = each_world.one("SELECT * FROM people WHERE id = '1001'")
    assert (found["name"], found["roles"]) == ("Eve Moe", '["seller","lead"]')
    assert each_world.take(content, "team").unchanged == 2
    each_world.take("id,summary,owner\n5,x,eve moe\n", "requests")
    assert each_world.one("SELECT owner FROM requests") == {"owner": "1001"}


@pytest.mark.parametrize(
    ("kind", "header", "row", "reason"),
    [
        ("requests", "id,summary", "5,", "nothing in it says what is asked"),
        ("requests", "id,summary,status", "5,x,closed", "a closed request needs an outcome"),
        ("requests", "id,summary,status,outcome", "5,x,open,sales", "an open request has no outcome"),
        ("contacts", "job_title,role", "boss,decider", "a contact needs a name"),
        ("accounts", "industry,country", "steel,NL", "an account needs a name"),
        ("opportunities", "id,name", "5,", "nothing in it says what the opportunity is"),
        ("opportunities", "id,closed_at", "5,2026-01-01", "needs an outcome"),
        ("activities", "kind,summary", "call,x", "needs the time it took place"),
        ("activities", "at,summary", "2026-01-01,x", "needs a kind"),
        ("team", "roles,active", "seller,yes", "a person needs an id"),
    ],
)
def test_a_row_that_says_too_little_is_rejected(world: World, kind: str, header: str, row: str, reason: str) -> None:
    report = world.take(f"{header}\n{row}\n", kind)
    assert (report.rows, report.rejected, report.taken) == (1, 1, 0)
    assert reason in report.rejections[0].reason


@pytest.mark.parametrize(
    ("columns", "stem", "kind"),
    [
        ("id received_at channel contact.email account.name", "x", "requests"),
        ("summary contact.email", "x", "requests"),
        ("id name email phone", "x", "contacts"),
        ("id name domain tier", "x", "accounts"),
        ("opportunity.id opportunity.stage account.name", "x", "opportunities"),
        ("at kind direction person", "x", "activities"),
        ("id name roles pools", "x", "team"),
        ("id name", "x", None),
        ("id name", "accounts", "accounts"),
        ("id owner expected_value", "x", None),
        ("colour size", "requests", None),
    ],
)
def test_a_file_tells_what_it_holds(columns: str, stem: str, kind: str | None) -> None:
    assert guess_kind(columns.split(), stem, Fields()) == kind


def test_a_file_that_could_be_several_things_is_refused(world: World) -> None:
    with pytest.raises(ImportDoubts, match="--as accounts"):
        world.take("id,name\n1,x\n")


def test_a_file_without_a_known_column_is_refused(world: World) -> None:
    for kind in (None, "requests"):
        with pytest.raises(UnreadableFile, match="none of its columns is a field"):
            world.take("id^name^colour\n1^x^red\n", kind)
