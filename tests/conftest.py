"""What tests share: a fresh database, SQLite and PostgreSQL in turn, with the tables of this version."""

import os
import tempfile
import uuid
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from leadrelay.store.database import Database


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """A PostgreSQL server of our own, started once and stopped at the end; the URL of its first database."""
    # Not below pytest's own folder: as root the server runs as another user, whom pytest keeps out of there.
    with tempfile.TemporaryDirectory(prefix="leadrelay-postgres-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)
        os.environ.setdefault("XDG_RUNTIME_DIR", folder)  # pgserver warns where there is none
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            pgserver = pytest.importorskip("pgserver", reason="the tests on PostgreSQL need the pgserver wheel")
            server = pgserver.get_server(Path(folder, "data"), cleanup_mode="stop")
        try:
            yield server.get_uri().replace("postgresql://", "postgresql+psycopg://")
        finally:
            server.cleanup()


@pytest.fixture
def sqlite_database(tmp_path: Path) -> Iterator[Database]:
    """A SQLite database in a folder that is not there yet."""
    database = Database(f"sqlite:///{tmp_path}/var/leads.db", wait=0.2)
    database.migrate()
    yield database
    database.close()


@pytest.fixture
def postgres_database(postgres_url: str) -> Iterator[Database]:
    """A PostgreSQL database of this test alone."""
    name = f"test_{uuid.uuid4().hex}"
    admin = create_engine(postgres_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as conn:
        conn.execute(text(f"CREATE DATABASE {name}"))
    database = Database(postgres_url.replace("/postgres?", f"/{name}?"), wait=0.2)
    database.migrate()
    yield database
    database.close()
    with admin.connect() as conn:
        conn.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    admin.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> Database:
    """A fresh database; a test with it runs on both."""
    found: Database = request.getfixturevalue(f"{request.param}_database")
    return found
