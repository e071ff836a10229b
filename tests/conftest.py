"""What tests share: a fresh database, SQLite and PostgreSQL in turn, with the tables of this version."""

import gc
import os
import shutil
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

from leadrelay.store.database import Database

_LONGEST = (
    "flows/test_serve",
    "flows/test_prefect",
    "chaos/test_kills",
    "rulebook/test_agreement",
    "act/test_time_properties",
    "notifications/test_killed",
)
"""The files that take longest: two workers end at about the same time if these come first."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The longest files first; all else stays in its order."""
    gc.set_threshold(50_000, 20, 20)  # as the console script does
    items.sort(key=lambda item: not any(name in item.nodeid for name in _LONGEST))


@contextmanager
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server of our own, stopped at the end; the URL of its first database."""
    # Not below pytest's own folder: as root the server runs as another user, whom pytest keeps out of there.
    with tempfile.TemporaryDirectory(prefix="leadrelay-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # pgserver warns where there is none
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pgserver = pytest.importorskip("pgserver", reason="the tests on PostgreSQL need the pgserver wheel")
            server = pgserver.get_server(Path(folder, "data"), cleanup_mode="stop")
        url = server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        for setting in ("fsync", "full_page_writes", "synchronous_commit"):  # tests kill processes, no machine
            _administer(url, f"ALTER SYSTEM SET {setting} = off")
        _administer(url, "SELECT pg_reload_conf()")
        try:
            yield url
        finally:
            server.cleanup()


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own, started once and stopped at the end; the URL of its first database."""
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the tables and nothing in them, to be copied."""
    path = tmp_path_factory.mktemp("sqlite") / "leads.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    database.close()
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_url: str) -> str:
    """The name of a PostgreSQL database with the tables and nothing in them, to be copied."""
    _administer(postgres_url, "CREATE DATABASE tables_only")
    database = Database(_named(postgres_url, "tables_only"))
    database.migrate()
    database.close()
    return "tables_only"


@pytest.fixture
def sqlite_database(tmp_path: Path, sqlite_template: Path) -> Iterator[Database]:
    """A SQLite database of this test alone."""
    shutil.copy(sqlite_template, tmp_path / "leads.db")
    database = Database(f"sqlite:///{tmp_path}/leads.db", wait=0.2)
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres_url: str, postgres_template: str) -> Iterator[Database]:
    """A PostgreSQL database of this test alone."""
    name = f"test_{uuid.uuid4().hex}"
    _administer(postgres_url, f"CREATE DATABASE {name} TEMPLATE {postgres_template}")
    database = Database(_named(postgres_url, name), wait=0.2)
    yield database
    database.close()
    _administer(postgres_url, f"DROP DATABASE {name} WITH (FORCE)")


def _administer(url: str, statement: str) -> None:
    with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as conn:
        conn.execute(statement)


def _named(url: str, name: str) -> str:
    return url.replace("/postgres?", f"/{name}?")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh database; a test with it runs on both."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found
