"""Runs the migrations that a database still lacks, without an alembic.ini."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, text

from leadrelay.errors import NoDatabase

_ONE_AT_A_TIME = 7_211_981  # any number, the same for every leadrelay


def configuration(conn: Connection | None = None) -> Config:
    """Alembic's configuration for the migrations of this package, on a connection."""
    config = Config()
    config.set_main_option("script_location", Path(__file__).parent.as_posix())
    config.attributes["connection"] = conn
    return config


def upgrade(conn: Connection, url: str) -> None:
    """Runs what is missing, in the caller's transaction. Raises NoDatabase when a newer leadrelay made the tables."""
    if conn.dialect.name == "postgresql":
        conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ONE_AT_A_TIME})
    try:
        command.upgrade(configuration(conn), "head")
    except CommandError as error:
        raise NoDatabase(url=url, why="a newer leadrelay made its tables; install that version") from error
