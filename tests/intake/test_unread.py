"""A request is never refused for an optional field: what cannot be read is kept as text, times that cannot be too."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from leadrelay.clock import HOUR, iso, parse_time
from leadrelay.intake.rows import Cells, Table
from leadrelay.report.export import cell
from leadrelay.store.database import Database
from tests.intake.world import ZONE, World, world_of


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return world_of(database, tmp_path)


def later(world: World, hours: float) -> World:
    return World(replace(world.intake, now=world.intake.now + int(hours * HOUR)), world.folder)


@pytest.mark.parametrize(
    ("header", "cell", "kept", "unread"),
    [
        ("contact.email", "jan@acme.nl; piet@acme.nl", "jan@acme.nl", "contact.email: jan@acme.nl; piet@acme.nl"),
        ("contact.email", "jan@acme.nl of piet@acme.nl", "jan@acme.nl", "contact.email: jan@acme.nl of piet@acme.nl"),
        ("contact.email", "jan@acme.nl (prive)", "jan@acme.nl", "contact.email: jan@acme.nl (prive)"),
        ("contact.email", '"jan smit"@acme.nl', '"jan smit"@acme.nl', None),
        ("contact.email", "jan@acme", "jan@acme", None),
        ("contact.email", "jan@@acme.nl", None, "contact.email: jan@@acme.nl"),
        ("contact.email", "jan@acme.nl.", "jan@acme.nl", None),
        ("request.expected_value", "about 5k", None, "request.expected_value: about 5k"),
        ("request.expected_value", "5 tot 10 mille", None, "request.expected_value: 5 tot 10 mille"),
        ("request.expected_value", "-500", None, "request.expected_value: -500"),
        ("account.employees", "-3", None, "account.employees: -3"),
        ("account.employees", "50 à 60", None, "account.employees: 50 à 60"),
        ("account.domain", "zie acme.nl/over ons", None, "account.domain: zie acme.nl/over ons"),
    ],
)
def test_what_cannot_be_read_is_kept_as_text(
    header: str, cell: str, kept: Any, unread: str | None, world: World
) -> None:
    quoted = cell.replace('"', '""')
    report = world.take(f'id,summary,contact.name,account.name,{header}\n1,A lathe,Jan,Acme,"{quoted}"\n', "requests")
    assert (report.taken, report.rejected, report.unread) == (1, 0, int(unread is not None))
    assert world.one("SELECT unread FROM requests")["unread"] == unread
    entity, _, name = header.partition(".")
    assert world.one(f"SELECT {name} FROM {entity}s")[name] == kept


def test_a_long_text_is_cut_and_said(world: World) -> None:
    report = world.take(f"id,summary\n1,{'x' * 25_000}\n", "requests")
    assert (report.taken, report.unread) == (1, 1)
    found = world.one("SELECT summary, unread FROM requests")
    assert (len(found["summary"]), found["unread"][:12]) == (20_000, "summary: xxx")


def test_what_steers_is_not_guessed_in_a_file(world: World) -> None:
    report = world.take("id,summary,status,outcome\n1,x,open,\n2,x,half,\n3,x,,perhaps\n", "requests")
    assert [one.line for one in report.rejections] == [3, 4]


def test_another_door_refuses_no_request_for_what_it_can_do_without(world: World) -> None:
    rows = [Cells(1, ["A lathe", "a wish", "lots", "perhaps", "nobody"])]
    table = Table(("summary", "kind", "expected_value", "prompted", "contact.email"), 1, lambda: iter(rows))
    report = world.intake.take_table("api", table, "requests", None)
    assert (report.taken, report.rejected) == (1, 0)
    unread = world.one("SELECT unread FROM requests")["unread"].splitlines()
    assert unread == ["kind: a wish", "expected_value: lots", "prompted: perhaps", "contact.email: nobody"]


@pytest.mark.parametrize("said", ["2029-01-01 09:00", "1926-05-05 09:00", "2026-11-21 09:00:01"])
def test_a_time_that_cannot_be_is_taken_as_now_and_flagged(said: str, world: World) -> None:
    report = world.take(f"id,summary,received_at\n1,x,{said}\n", "requests")
    found = world.one("SELECT received_at, unread FROM requests")
    assert (report.taken, found["received_at"]) == (1, world.intake.now)
    assert found["unread"].startswith("request.received_at: ") and "it lies" in found["unread"]


@pytest.mark.parametrize("said", ["2026-11-21 08:59", "1990-01-01 09:00"])
def test_a_time_that_may_be_is_kept(said: str, world: World) -> None:
    world.take(f"id,summary,received_at\n1,x,{said}\n", "requests")
    found = world.one("SELECT received_at, unread FROM requests")
    assert (found["received_at"], found["unread"]) == (parse_time(said, ZONE), None)


def test_the_first_answer_cannot_lie_ahead_either(world: World) -> None:
    world.take("id,summary,first_response_at,closed_at,outcome\n1,x,2031-01-01,2031-01-01,archived\n", "requests")
    found = world.one("SELECT first_response_at, closed_at, unread FROM requests")
    assert found["first_response_at"] is None and found["closed_at"] == world.intake.now
    assert len(found["unread"].splitlines()) == 2


def test_rows_about_others_are_at_fault(world: World) -> None:
    report = world.take("id,kind,at,account.name\n1,call,2031-01-01,Acme\n", "activities")
    assert [(one.column, one.reason) for one in report.rejections] == [("activity.at", "it lies ahead")]


def test_an_offset_is_of_whole_minutes() -> None:
    assert iso(parse_time("1926-05-05 09:00", ZONE), ZONE) == "1926-05-05T08:40:28+00:00"
    assert iso(parse_time("2026-05-05 09:00", ZONE), ZONE) == "2026-05-05T09:00:00+02:00"


def test_the_same_words_two_weeks_later_are_a_new_request(world: World) -> None:
    row = "summary,contact.email\nBel mij,jan@acme.nl\n"
    assert world.take(row, "requests").taken == 1
    again = later(world, 0.5).take(row, "requests")
    assert (again.taken, again.unchanged, again.repeats) == (0, 1, 1)
    assert any("repeats" in note for note in again.notes)
    for days in (14, 28):
        assert later(world, days * 24).take(row, "requests").taken == 1
        assert later(world, days * 24 + 1).take(row, "requests").taken == 0
    assert len(world.rows("SELECT id FROM requests")) == 3


def test_the_window_is_exact(world: World) -> None:
    row = "summary\nBel mij\n"
    world.take(row, "requests")
    assert later(world, 24 - 1 / 3600).take(row, "requests").taken == 0
    assert later(world, 24).take(row, "requests").taken == 1


def test_the_same_row_twice_in_a_file_is_one_request(world: World) -> None:
    report = world.take("summary\nBel mij\nBel mij\nBel Piet\n", "requests")
    assert (report.rows, report.taken, report.unchanged, report.repeats) == (3, 2, 1, 1)


def test_a_row_that_says_when_it_came_is_known_by_that(world: World) -> None:
    row = "summary,received_at\nBel mij,2026-11-20 08:00\n"
    world.take(row, "requests")
    assert later(world, 24 * 30).take(row, "requests").unchanged == 1


def test_an_umlaut_domain_is_a_domain(world: World) -> None:
    world.take("id,summary,contact.email\n1,x,jan@müller-käse.example\n2,y,ria@MÜLLER-KÄSE.example\n", "requests")
    assert world.one("SELECT domain FROM accounts")["domain"] == "xn--mller-kse-12a1x.example"


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        ('[{"id": 1, "status": "half"}, {"id": 2, "summary": "x"}, {"id": 3, "status": "half"}]', [1, 3]),
        ('[{"id": 1, "status": "half"},\n {"id": 2, "summary": "x"},\n {"id": 3, "status": "half"}]', [1, 3]),
        ('[\n{"id": 1, "status": "half"},\n{"id": 2, "summary": "x"},\n\n{"id": 3, "status": "half"}]', [2, 5]),
    ],
)
def test_a_row_of_json_is_told_by_its_line_or_by_its_number(content: str, lines: list[int], world: World) -> None:
    report = world.take(content, "requests", name="in.json")
    assert [one.line for one in report.rejections] == lines


@pytest.mark.parametrize("value", ["=1+1", "＝1+1", "＋1", "－1", "＠x", "\t=1", "\n=1"])
def test_nothing_in_an_export_is_a_formula(value: str) -> None:
    assert cell(value) == f"'{value}"
