"""Delivery killed with -9 again and again: nothing lost, nothing sent twice, what nobody knows settled by class."""

import os
import sys
from pathlib import Path

import pytest

from leadrelay.store.database import Database
from tests.notifications.couriers import Count, chaos

pytestmark = pytest.mark.serve

MANY = bool(os.environ.get("LEADRELAY_CHAOS_MAIL"))
"""Set by `make chaos-mail`: a hundred kills over a thousand messages, instead of ten over a hundred."""
NUMBER, KILLS = (1_000, 100) if MANY else (100, 10)


def check(count: Count) -> None:
    sys.stdout.write(f"\n{count}\n")
    assert count.kills == KILLS
    assert (count.lost, count.twice) == (0, 0)
    assert set(count.states) <= {"sent", "unknown"}
    assert count.states.get("unknown", 0) <= count.doubted <= 2 * KILLS
    assert sum(count.states.values()) == NUMBER


@pytest.mark.timeout(900)
def test_killed_on_sqlite(sqlite_database: Database, tmp_path: Path) -> None:
    check(chaos(sqlite_database, f"sqlite:///{tmp_path}/leads.db", tmp_path, NUMBER, KILLS))


@pytest.mark.postgres
@pytest.mark.timeout(900)
def test_killed_on_postgresql(postgres_database: Database, tmp_path: Path) -> None:
    url = postgres_database.engine.url.render_as_string(hide_password=False)
    check(chaos(postgres_database, url, tmp_path, NUMBER, KILLS))
