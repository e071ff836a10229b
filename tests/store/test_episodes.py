"""Episodes: which are open, their numbers, and acknowledgements that a sweep must not undo."""

from leadrelay.leads.effects import Episode
from leadrelay.store import episodes
from leadrelay.store.database import Database

NOW = 1_800_000_000_000_000


def test_open_ones_and_last_numbers(database: Database) -> None:
    begun = [
        Episode("late", "request/1", 1, NOW, ended_at=NOW + 5),
        Episode("late", "request/1", 2, NOW + 9, steps=1, repeats=2),
        Episode("silent", "request/1", 1, NOW),
        Episode("late", "request/2", 1, NOW, ended_at=NOW + 1),
        Episode("late", "request/3", 1, NOW),
    ]
    with database.begin() as conn:
        episodes.begin(conn, begun)
        found = episodes.of(conn, ["request/1", "request/2", "request/9"])
        assert found.open == {"request/1": [begun[1], begun[2]]}
        assert found.last == {("late", "request/1"): 2, ("silent", "request/1"): 1, ("late", "request/2"): 1}
        assert episodes.open_of(conn, ["request/3"]) == {"request/3": [begun[4]]}
        assert episodes.of(conn, ["request/3"]).last == {("late", "request/3"): 1}


def test_beginning_twice_changes_nothing(database: Database) -> None:
    with database.begin() as conn:
        episodes.begin(conn, [Episode("late", "request/1", 1, NOW, steps=2)])
        episodes.begin(conn, [Episode("late", "request/1", 1, NOW + 5)])
        assert episodes.open_of(conn, ["request/1"])["request/1"] == [Episode("late", "request/1", 1, NOW, steps=2)]


def test_moving_on_keeps_an_acknowledgement_that_came_in_between(database: Database) -> None:
    with database.begin() as conn:
        episodes.begin(conn, [Episode("late", "request/1", 1, NOW), Episode("silent", "request/1", 1, NOW)])
        seen = episodes.open_of(conn, ["request/1"])["request/1"][0]
        assert episodes.acknowledge(conn, "request/1", "an", NOW + 3, "late") == ["late"]
        assert episodes.acknowledge(conn, "request/1", "an", NOW + 4) == ["silent"]
        assert episodes.acknowledge(conn, "request/1", "an", NOW + 5) == []
        seen.steps = 1
        episodes.move(conn, [seen])
        late, silent = episodes.open_of(conn, ["request/1"])["request/1"]
        assert (late.steps, late.acknowledged_at, silent.acknowledged_at) == (1, NOW + 3, NOW + 4)
        late.ended_at = NOW + 9
        episodes.move(conn, [late])
        assert [one.rule_key for one in episodes.open_of(conn, ["request/1"])["request/1"]] == ["silent"]
