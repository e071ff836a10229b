"""Every map round-trips: import, change, write back, import again adds nothing and owes nothing."""

from pathlib import Path

import pytest

from leadrelay.leads.fields import SUBJECTS
from leadrelay.leads.records import ENTITY_OF
from leadrelay.store.database import Database
from leadrelay.store.schema import TABLES
from tests.round_trip.world import NAMES, Trip, merged, sample_of

CHANGES = {
    "request": {"owner": "an", "status": "closed", "outcome": "archived", "reason": "no budget"},
    "opportunity": {"owner": "an", "outcome": "lost", "reason": "too dear"},
    "account": {"owner": "an"},
    "contact": {"job_title": "Director"},
}


def counts(trip: Trip) -> list[int]:
    return [trip.world.one(f"SELECT count(*) AS n FROM {table.name}")["n"] for table in TABLES.values()]


@pytest.mark.parametrize("name", NAMES)
def test_round_trip(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    trip = Trip(sqlite_database, tmp_path, name)
    sample = sample_of(name, tmp_path)
    if sample is None:
        pytest.skip("../shared/data is not here")
    first = trip.take(sample)
    assert (first.rejected, first.taken) == (0, first.rows), first.rejections
    assert first.rows > 0
    assert first.unknown_columns == []
    entity = ENTITY_OF[trip.map.kind]
    changed = change_some(trip, entity) if entity in SUBJECTS else []
    before = counts(trip)
    paid = trip.payer().pay(trip.now)
    if trip.map.write_back and changed:
        assert (paid.outcomes["sent"], len(paid.files)) == (paid.owed, 1)
        assert paid.owed >= len(changed)
        merged(sample, Path(paid.files[0]), trip.map)
    else:
        assert paid.owed == 0
    again = trip.take(sample)
    assert (again.taken, again.unchanged, again.rejected) == (0, again.rows, 0), again.rejections
    assert counts(trip) == before
    assert trip.payer().pay(trip.now).as_dict() == {
        "owed": 0, "sent": 0, "failed": 0, "dead": 0, "calls": 0, "files": [], "why": {}
    }  # fmt: skip
    assert trip.left() == []
    for key in changed:
        found = trip.world.one(f"SELECT * FROM {TABLES[entity].name} WHERE id = '{key}'")
        assert {field: found[field] for field in CHANGES[entity]} == CHANGES[entity]


def change_some(trip: Trip, entity: str) -> list[str]:
    """Changes what the sample has of them that is still open; at most three."""
    open_only = {"request": "status = 'open'", "opportunity": "outcome IS NULL"}.get(entity, "true")
    back = trip.map.write_back is not None
    ids = f"SELECT id FROM {TABLES[entity].name} WHERE {open_only} ORDER BY id LIMIT 3"
    found = [one["id"] for one in trip.world.rows(ids)]
    assert found or not back, "nothing in the sample can change"
    for key in found:
        more = {"closed_at": trip.now} if entity in ("request", "opportunity") else {}
        trip.change(entity, key, **CHANGES[entity], **more)
    return found
