"""The past is not today: old rows are asked about; as history they are known, and nobody acts on them."""

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from leadrelay.act.sweep import Sweeper
from leadrelay.clock import HOUR, parse_time
from leadrelay.errors import HistoryOrLive
from leadrelay.intake.eras import LIVE, Era
from leadrelay.rulebook.load import load, read_files
from leadrelay.rulebook.model import FLOWS, Ruleset
from leadrelay.store import agenda, asleep
from leadrelay.store.audit import audit
from leadrelay.store.database import Database
from leadrelay.store.owners import open_counts
from tests.intake.world import ROOT, ZONE, World, world_of

DAY = 24 * HOUR
OLD, TODAY = 300, 6


def rows() -> str:
    """Leads of last year, open and without an owner, as in lists that nobody kept; some of today; one asker in both."""
    old = [
        f"old{number},2025-{1 + number % 9:02}-11 10:00,web_form,new_project,Een zaag,jan{number}@oud{number}.example"
        for number in range(OLD)
    ]
    new = [
        f"new{number},2026-11-20 08:{number:02},web_form,new_project,Een draaibank,piet@vers{number}.example"
        for number in range(TODAY)
    ]
    again = "again,2026-11-20 08:30,web_form,new_project,Nog een zaag,jan1@oud1.example"
    return "\n".join(["id,received_at,channel,kind,summary,contact.email", *old, *new, again]) + "\n"


@pytest.fixture(scope="module")
def shipped() -> Ruleset:
    return load(read_files(ROOT), proofread=False).ruleset


@pytest.fixture
def world(database: Database, tmp_path: Path, shipped: Ruleset) -> World:
    found = world_of(database, tmp_path)
    with database.begin() as conn:
        agenda.touch_all(conn, shipped, found.intake.now)
    return World(replace(found.intake, team=shipped.team, fields=shipped.fields), found.folder)


def told(world: World, era: Era | None) -> World:
    return World(replace(world.intake, era=era), world.folder)


def live_through(world: World, ruleset: Ruleset, hours: int = 1) -> None:
    sweeper = Sweeper(world.intake.database, ruleset, "en", first_run_limit=10_000)
    for step in range(hours + 1):
        for flow in FLOWS:
            sweeper.sweep(flow, world.intake.now + step * HOUR)


def about(world: World, table: str) -> set[str]:
    return {row["subject"] for row in world.rows(f"SELECT DISTINCT subject FROM {table}")}


def test_a_file_of_old_rows_is_refused_with_the_count(world: World) -> None:
    with pytest.raises(HistoryOrLive, match=r"300 of the 307 new rows .* --history-before 2026-08-22 .*--live"):
        told(world, None).take(rows(), "requests")
    assert world.rows("SELECT id FROM requests") == []


def test_closed_elsewhere_is_past_too(world: World) -> None:
    closed = "\n".join(f"{number},2026-11-19,x,archived,done" for number in range(60))
    with pytest.raises(HistoryOrLive, match="60 of the 60"):
        told(world, None).take(f"id,received_at,summary,outcome,reason\n{closed}\n", "requests")


@pytest.mark.parametrize(("old", "new", "asked"), [(50, 0, False), (51, 0, True), (60, 60, False), (61, 60, True)])
def test_most_and_many(old: int, new: int, asked: bool, world: World) -> None:
    lines = [f"o{number},2020-01-01,x" for number in range(old)] + [f"n{number},2026-11-19,x" for number in range(new)]
    content = "id,received_at,summary\n" + "\n".join(lines) + "\n"
    if asked:
        with pytest.raises(HistoryOrLive):
            told(world, None).take(content, "requests")
    else:
        assert told(world, None).take(content, "requests").taken == old + new


def test_what_is_here_already_is_not_asked_about(world: World) -> None:
    told(world, LIVE).take(rows(), "requests")
    assert told(world, None).take(rows(), "requests").unchanged == OLD + TODAY + 1


def test_history_makes_no_task_message_or_closing(world: World, shipped: Ruleset) -> None:
    before = Era("before", parse_time("2026-10-01", ZONE), ZONE)
    report = told(world, before).take(rows(), "requests")
    assert (report.taken, report.history) == (OLD + TODAY + 1, OLD)
    assert any(note.startswith(f"{OLD} of them are history") for note in report.notes)
    live_through(world, shipped, 30)
    ours = {f"request/new{number}" for number in range(TODAY)} | {"request/again"}
    for table in ("decisions", "tasks", "messages"):
        requests = {one for one in about(world, table) if one and one.startswith("request/")}
        assert requests <= ours, table
    assert {f"request/{row['id']}" for row in world.rows("SELECT id FROM requests WHERE desk IS NOT NULL")} == ours
    assert world.one("SELECT count(*) AS n FROM requests WHERE status = 'open'")["n"] >= OLD
    with world.intake.database.read() as conn:
        assert list(audit(conn, world.intake.now + 30 * HOUR)) == []
        assert asleep.counts(conn)["request"] == OLD


def test_history_is_known(world: World) -> None:
    told(world, Era("history")).take(rows(), "requests")
    found = told(world, LIVE).take("id,summary,contact.email\nlater,x,jan2@oud2.example\n", "requests")
    assert found.taken == 1
    contact = world.one("SELECT contact FROM requests WHERE id = 'later'")["contact"]
    assert contact == world.one("SELECT contact FROM requests WHERE id = 'old2'")["contact"]


@pytest.mark.parametrize(
    ("what", "woken"),
    [
        ("id,summary\nold3,Toch een draaibank\n", {"request": 1}),
        ("id,summary,contact.email\nlater,x,jan3@oud3.example\n", {"contact": 1, "account": 1}),
    ],
)
def test_something_new_wakes_it_and_what_happens_around_it_does_not(
    what: str, woken: dict[str, int], world: World
) -> None:
    told(world, Era("history")).take(rows(), "requests")
    with world.intake.database.read() as conn:
        before = asleep.counts(conn)
    told(world, LIVE).take(what, "requests")
    with world.intake.database.read() as conn:
        after = asleep.counts(conn)
    assert {kind: before[kind] - after[kind] for kind in before if before[kind] != after[kind]} == woken


def test_an_activity_wakes_a_request_unless_it_is_history_too(world: World) -> None:
    told(world, Era("history")).take(rows(), "requests")
    for era, hour, expected in ((Era("history"), 10, OLD + TODAY + 1), (LIVE, 11, OLD + TODAY)):
        told(world, era).take(f"id,kind,at,request\n{hour},call,2026-11-19 {hour}:00,old3\n", "activities")
        with world.intake.database.read() as conn:
            assert asleep.counts(conn)["request"] == expected


def test_new_rules_do_not_wake_history(world: World, shipped: Ruleset) -> None:
    told(world, Era("history")).take(rows(), "requests")
    with world.intake.database.begin() as conn:
        agenda.touch_all(conn, shipped, world.intake.now + DAY)
        due: list[Any] = [row for flow in FLOWS for row in agenda.next_due(conn, flow, 10)]
    assert due == []


def test_history_counts_for_nobody_s_load(world: World) -> None:
    content = "id,received_at,summary,owner\n1,2025-01-01,x,an\n"
    told(world, Era("history")).take(content, "requests")
    with world.intake.database.read() as conn:
        assert open_counts(conn, ["an"]) == {"an": 0}
    told(world, LIVE).take("id,received_at,summary,owner\n2,2026-11-20,x,an\n", "requests")
    with world.intake.database.read() as conn:
        assert open_counts(conn, ["an"]) == {"an": 1}
