"""The database: one engine, units of work that write, snapshots that only read, and bringing the tables up to date."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError

from leadrelay.errors import NoDatabase
from leadrelay.private import make_file, make_folder
from leadrelay.store.failures import told
from leadrelay.store.lived import Keeper
from leadrelay.store.migrations import HEAD
from leadrelay.store.read_only import opened_to_read

WAIT = 15.0
"""How long, in seconds, a unit of work waits for another one's lock before it is DatabaseBusy."""

WRITERS = 0x1EAD
"""The advisory lock that writers on PostgreSQL take turns by."""


class Database:
    """A SQLite file or a PostgreSQL database, by its SQLAlchemy URL. Connects only when first used."""

    def __init__(self, url: str, wait: float = WAIT) -> None:
        """`wait`: seconds to wait for a lock. Raises NoDatabase when the URL is not one."""
        parsed = _parsed(url)
        self.url = parsed.render_as_string(hide_password=True)
        self.keeper: Keeper | None = None
        """What keeps it in its time, if anything does: whoever opens a project sets it."""
        self._path = Path(parsed.database or "") if parsed.get_backend_name() == "sqlite" else None
        self.engine = _sqlite(parsed, wait) if self._path else _postgresql(parsed, wait)

    @contextmanager
    def begin(self) -> Iterator[Connection]:
        """One unit of work: commits at the end, leaves nothing behind when anything is raised.

        Raises NoDatabase, DatabaseBusy when another program keeps its lock too long, and what its keeper raises."""
        self._make_folder()
        with told(self.url), self.engine.begin() as conn:
            if self.keeper is not None:
                self.keeper.entered(conn)
            yield conn
            if self.keeper is not None:
                self.keeper.left(conn)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A snapshot that can only read, and waits for no writer. Raises NoDatabase."""
        self._make_folder()
        with told(self.url), self.engine.connect() as plain:
            conn = plain.execution_options(**_READ_ONLY[plain.dialect.name])
            with conn.begin():
                yield conn

    def migrate(self) -> None:
        """Brings the tables up to this version of the program; new databases get them all. Raises NoDatabase."""
        if self._version() == HEAD:
            return
        from leadrelay.store.migrations.upgrade import upgrade  # Alembic is slow to import

        with self.begin() as conn:
            upgrade(conn, self.url)

    def _version(self) -> str | None:
        with self.read() as conn:
            if not self.engine.dialect.has_table(conn, "alembic_version"):
                return None
            return conn.execute(text("SELECT version_num FROM alembic_version")).scalar()

    def compact(self) -> bool:
        """Frees the space of what was deleted, and leaves nothing of it in the file: pages are written anew, and the
        log is emptied. False when another program reads at this moment, so that the log is emptied later.

        Raises NoDatabase, DatabaseBusy."""
        with told(self.url):
            if self._path is None:
                with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as conn:
                    conn.exec_driver_sql("VACUUM")
                return True
            raw = self.engine.raw_connection()
            try:
                cursor = raw.cursor()
                for statement in ("PRAGMA query_only=OFF", "PRAGMA secure_delete=ON", "VACUUM"):
                    cursor.execute(statement)
                busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                return not busy[0]
            finally:
                raw.invalidate()

    def has_home(self, project: Path) -> bool:
        """Whether the file's folder exists or is the project's to make; anything else is more likely a typing error."""
        if self._path is None or self._path.parent.is_dir():
            return True
        return self._path.absolute().is_relative_to(project.absolute())

    def close(self) -> None:
        """Gives back every connection."""
        self.engine.dispose()

    def _make_folder(self) -> None:
        if self._path is None or self._path.parent.is_dir():
            return
        try:
            make_folder(self._path.parent)
        except OSError as error:
            raise NoDatabase(url=self.url, why=f"{error.filename}: {error.strerror}") from error


_READ_ONLY: dict[str, dict[str, Any]] = {
    "sqlite": {"read_only": True},
    "postgresql": {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True},
}


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
        parsed.get_dialect()
    except (ArgumentError, NoSuchModuleError) as error:
        raise NoDatabase(url=url.partition("://")[0] + "://…", why="this is not a database URL") from error
    if parsed.get_backend_name() not in _READ_ONLY:
        raise NoDatabase(url=parsed.render_as_string(), why="only sqlite and postgresql+psycopg are supported")
    if parsed.get_backend_name() == "postgresql":
        return parsed.set(drivername="postgresql+psycopg")
    if parsed.database in (None, "", ":memory:"):
        raise NoDatabase(url=url, why="SQLite needs a file, such as sqlite:///var/leadrelay.db")
    return parsed


def _sqlite(url: URL, wait: float) -> Engine:
    """Readers see a snapshot (WAL) and never wait; writers take the lock at once, so that none fails halfway."""
    engine = create_engine(url, connect_args={"timeout": wait, "check_same_thread": False})
    path = Path(url.database or "")
    known: set[tuple[int, int]] = set()

    @event.listens_for(engine, "do_connect")
    def connect(*_: object) -> sqlite3.Connection | None:
        if known and not path.exists():  # SQLite would make an empty one, and nobody would learn of the loss
            raise NoDatabase(url=str(url), why="the file is gone")
        with suppress(OSError):  # SQLite says better what is wrong
            make_file(path)  # its journals get the rights of this file
        return opened_to_read(path, wait)

    @event.listens_for(engine, "checkout")
    def same_file(_connection: object, record: Any, _proxy: object) -> None:
        if record.info["file"] != _file(path):  # removed, or replaced by a backup: what is open is a ghost
            raise DisconnectionError

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, record: Any) -> None:
        connection.isolation_level = None  # BEGIN is ours, below
        cursor = connection.cursor()
        try:
            cursor.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if "readonly" not in str(error):  # a file that can only be read keeps the mode that it has
                raise
        for pragma in ("synchronous=NORMAL", "foreign_keys=ON", "cache_size=-64000"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()
        record.info["file"] = _file(path)
        known.add(record.info["file"])

    @event.listens_for(engine, "begin")
    def begin(conn: Connection) -> None:
        reading = conn.get_execution_options().get("read_only", False)
        conn.exec_driver_sql(f"PRAGMA query_only={'ON' if reading else 'OFF'}")
        conn.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")

    return engine


def _file(path: Path) -> tuple[int, int]:
    """Which file it is that the name stands for now."""
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_dev, found.st_ino


def _postgresql(url: URL, wait: float) -> Engine:
    """Writers take turns as on SQLite: an import that committed between a sweep's reading and its writing of the agenda
    would otherwise be overlooked until something else changes."""
    options = {"connect_timeout": 10, "options": f"-c lock_timeout={int(wait * 1000)} -c client_encoding=UTF8"}
    engine = create_engine(url, connect_args={key: value for key, value in options.items() if key not in url.query})

    @event.listens_for(engine, "begin")
    def begin(conn: Connection) -> None:
        if not conn.get_execution_options().get("postgresql_readonly", False):
            conn.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS})")

    return engine
