"""Units of work, snapshots, and everything that can be wrong with a database."""

import shutil
import sqlite3
import threading
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from leadrelay.errors import DatabaseBusy, NoDatabase
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import upsert
from leadrelay.store.raw import Statement

COUNT = Statement("SELECT count(*) FROM requests")


def count(database: Database) -> int:
    with database.read() as conn:
        return int(COUNT.rows(conn)[0][0])


def test_a_unit_of_work_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(RuntimeError, match="halfway"), database.begin() as conn:
        upsert(conn, "request", [{"id": "1"}], 5, "import a.csv")
        raise RuntimeError("halfway")
    with database.read() as conn:
        left = [
            Statement(f"SELECT count(*) FROM {table}").rows(conn)[0][0] for table in ("requests", "history", "agenda")
        ]
    assert left == [0, 0, 0]


def test_a_reader_sees_its_snapshot_and_waits_for_nobody(database: Database) -> None:
    with database.read() as reader:
        assert COUNT.rows(reader) == [(0,)]
        with database.begin() as writer:
            upsert(writer, "request", [{"id": "1"}], 5, "import a.csv")
        assert COUNT.rows(reader) == [(0,)]
    assert count(database) == 1


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(NoDatabase, match=r"read-?only"), database.read() as conn:
        upsert(conn, "request", [{"id": "1"}], 5, "import a.csv")
    with database.begin() as conn:  # and its connection can be used for writing again
        upsert(conn, "request", [{"id": "1"}], 5, "import a.csv")
    assert count(database) == 1


def test_a_locked_database_is_busy_and_nothing_is_changed(sqlite_database: Database) -> None:
    other = Database(str(sqlite_database.engine.url), wait=0.05)
    with sqlite_database.begin() as conn:
        upsert(conn, "request", [{"id": "1"}], 5, "import a.csv")
        with pytest.raises(DatabaseBusy, match="locked by another program"), other.begin():
            pytest.fail("two units of work at once")
    other.close()
    assert count(sqlite_database) == 1


def test_writers_take_turns_on_postgresql_too(postgres_database: Database) -> None:
    with postgres_database.begin() as conn:
        upsert(conn, "request", [{"id": "1"}], 5, "import a.csv")
    with postgres_database.begin() as conn:
        conn.execute(text("UPDATE requests SET summary = 'mine'"))
        with pytest.raises(DatabaseBusy), postgres_database.begin() as other:
            other.execute(text("UPDATE requests SET summary = 'other'"))


def test_writers_of_one_process_take_turns(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/leads.db", wait=20)
    database.migrate()

    def work(name: int) -> None:
        for step in range(5):
            with database.begin() as conn:
                upsert(conn, "request", [{"id": f"{name}-{step}"}], 5, "import a.csv")

    threads = [threading.Thread(target=work, args=(name,)) for name in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert count(database) == 20
    database.close()


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("leads.db", "not a database URL"),
        ("sqlite", "not a database URL"),
        ("oracle://host/db", "only sqlite and postgresql"),
        ("nosuch://host/db", "not a database URL"),
        ("sqlite://", "SQLite needs a file"),
        ("sqlite:///:memory:", "SQLite needs a file"),
    ],
)
def test_urls_that_name_no_database(url: str, why: str) -> None:
    with pytest.raises(NoDatabase, match=why):
        Database(url)


def test_a_password_is_never_shown() -> None:
    with pytest.raises(NoDatabase) as caught, Database("postgresql://joe:s3cret@127.0.0.1:1/leads").read():
        pytest.fail("nobody listens on that port")
    assert "s3cret" not in str(caught.value)
    assert "joe:***@127.0.0.1" in str(caught.value)


def test_a_file_that_is_no_database(tmp_path: Path) -> None:
    (tmp_path / "leads.db").write_text("id,summary\n" * 500)
    with pytest.raises(NoDatabase, match="not a database"):
        Database(f"sqlite:///{tmp_path}/leads.db").migrate()


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    with pytest.raises(NoDatabase, match="var"):
        Database(f"sqlite:///{tmp_path}/var/deep/leads.db").migrate()


def test_a_database_without_tables_says_so(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path}/leads.db")
    with pytest.raises(NoDatabase, match="no such table"):
        count(database)
    database.close()


def test_a_damaged_file_is_told_not_thrown(tmp_path: Path) -> None:
    path = tmp_path / "leads.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with database.begin() as conn:
        upsert(conn, "request", [{"id": str(number)} for number in range(500)], 5, "import a.csv")
    database.close()
    damaged = bytearray(path.read_bytes())
    damaged[4096:] = b"\xff" * (len(damaged) - 4096)
    path.write_bytes(damaged)
    with pytest.raises(NoDatabase):
        count(database)
    database.close()


def test_faults_of_our_own_sql_are_not_hidden(database: Database) -> None:
    with pytest.raises(Exception, match="nosuch") as caught, database.begin() as conn:
        Statement("SELECT nosuch FROM requests").rows(conn)
    assert not isinstance(caught.value, NoDatabase)


def test_sqlite_runs_as_designed(sqlite_database: Database) -> None:
    with sqlite_database.begin() as conn:
        raw: Any = conn.connection.dbapi_connection
        assert type(raw) is sqlite3.Connection
        found = {
            name: raw.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "busy_timeout")
        }
        assert raw.in_transaction
    assert found == {"journal_mode": "wal", "synchronous": 1, "busy_timeout": 200}


def test_a_file_that_was_removed_is_not_made_anew(sqlite_database: Database) -> None:
    assert count(sqlite_database) == 0
    Path(str(sqlite_database.engine.url.database)).unlink()
    with pytest.raises(NoDatabase, match="the file is gone"):
        count(sqlite_database)


def test_a_file_that_was_replaced_by_a_backup_is_read_anew(sqlite_database: Database, sqlite_template: Path) -> None:
    with sqlite_database.begin() as conn:
        upsert(conn, "request", [{"id": "1"}], 5, "import a.csv")
    path = Path(str(sqlite_database.engine.url.database))
    shutil.copy(sqlite_template, path.with_suffix(".backup"))
    for name in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
        name.unlink(missing_ok=True)
    path.with_suffix(".backup").rename(path)
    assert count(sqlite_database) == 0
