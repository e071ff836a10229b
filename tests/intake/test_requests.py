"""Requests with their contact and account: taken, matched, updated, and never reopened."""

from collections.abc import Callable

import pytest

from tests.intake.world import World

HEADER = "id,received_at,channel,kind,summary,contact.name,contact.email,account.name,account.domain\n"


def test_a_row_becomes_a_request_with_its_contact_and_account(each_world: World, instant: Callable[[str], int]) -> None:
    report = each_world.take(
        HEADER + "7,2026-11-20 09:12,Web form,renewal,a new lathe,Jan Smit,Jan@Acme.nl,Acme NV,www.acme.nl\n"
    )
    assert report.as_dict() == {
        "file": str(each_world.folder / "in.csv"),
        "as": "requests",
        "rows": 1,
        "taken": 1,
        "rejected": 0,
        "unchanged": 0,
        "rejections": [],
        "unknown_columns": [],
    }
    request = each_world.one("SELECT * FROM requests")
    contact = each_world.one("SELECT * FROM contacts")
    account = each_world.one("SELECT * FROM accounts")
    assert (request["id"], request["status"], request["channel"], request["match"]) == ("7", "open", "web_form", "new")
    assert request["received_at"] == instant("2026-11-20 09:12")
    assert (request["contact"], request["account"]) == (contact["id"], account["id"])
    assert (contact["email"], contact["account"]) == ("Jan@Acme.nl", account["id"])
    assert (account["name"], account["domain"]) == ("Acme NV", "acme.nl")


def test_importing_the_same_again_changes_nothing(each_world: World) -> None:
    content = HEADER + "1,,phone,,x,Jan,jan@acme.nl,Acme,\n,,email,,no id,Piet,piet@gmail.com,,\n"
    assert each_world.take(content).taken == 2
    before = each_world.rows("SELECT * FROM history")
    report = each_world.take(content)
    assert (report.rows, report.taken, report.unchanged) == (2, 0, 2)
    assert each_world.rows("SELECT * FROM history") == before


MATCHES = [
    # what is known (contact mail and account, accounts as id/name/domain); the row; account of the request, match
    ("an address", "jan@acme.nl,", "1", "same"),
    ("an address in capitals", "JAN@ACME.NL,", "1", "same"),
    ("a colleague's address", "piet@acme.nl,", "1", "same"),
    ("the exact name", "new@gmail.com,ACME  nv", "1", "same"),
    ("a free mail address says nothing", "new@gmail.com,", None, "new"),
    ("a name that stands there twice", "new@gmail.com,Twin", "3", "doubt"),
    ("the address of one, the name of another", "jan@acme.nl,Beta BV", "1", "doubt"),
    ("the domain of one, the name of another", "piet@acme.nl,Beta BV", "1", "doubt"),
    ("the domain of one, an unknown name", "piet@acme.nl,Gamma", "1", "doubt"),
    ("the name of one, another domain", "kees@elsewhere.nl,Beta BV", "2", "doubt"),
]


@pytest.mark.parametrize(("cells", "account", "match"), [one[1:] for one in MATCHES], ids=[one[0] for one in MATCHES])
def test_accounts_are_matched(world: World, cells: str, account: str | None, match: str) -> None:
    world.take("id,name,domain\n1,Acme NV,acme.nl\n2,Beta BV,beta.nl\n3,Twin,t1.nl\n4,Twin,t2.nl\n", "accounts")
    world.take("id,name,email,account\n9,Jan,jan@acme.nl,1\n", "contacts")
    world.take(f"id,summary,contact.email,account.name\n5,x,{cells}\n", "requests")
    assert world.one("SELECT account, match FROM requests") == {"account": account, "match": match}
    assert len(world.rows("SELECT id FROM accounts")) == 4


def test_the_named_account_counts_when_the_contact_is_known_at_another(world: World) -> None:
    world.take("id,name\n1,Acme\n2,Beta\n", "accounts")
    world.take("id,email,account\n9,jan@gmail.com,1\n", "contacts")
    world.take("id,summary,contact.email,account.name\n5,x,jan@gmail.com,beta\n6,y,jan@gmail.com,Gamma\n", "requests")
    assert [one["match"] for one in world.rows("SELECT match FROM requests ORDER BY id")] == ["doubt", "doubt"]
    assert world.one("SELECT account FROM requests WHERE id = '5'") == {"account": "2"}
    assert world.one("SELECT name FROM accounts WHERE id NOT IN ('1', '2')") == {"name": "Gamma"}
    assert world.one("SELECT account FROM contacts") == {"account": "1"}


def test_a_known_contact_gives_the_request_its_account(world: World) -> None:
    world.take("id,email,account.id,account.name\n9,jan@gmail.com,1,Acme\n", "contacts")
    world.take("id,summary,contact.email\n5,x,Jan@gmail.com\n", "requests")
    assert world.one("SELECT contact, account, match FROM requests") == {
        "contact": "9",
        "account": "1",
        "match": "same",
    }


def test_ids_win_and_may_stand_in_either_column(world: World) -> None:
    world.take("id,name\n1,Acme\n2,Beta\n", "accounts")
    world.take("id,summary,account.id,contact\n5,x,2,9\n", "requests")
    world.take("id,summary,account,contact.id,contact.name\n6,x,1,10,Kim\n", "requests")
    found = world.rows("SELECT id, contact, account, match FROM requests ORDER BY id")
    assert [tuple(one.values()) for one in found] == [("5", "9", "2", "same"), ("6", "10", "1", "same")]
    assert world.one("SELECT name, account FROM contacts") == {"name": "Kim", "account": "1"}


