"""Import maps: what they can say, the faults that are told with their place, and the shipped ones."""

from collections.abc import Callable

import pytest

from leadrelay.errors import BadMap, UnknownMap
from leadrelay.intake.find_map import find_map
from leadrelay.leads.fields import Fields
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.maps import load_map, load_maps
from tests.intake.world import OWN, ROOT, World

LEADS = """
kind: requests
zone: America/New_York
dates: ['%m/%d/%Y %H:%M']
numbers: european
prefix: {request: old-, contact: p}
columns:
  No: request.id
  Person: contact.id
  " last NAME ": contact.name
  Came: received_at
  Worth: {to: request.expected_value, as: money, times: 1000}
  Source:
    - request.source
    - {to: channel, values: {Web*: web_form, fair: event, none: null}, otherwise: other}
  Owner: {to: owner, lookup: person}
  Mail: {to: contact.email, invalid: blank}
  Gone: {to: request.extra.not_here, optional: true}
joined:
  request.summary: 'asks for {What} ({How Many})'
constants: {request.kind: information}
skip: [internal_*]
reject: {Deleted: {'yes': thrown away}}
"""
ROW = "No,Person,Last Name,Came,Worth,Source,Owner,Mail,Gone,What,How Many,Internal_1,Deleted,Extra"


def test_all_that_a_map_can_say(world: World, instant: Callable[[str], int]) -> None:
    mapped = world.with_maps(old=LEADS)
    report = mapped.take(
        f'{ROW}\n7,3,Smit,01/02/2026 10:00,"1,5",Website,An Peeters,hidden,?,a lathe,2,x,no,y\n', None, "old"
    )
    assert (report.kind, report.taken, report.unknown_columns) == ("requests", 1, ["Extra"])
    request = world.one("SELECT * FROM requests")
    assert request["id"] == "old-7"
    assert request["received_at"] == instant("2026-01-02T10:00-05:00")
    assert (request["expected_value"], request["source"], request["channel"]) == (150_000, "Website", "web_form")
    assert (request["owner"], request["kind"], request["summary"]) == ("an", "information", "asks for a lathe (2)")
    assert world.one("SELECT id, name, email FROM contacts") == {"id": "p3", "name": "Smit", "email": None}


@pytest.mark.parametrize(
    ("source", "channel"), [("web shop", "web_form"), ("FAIR", "event"), ("none", None), ("else", "other"), ("", None)]
)
def test_value_tables(world: World, source: str, channel: str | None) -> None:
    world.with_maps(old=LEADS).take(f"No,What,Source\n7,x,{source}\n", None, "old")
    assert world.one("SELECT channel FROM requests") == {"channel": channel}


def test_a_map_can_reject_rows(world: World) -> None:
    report = world.with_maps(old=LEADS).take("No,What,Deleted\n7,x,Yes\n8,x,\n", None, "old")
    assert [(one.line, one.column, one.reason) for one in report.rejections] == [(2, "Deleted", "thrown away")]


def test_rows_of_one_case_keep_the_latest_the_earliest_or_the_first(
    world: World, instant: Callable[[str], int]
) -> None:
    content = """
kind: requests
columns:
  id: request.id
  seen: [{to: last_touched_at, keep: latest}, {to: first_response_at, keep: earliest}]
  what: {to: summary, keep: first}
"""
    rows = "id,seen,what\n1,2026-01-02,a\n1,2026-01-03,b\n1,2026-01-01,c\n"
    assert world.with_maps(case=content).take(rows, None, "case").taken == 3
    found = world.one("SELECT last_touched_at, first_response_at, summary FROM requests")
    assert found == {
        "last_touched_at": instant("2026-01-03"),
        "first_response_at": instant("2026-01-01"),
        "summary": "a",
    }
    assert world.with_maps(case=content).with_chunk(1).take(rows, None, "case").unchanged == 3


def test_the_first_filled_column_of_a_field_counts(world: World) -> None:
    content = "kind: contacts\ncolumns: {work: email, home: email}\njoined: {name: '{first} {last}'}\n"
    rows = "home,work,first,last\nh@x.nl,,Jan,\nh2@x.nl,w2@x.nl,Jan,Smit\n"
    world.with_maps(who=content).take(rows, None, "who")
    found = [tuple(one.values()) for one in world.rows("SELECT name, email FROM contacts ORDER BY email")]
    assert found == [("Jan", "h@x.nl"), ("Jan Smit", "w2@x.nl")]


def test_a_parent_is_found_by_name_in_any_order(world: World) -> None:
    content = "kind: accounts\ncolumns: {name: name, of: {to: parent, lookup: account}}\n"
    world.with_maps(tree=content).take("name,of\nChild,Parent BV\nParent BV,\n", None, "tree")
    parent = world.one("SELECT id FROM accounts WHERE name = 'Parent BV'")
    assert world.one("SELECT parent FROM accounts WHERE name = 'Child'") == {"parent": parent["id"]}


