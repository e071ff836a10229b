"""What other systems say out of order: the newest change of each field stands, whatever comes when, once or again."""

import json
from concurrent.futures import ThreadPoolExecutor
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from leadrelay.intake.find_map import find_map
from leadrelay.intake.json_reader import table_in
from leadrelay.store.database import Database
from tests.intake.world import World, world_of

MAP = """\
kind: requests
system: crm
modified: Modified_Time
columns: {Id: id, Text: summary, Owner: {to: owner, lookup: person}, Value: {to: expected_value, as: money}}
"""
BACK = MAP.replace("modified: Modified_Time\n", "") + (
    "write_back: {object: Leads, modified: Modified_Time, fields: {Owner: {from: request.owner, person: name}}}\n"
)
EVENTS = (
    {"Id": "7", "Text": "first", "Owner": "An Peeters", "Modified_Time": "2026-11-20T08:00:00Z"},
    {"Id": "7", "Text": "second", "Modified_Time": "2026-11-20T08:10:00Z"},
    {"Id": "7", "Owner": "Dirk Smit", "Value": "10", "Modified_Time": "2026-11-20T08:20:00Z"},
    {"Id": "7", "Text": "third", "Value": "20", "Modified_Time": "2026-11-20T08:15:00Z"},
)
END = {"summary": "third", "owner": "dirk", "expected_value": 1000}


def deliver(world: World, event: dict[str, str] | list[dict[str, str]], text: str = MAP) -> Any:
    """One webhook, as the door takes it."""
    events = event if isinstance(event, list) else [event]
    map_ = find_map("crm", {"rules/maps/crm.yaml": text}, world.intake.fields)
    rows = table_in(json.loads(json.dumps(events)), "the call", map_.shape)
    return world.intake.take_table("webhook", rows, map_.kind, map_)


def state(world: World) -> dict[str, Any]:
    return world.one("SELECT summary, owner, expected_value FROM requests")


@pytest.fixture
def world(database: Database, tmp_path: Path) -> World:
    return world_of(database, tmp_path)


@pytest.mark.parametrize("text", [MAP, BACK], ids=["in alone", "with a way back"])
def test_an_older_change_does_not_overwrite_a_newer_one(text: str, world: World) -> None:
    for event in (EVENTS[2], EVENTS[0]):
        report = deliver(world, event, text)
    assert state(world) == {"summary": "first", "owner": "dirk", "expected_value": 1000}
    assert (report.taken, report.rejected, report.late) == (1, 0, 1)
    (told,) = world.rows("SELECT subject, new FROM history WHERE field = 'came_late'")
    assert told["subject"] == "request/7"
    assert "request.owner: 'An Peeters' of 2026-11-20T09:00:00+01:00 came after the change of" in told["new"]
    assert any("came after newer ones" in note for note in report.notes)


@pytest.mark.parametrize("order", list(permutations(range(4))))
def test_every_order_ends_the_same(order: tuple[int, ...], sqlite_database: Database, tmp_path: Path) -> None:
    world = world_of(sqlite_database, tmp_path)
    for number in order:
        deliver(world, EVENTS[number])
    assert state(world) == END


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    calls=st.lists(st.lists(st.sampled_from(range(4)), min_size=1, max_size=4), max_size=5),
    rest=st.permutations(range(4)),
    text=st.sampled_from((MAP, BACK)),
)
def test_repeats_bundles_and_orders_end_the_same(
    calls: list[list[int]], rest: list[int], text: str, sqlite_template: Path, tmp_path_factory: Any
) -> None:
    folder = tmp_path_factory.mktemp("late")
    (folder / "leads.db").write_bytes(sqlite_template.read_bytes())
    database = Database(f"sqlite:///{folder}/leads.db")
    world = world_of(database, folder)
    for call in (*calls, rest):
        deliver(world, [EVENTS[number] for number in call], text)
    assert state(world) == END
    database.close()


def test_side_by_side_they_end_the_same(database: Database, tmp_path: Path) -> None:
    patient = Database(database.url, wait=20) if hasattr(database, "url") else database
    world = world_of(patient, tmp_path)
    calls = [EVENTS[number] for number in (2, 0, 3, 1, 0, 2, 3, 1)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda event: deliver(world, event), calls))
    assert state(world) == END
    patient.close()


def test_equal_times_go_by_arrival(world: World) -> None:
    same = {"Id": "7", "Modified_Time": "2026-11-20T08:00:00Z"}
    for word in ("a", "b"):
        deliver(world, {**same, "Text": word})
    assert state(world)["summary"] == "b"


def test_a_time_that_nobody_says_goes_by_arrival_too(world: World) -> None:
    deliver(world, EVENTS[1])
    deliver(world, {"Id": "7", "Text": "later, without a time"})
    assert state(world)["summary"] == "later, without a time"


def test_what_is_late_altogether_is_no_news(world: World) -> None:
    deliver(world, EVENTS[3])
    report = deliver(world, EVENTS[1])
    assert (report.taken, report.unchanged, report.rejected) == (0, 1, 0)


def test_the_ages_of_one_system_count_for_all_its_maps(world: World) -> None:
    deliver(world, EVENTS[3], BACK)
    deliver(world, EVENTS[1], MAP)
    assert state(world)["summary"] == "third"


def test_a_file_of_another_day_is_held_against_the_same(world: World) -> None:
    deliver(world, EVENTS[3])
    files = {"rules/maps/crm.yaml": MAP}
    there = World(replace(world.intake, files=files), world.folder)
    report = there.take("Id,Text,Modified_Time\n7,second,2026-11-20 09:10\n", None, "crm")
    assert (report.late, state(world)["summary"]) == (1, "third")