def test_blanks_do_not_overwrite_and_carried_values_only_fill(world: World) -> None:
    world.take("id,name,email,phone\n9,Jan,jan@gmail.com,\n", "contacts")
    world.take("id,summary,contact.email,contact.name,contact.phone\n5,x,jan@gmail.com,J.,06\n", "requests")
    assert world.one("SELECT name, phone FROM contacts") == {"name": "Jan", "phone": "06"}
    world.take("id,summary,channel\n5,,phone\n", "requests")
    assert world.one("SELECT summary, channel FROM requests") == {"summary": "x", "channel": "phone"}
    world.take("id,summary,contact.id,contact.name\n5,x,9,Jan Smit\n", "requests")
    assert world.one("SELECT name FROM contacts") == {"name": "Jan Smit"}


def test_a_later_row_with_the_same_id_wins(world: World) -> None:
    report = world.take("id,summary,channel\n5,first,phone\n5,second,\n", "requests")
    assert (report.rows, report.taken, report.unchanged) == (2, 2, 0)
    assert world.one("SELECT summary, channel FROM requests") == {"summary": "second", "channel": "phone"}
    assert world.take("id,summary,channel\n5,first,phone\n5,second,\n", "requests").unchanged == 2


def test_rows_of_different_chunks_find_each_other(world: World) -> None:
    rows = "".join(f"{number},x,p{number % 2}@acme.nl,Acme\n" for number in range(7))
    world.with_chunk(2).take("id,summary,contact.email,account.name\n" + rows, "requests")
    assert len(world.rows("SELECT id FROM contacts")) == 2
    assert len(world.rows("SELECT id FROM accounts")) == 1


def test_what_rules_did_since_is_not_undone_by_the_same_file(each_world: World) -> None:
    content = "id,summary,status,owner\n5,x,open,an\n"
    each_world.take(content, "requests")
    with each_world.intake.database.begin() as conn:
        from leadrelay.store.intake_writes import upsert

        row = {"id": "5", "status": "closed", "outcome": "marketing", "reason": "cold", "owner": "dirk"}
        upsert(conn, "request", [row], each_world.intake.now + 1, "rule")
    assert each_world.take(content, "requests").unchanged == 1
    assert each_world.one("SELECT status, owner FROM requests") == {"status": "closed", "owner": "dirk"}
    changed = each_world.take("id,summary,status,owner,referrer\n5,y,open,an,Jan\n", "requests")
    assert changed.taken == 1
    assert each_world.one("SELECT status, summary, owner, referrer FROM requests") == {
        "status": "closed",
        "summary": "x",  # what was asked stays as it was asked (M13)
        "owner": "dirk",
        "referrer": "Jan",
    }


def test_a_closed_request_is_never_reopened(world: World) -> None:
    world.take("id,summary,status,outcome\n5,x,closed,sales\n", "requests")
    report = world.take("id,summary,status\n5,again,open\n6,other,open\n", "requests")
    assert (report.taken, report.rejected) == (1, 1)
    assert "never reopened" in report.rejections[0].reason
    assert world.one("SELECT status, summary FROM requests WHERE id = '5'") == {"status": "closed", "summary": "x"}


def test_closed_requests_have_a_reason_and_a_time(world: World, instant: Callable[[str], int]) -> None:
    world.take("id,received_at,summary,outcome\n5,2026-01-05 10:00,x,order\n", "requests")
    found = world.one("SELECT status, outcome, reason, closed_at FROM requests")
    assert found == {
        "status": "closed",
        "outcome": "order",
        "reason": "closed before it was imported",
        "closed_at": instant("2026-01-05 10:00"),
    }


def test_an_open_request_may_be_closed_by_a_later_file(world: World) -> None:
    world.take("id,summary\n5,x\n", "requests")
    assert world.take("id,outcome,reason\n5,archived,spam\n", "requests").taken == 1
    found = world.one("SELECT status, outcome, reason FROM requests")
    assert found == {"status": "closed", "outcome": "archived", "reason": "spam"}


def test_without_a_time_a_request_came_in_now(world: World) -> None:
    world.take("id,summary\n5,x\n", "requests")
    assert world.one("SELECT received_at FROM requests") == {"received_at": world.intake.now}


def test_owners_may_be_named_by_name_or_address(world: World) -> None:
    report = world.take(
        "id,summary,owner\n1,x,An  Peeters\n2,x,AN@example.com\n3,x,dirk\n4,x,Somebody Else\n", "requests"
    )
    found = [one["owner"] for one in world.rows("SELECT owner FROM requests ORDER BY id")]
    assert found == ["an", "an", "dirk", "Somebody Else"]
    assert report.notes == ["not in the team, and kept as they stand: Somebody Else; import them --as team"]


def test_own_fields_go_by_their_short_or_full_name(world: World) -> None:
    world.take("id,summary,machine_type,request.extra.deadline_at\n5,x,Lathe,2026-12-01\n", "requests")
    assert '"machine_type":"lathe"' in world.one("SELECT extra FROM requests")["extra"]


def test_unknown_columns_are_named_once_and_left_out(world: World) -> None:
    report = world.take("id,summary,Colour,colour (2),contact.shoe\n1,x,red,,44\n2,y,blue,,45\n", "requests")
    assert report.unknown_columns == ["Colour", "colour (2)", "contact.shoe"]
    assert report.taken == 2