def test_a_map_may_be_a_file_and_formats_may_stand_together(world: World, instant: Callable[[str], int]) -> None:
    path = world.folder / "mine.yaml"
    path.write_text(
        "as: requests\nformats: {date: '%d/%m/%Y', number: european}\ncolumns: {d: received_at, v: expected_value}\n"
    )
    world.take('d,v\n03/04/2026,"1.234,5"\n', None, str(path))
    found = world.one("SELECT received_at, expected_value FROM requests")
    assert found == {"received_at": instant("2026-04-03"), "expected_value": 123_450}


FAULTS = [
    ("columns: {a: request.id}", 1, 1, "does not say what a row is"),
    ("kind: leads\ncolumns: {a: id}", 1, 7, "'leads' is no value for 'kind'"),
    ("kind: requests\nfoo: 1\ncolumns: {a: id}", 2, 1, "'foo' is no key of an import map"),
    ("kind: requests", 1, 1, "names no columns"),
    ("kind: requests\ncolumns: {a: request.sauce}", 2, 14, "no field 'request.sauce' that can be imported"),
    ("kind: accounts\ncolumns: {a: contact.name}", 2, 14, "it brings account"),
    ("kind: contacts\ncolumns: {a: contact.requests_12m, b: lists}", 2, 39, "no field 'lists'"),
    ("kind: requests\ncolumns: {a: {as: money}}", 2, 14, "no field to go to"),
    ("kind: requests\ncolumns: {a: {to: id, as: cash}}", 2, 27, "'cash' is no value for 'as'"),
    (
        "kind: requests\ncolumns: {a: {to: channel, values: {x: pigeon}}}",
        2,
        40,
        "'pigeon' is no value of request.channel",
    ),
    ("kind: requests\ncolumns: {a: {to: channel, otherwise: phone}}", 2, 28, "without 'values'"),
    (
        "kind: requests\ncolumns: {a: id}\nconstants: {channel: pigeon}",
        3,
        22,
        "'pigeon' is no value of request.channel",
    ),
    ("kind: requests\ncolumns: {a: id}\ndates: ['%H:%M']", 3, 9, "does not give a day"),
    ("kind: requests\ncolumns: {a: {to: expected_value, times: many}}", 2, 42, "'times' must be a number"),
    ("kind: requests\ncolumns: {a: {to: summary, lookup: person}}", 2, 28, "cannot be found by the name"),
    ("kind: requests\ncolumns: {a: id}\njoined: {summary: nothing}", 3, 19, "names no column"),
    ("kind: requests\ncolumns: {a: id}\nprefix: {customer: x}", 3, 10, "'customer' is no record"),
    ("kind: requests\ncolumns: {a: id, a: summary}", 2, 18, "a second time"),
]


@pytest.mark.parametrize(("content", "line", "column", "message"), FAULTS)
def test_faults_in_a_map_have_their_place(content: str, line: int, column: int, message: str) -> None:
    ctx = Context({"rules/maps/m.yaml": content})
    load_map(ctx, "rules/maps/m.yaml")
    assert message in " ".join(one.message for one in ctx.problems)
    assert (line, column) in [(one.place.line, one.place.column) for one in ctx.problems]
    with pytest.raises(BadMap, match=r"rules/maps/m\.yaml:\d+:\d+ cannot be used"):
        find_map("m", ctx.files, Fields())


def test_a_constant_of_the_wrong_type_is_told_with_its_place(world: World) -> None:
    content = "kind: requests\ncolumns: {a: id}\nconstants: {expected_value: much}\n"
    with pytest.raises(BadMap, match=r"m\.yaml:3:29 .*not an amount of money"):
        world.with_maps(m=content).take("a\n1\n", None, "m")


def test_a_map_for_another_kind_of_row_is_refused(world: World) -> None:
    with pytest.raises(BadMap, match="it is for requests, not for contacts"):
        world.with_maps(old=LEADS).take("No\n1\n", "contacts", "old")


def test_a_file_whose_columns_are_those_of_a_map_is_read_by_it(world: World) -> None:
    header = "LEADID,Last Name,Company,Lead Owner,Email,Mobile,Website,Industry,Lead Source,Lead Status,Created Time"
    report = world.take(f"{header},CONVERTED\n1,,,,,,,,,,,\n", name="Leads.csv")
    assert (report.kind, report.rows) == ("requests", 1)
    assert "read by the map crm_export_leads, which has these columns" in report.notes


def test_an_unknown_map_is_told_with_the_known_ones(world: World) -> None:
    with pytest.raises(UnknownMap, match="crm_export_leads"):
        world.take("a\n1\n", None, "nope")


def test_every_shipped_map_is_sound_without_own_fields_too() -> None:
    files = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in ROOT.glob("rules/maps/*.yaml")}
    for fields in (Fields(), OWN):
        ctx = Context(files, fields=fields)
        assert len(load_maps(ctx)) == len(files) >= 21
        assert ctx.problems == []
