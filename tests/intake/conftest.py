"""What the tests of imports share: worlds on one database or on both, moments, and the public data."""

from collections.abc import Callable
from pathlib import Path

import pytest

from leadrelay.clock import parse_time
from leadrelay.store.database import Database
from tests.intake.world import SHARED, ZONE, World, world_of


@pytest.fixture
def world(sqlite_database: Database, tmp_path: Path) -> World:
    """An intake on SQLite."""
    return world_of(sqlite_database, tmp_path)


@pytest.fixture
def each_world(database: Database, tmp_path: Path) -> World:
    """An intake on SQLite and on PostgreSQL in turn."""
    return world_of(database, tmp_path)


@pytest.fixture
def instant() -> Callable[[str], int]:
    """From a time in Amsterdam to an instant."""
    return lambda text: parse_time(text, ZONE)


@pytest.fixture
def shared() -> Path:
    """The folder of public data; skips where it is not there."""
    if not SHARED.is_dir():
        pytest.skip("../shared/data is not here")
    return SHARED
