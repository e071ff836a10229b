"""Both sides changed one field: the later change counts, and history says so."""

from pathlib import Path

import pytest

from leadrelay.store.database import Database
from tests.round_trip.world import Trip

MAP = "zoho_leads"
ROW = '{{"data": [{{"id": "7", "Last_Name": "Maas", "Lead_Status": "Contacted", "Owner": {{"id": "{owner}"}}{more}}}]}}'
LATER, EARLIER = "2026-11-20T23:00:00+01:00", "2026-11-20T08:00:00+01:00"


@pytest.fixture
def trip(database: Database, tmp_path: Path) -> Trip:
    return Trip(database, tmp_path, MAP)


def take(trip: Trip, owner: str, modified: str = "") -> int:
    more = f', "Modified_Time": "{modified}"' if modified else ""
    path = trip.folder / "in.json"
    path.write_text(ROW.format(owner=owner, more=more))
    return trip.take(path).taken


def owe(trip: Trip) -> None:
    from leadrelay.act.owed import owe

    payer = trip.payer()
    with trip.database.begin() as conn:
        owe(conn, payer.maps, payer.team, payer.zone, trip.now)


@pytest.mark.parametrize(
    ("modified", "owner", "state", "told"),
    [
        (LATER, "dirk", "overtaken", "zoho changed it later, to 'dirk'"),
        ("", "dirk", "overtaken", "zoho changed it later, to 'dirk'"),
        (EARLIER, "an", "owed", "zoho changed it to 'dirk' before we did, and gets ours"),
    ],
)
def test_the_later_change_counts(trip: Trip, modified: str, owner: str, state: str, told: str) -> None:
    take(trip, "bram")
    trip.change("request", "7", owner="an")
    owe(trip)
    take(trip, "dirk", modified)
    assert trip.world.one("SELECT owner FROM requests") == {"owner": owner}
    assert [one.state for one in trip.left("owed", "overtaken")] == [state]
    (entry,) = trip.world.rows("SELECT field, new FROM history WHERE field IN ('kept', 'overtaken')")
    assert told in entry["new"]
    assert take(trip, "dirk", modified) == 0
    assert len(trip.world.rows("SELECT id FROM history WHERE field IN ('kept', 'overtaken')")) == 1
    assert trip.payer().pay(trip.now).outcomes["sent"] == (state == "owed")
    assert take(trip, owner) == 0


def test_what_they_have_already_is_not_owed(trip: Trip) -> None:
    take(trip, "bram")
    trip.change("request", "7", owner="an")
    owe(trip)
    assert take(trip, "an") == 0
    assert [one.error for one in trip.left("overtaken")] == ["they have it already"]


def test_a_change_of_theirs_after_ours_was_sent_is_news(trip: Trip) -> None:
    take(trip, "bram")
    trip.change("request", "7", owner="an")
    trip.payer().pay(trip.now)
    assert take(trip, "an") == 0
    assert take(trip, "dirk") == 1
    assert trip.world.one("SELECT owner FROM requests") == {"owner": "dirk"}
    assert trip.payer().pay(trip.now).owed == 0


def test_people_by_name_and_values_the_other_way_round(sqlite_database: Database, tmp_path: Path) -> None:
    trip = Trip(sqlite_database, tmp_path, "crm_export_quotes")
    path = tmp_path / "quotes.csv"
    path.write_text("QUOTEID,Subject,Quote Owner,Sales Status\n5,Chairs,Bram Visser,Open\n")
    trip.take(path)
    trip.change("opportunity", "quote-5", owner="evi", outcome="won")
    trip.payer().pay(trip.now)
    assert [(one.field, one.value) for one in trip.left("sent")] == [("Quote Owner", "evi"), ("Sales Status", "Won")]
