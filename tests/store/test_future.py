"""What lies in the future is brought back, and nothing is lost: the rows stay, and a file says what they said."""

import json
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from sqlalchemy import BigInteger, Connection, insert, select, text, update

from leadrelay.cli import main
from leadrelay.clock import HOUR, MINUTE, Instant
from leadrelay.project import Project, open_project
from leadrelay.rulebook.load import load
from leadrelay.store import future
from leadrelay.store.database import Database
from leadrelay.store.tables import metadata
from tests.flows.life import LADDER, Life
from tests.flows.world import NOW, make_project, register

DAY = 24 * HOUR
MADE_ANEW = {"agenda", "watches", "rule_minutes"}
YEARS = 3652 * DAY


@pytest.fixture
def life(tmp_path: Path) -> Iterator[Life]:
    """A project with ladders that ran now, and once in ten years from now."""
    folder = make_project(tmp_path / "project")
    (folder / "rules/waiting.yaml").write_text(LADDER)
    project = open_project(folder, NOW, "take_up")
    life, start = Life(project), project.clock()
    register(project.database, start, "1")
    life.tick(2)
    register(project.database, start, "2")
    life.at(start + YEARS).tick(3)
    register(project.database, start + YEARS, "3")
    life.tick(2)
    life.at(start)
    yield life
    project.database.close()


def contents(conn: Connection) -> dict[str, list[tuple[object, ...]]]:
    """Everything that the database holds."""
    return {
        table.name: [tuple(row) for row in conn.execute(select(table).order_by(*table.primary_key.columns))]
        for table in metadata.sorted_tables
    }


def brought_back(project: Project, now: Instant) -> list[future.Moved]:
    with project.database.begin() as conn:
        return list(future.bring_back(conn, project.ruleset, now))


def test_nothing_lies_ahead_after_it_and_what_there_was_is_there(life: Life):
    project, now = life.project, life.project.clock()
    with project.database.read() as conn:
        before, found = contents(conn), future.ahead(conn, now)
    assert {one.table for one in found} >= {
        "decisions",
        "history",
        "messages",
        "episodes",
        "requests",
        "looks",
        "sweeps",
    }
    brought_back(project, now)
    with project.database.read() as conn:
        after = contents(conn)
        assert future.ahead(conn, now) == []
    lines = {name: len(rows) for name, rows in before.items() if name not in MADE_ANEW}
    assert {name: len(rows) for name, rows in after.items() if name in lines} == lines
    keys = [row[1] for row in before["decisions"]]
    assert [row[1] for row in after["decisions"]] == keys, "in the same order"
    values = [value for name in lines for row in after[name] for value in row if isinstance(value, int)]
    assert max(values) < now + 366 * DAY


def test_everything_goes_on_and_nothing_is_done_twice(life: Life):
    project, now = life.project, life.project.clock()
    mails = len(list((project.folder / "var/mail").glob("*.eml")))
    keys = life.decided()
    register(project.database, now, "4")
    life.tick(2)
    assert life.decided() == keys, "while a decision lies in the future nothing is decided"
    brought_back(project, now)
    life.tick(3)
    new = life.decided()[len(keys) :]
    assert life.decided()[: len(keys)] == keys and new == ["renewals|request/4|1|0"]
    life.at(now + 61 * MINUTE).tick(3)
    assert "waits|request/4|1|0" in life.decided()
    assert len(life.decided()) == len(set(life.decided()))
    assert len(list((project.folder / "var/mail").glob("*.eml"))) > mails
    assert life.column("SELECT count(*) FROM messages WHERE state NOT IN ('sent', 'suppressed')") == ["0"]


def test_the_past_can_be_lived_through_again(life: Life):
    project, now = life.project, life.project.clock()
    brought_back(project, now)
    with project.database.read() as conn:
        values = [json.loads(row[0]) for row in conn.execute(text("SELECT new FROM history WHERE new IS NOT NULL"))]
    flat = [one for value in values for one in (value.values() if isinstance(value, dict) else (value,))]
    assert not any(isinstance(one, int) and one > now for one in flat)
    assert main(["--project", str(project.folder), "--now", NOW, "explain", "request/3"]) == 0


