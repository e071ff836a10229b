"""A damaged page is found by the database's own check; a whole database has none."""

from pathlib import Path

from leadrelay.leads.fields import Value
from leadrelay.store.damage import damage
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import upsert
from leadrelay.store.raw import Statement

NOW = 1_800_000_000_000_000
OPEN: dict[str, Value] = {"desk": "sales", "owner": "an"}


def test_a_whole_database_has_no_damage(database: Database) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "42", **OPEN}], NOW, "import a.csv")
        assert list(damage(conn)) == []


def test_a_page_that_was_overwritten_is_found(tmp_path: Path) -> None:
    file = tmp_path / "leads.db"
    url = f"sqlite:///{file}"
    database = Database(url)
    database.migrate()
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "42", **OPEN}], NOW, "import a.csv")
        page = Statement("SELECT rootpage FROM sqlite_master WHERE name = 'requests'").rows(conn)[0][0]
        size = Statement("PRAGMA page_size").rows(conn)[0][0]
    with database.begin() as conn:
        assert list(damage(conn)) == []
    database.close()
    with file.open("r+b") as raw:
        raw.seek((page - 1) * size + 8)
        raw.write(b"\xff" * 64)
    again = Database(url)
    with again.read() as conn:
        found = list(damage(conn))
    again.close()
    assert {one.code for one in found} == {"database-damaged"}
