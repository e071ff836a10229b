"""Migrations: they give exactly the tables of the schema, from an empty database, and say so when they cannot."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text

from leadrelay.errors import NoDatabase
from leadrelay.store.database import Database
from leadrelay.store.migrations import HEAD
from leadrelay.store.migrations.upgrade import configuration
from leadrelay.store.tables import metadata

POSTGRES_SHAPE = (
    "SELECT table_name, column_name, data_type, collation_name, is_nullable, column_default"
    " FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version' UNION ALL"
    " SELECT tablename, indexname, indexdef, NULL, NULL, NULL FROM pg_indexes"
    " WHERE schemaname = 'public' AND tablename <> 'alembic_version' UNION ALL"
    " SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL, NULL FROM pg_constraint"
    " WHERE connamespace = 'public'::regnamespace AND conrelid <> 'alembic_version'::regclass ORDER BY 1, 2, 3"
)


def shape(conn: Connection) -> list[tuple[object, ...]]:
    """Every table, column, constraint and index, as the database itself describes them."""
    if conn.dialect.name == "postgresql":
        return [tuple(row) for row in conn.execute(text(POSTGRES_SHAPE))]
    rows = conn.execute(text("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"))
    return sorted((name, *_parts(" ".join(sql.split()))) for name, sql in rows)


def _parts(sql: str) -> list[str]:
    """A statement of SQLite in its parts, sorted: columns that were added later stand after the constraints."""
    head, _, rest = sql.partition("(")
    inner, _, tail = rest.rpartition(")")
    return [head.strip(), tail.strip(), *sorted(part.strip() for part in re.split(r",(?![^()]*\))", inner))]


def test_the_migrated_tables_are_those_of_the_schema(database: Database) -> None:
    with database.begin() as conn:
        migrated = shape(conn)
        metadata.drop_all(conn)
        metadata.create_all(conn)
        assert shape(conn) == migrated
    assert len(migrated) > len(metadata.tables)


def test_migrating_again_changes_nothing(database: Database) -> None:
    with database.read() as conn:
        before = shape(conn)
    database.migrate()
    with database.read() as conn:
        assert shape(conn) == before


def test_the_newest_migration_is_the_one_that_the_program_expects() -> None:
    assert ScriptDirectory.from_config(configuration()).get_heads() == [HEAD]


def test_a_database_of_a_newer_program_is_left_alone(database: Database) -> None:
    with database.begin() as conn:
        conn.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NoDatabase, match="newer leadrelay"):
        database.migrate()


def test_the_way_back_leaves_no_table(database: Database) -> None:
    with database.begin() as conn:
        command.downgrade(configuration(conn), "base")
        assert inspect(conn).get_table_names() == ["alembic_version"]


def test_programs_that_start_at_once_migrate_once(tmp_path: Path) -> None:
    databases = [Database(f"sqlite:///{tmp_path}/leads.db") for _ in range(3)]
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(Database.migrate, databases))
    with databases[0].read() as conn:
        assert conn.execute(text("SELECT count(*) FROM alembic_version")).scalar() == 1
    for database in databases:
        database.close()