def test_the_file_says_what_every_value_was(life: Life, capsys: pytest.CaptureFixture[str]):
    project = life.project
    with project.database.read() as conn:
        before = contents(conn)
    assert main(["--project", str(project.folder), "--now", NOW, "repair", "clock", "--yes", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    path = Path(told["file"])
    assert told["repaired"] and path.stat().st_mode & 0o077 == 0 and path.stat().st_size
    with project.database.begin() as conn:  # put back from it, value by value
        for line in path.read_bytes().splitlines():
            moved = orjson.loads(line)
            table = metadata.tables[moved["table"]]
            if moved["now"] is None:
                conn.execute(insert(table).values(**moved["row"], minute=moved["was"]))
                continue
            where = [table.columns[name] == value for name, value in moved["row"].items()]
            conn.execute(update(table).where(*where).values({moved["column"]: moved["was"]}))
    with project.database.read() as conn:
        again = contents(conn)
    for name in set(before) - {"agenda", "watches", "machine_clock"}:
        assert again[name] == before[name], name


def test_what_waits_as_long_as_things_may_wait_is_left_alone(database: Database):
    now, tables = 1_800_000_000_000_000, metadata.tables
    kept = {
        "to": "an",
        "language": "nl",
        "template": "x",
        "subject": "request/1",
        "urgency": "now",
        "reason": "",
        "decision": "d",
    }
    cases = {
        "tomorrow": (now - HOUR, now + DAY, now + DAY),
        "in ten years": (now - HOUR, now + YEARS, now),
        "made ahead": (now + DAY, now + 2 * DAY, now),
        "long ago": (now - DAY, 0, 0),
    }
    with database.begin() as conn:
        for name, (made, waits, _) in cases.items():
            conn.execute(insert(tables["messages"]).values(key=name, at=made, not_before=waits, **kept))
        task = {"subject": "request/1", "owner": "an", "what": "x", "cause": "d"}
        conn.execute(
            insert(tables["tasks"]).values(key="ahead", created_at=now + YEARS, due_at=now + YEARS + DAY, **task)
        )
        conn.execute(
            insert(tables["tasks"]).values(key="due in a year", created_at=now, due_at=now + 365 * DAY, **task)
        )
        conn.execute(insert(tables["rule_minutes"]).values(rule_key="r", minute=(now + YEARS) // MINUTE, acts=500))
        conn.execute(insert(tables["leases"]).values(name="sweep route", token="x", until=now + YEARS))
        list(future.bring_back(conn, load({}).ruleset, now))
        found = dict(conn.execute(select(tables["messages"].c.key, tables["messages"].c.not_before)).tuples().all())
        assert found == {name: expected for name, (_, _, expected) in cases.items()}
        due = dict(conn.execute(select(tables["tasks"].c.key, tables["tasks"].c.due_at)).tuples().all())
        assert due == {"ahead": now + DAY, "due in a year": now + 365 * DAY}
        assert conn.execute(select(tables["rule_minutes"])).all() == []
        assert conn.execute(select(tables["leases"].c.until)).scalar() == now


def test_every_column_that_holds_a_moment_is_known():
    """A new table whose moment is not called `at`, `…_at` or `…_since` has to be named in store/future.py."""
    known = {f"{table.name}.{column.name}" for table, column, _ in future._every(0)} | future._MAY_LIE_AHEAD
    no_moments = {"id", "seen", "history_id", "position", "quote", "total", "unit_price"}
    for table in metadata.sorted_tables:
        for column in table.columns:
            money = column.name.endswith(("value", "revenue"))
            if isinstance(column.type, BigInteger) and column.name not in no_moments and not money:
                assert f"{table.name}.{column.name}" in known, f"{table.name}.{column.name}"
