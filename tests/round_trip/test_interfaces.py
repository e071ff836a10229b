"""Changes over the interfaces of CRMs: what each is called with, what it holds after, what is done when it fails."""

import csv
from pathlib import Path

import pytest

from leadrelay.clock import HOUR, MINUTE
from leadrelay.store.database import Database
from notifications.write_back.calls import WAYS
from tests.round_trip.stand_in import HANG_UP, StandIn, record_of
from tests.round_trip.test_every_map import CHANGES, change_some, counts
from tests.round_trip.world import FILES, NAMES, SAMPLES, Trip, merged, sample_of

OVER_HTTP = [name for name in NAMES if "write_back:" in FILES[f"rules/maps/{name}.yaml"]
             and name.partition("_")[0] in WAYS]  # fmt: skip
WORDS = {"request": "owner", "opportunity": "owner", "account": "owner"}


def in_trip(database: Database, folder: Path, name: str = "salesforce_leads") -> tuple[Trip, Path]:
    trip = Trip(database, folder, name)
    sample = sample_of(name, folder)
    assert sample is not None
    assert trip.take(sample).taken > 0
    return trip, sample


@pytest.mark.parametrize("name", OVER_HTTP)
def test_round_trip(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    trip, sample = in_trip(sqlite_database, tmp_path, name)
    assert list(SAMPLES.glob(f"{name}.*"))
    entity = trip.map.kind.removesuffix("s").replace("opportunitie", "opportunity")
    changed = change_some(trip, entity)
    before = counts(trip)
    with StandIn() as crm:
        system = {trip.map.system: crm.settings()}
        paid = trip.payer(**system).pay(trip.now)
        assert (paid.calls, paid.outcomes["sent"], paid.files) == (len(changed), paid.owed, [])
        written = tmp_path / "written.csv"
        back = trip.map.write_back
        assert back is not None
        with written.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, [back.id, *(one.name for one in back.fields)], restval="")
            writer.writeheader()
            writer.writerows({back.id: key, **_texts(fields)} for key, fields in crm.records.items())
        assert set(next(iter(crm.records.values()))) <= {one.name for one in back.fields}
        merged(sample, written, trip.map)
        again = trip.take(sample)
        assert (again.taken, again.rejected) == (0, 0), again.rejections
        assert counts(trip) == before
        assert trip.payer(**system).pay(trip.now).calls == 0
        assert len(crm.calls) == len({call.headers["idempotency-key"] for call in crm.calls}) == len(changed)
    assert trip.left() == []
    assert CHANGES[entity]["owner"] == "an"


def _texts(fields: dict[str, object]) -> dict[str, str]:
    return {name: str(value).lower() if isinstance(value, bool) else str(value) for name, value in fields.items()}


CALLS = {
    "salesforce_leads": ("PATCH", "/services/data/v61.0/sobjects/Lead/00Q000000000001AAA",
        {"authorization": "Bearer t0ken", "sforce-auto-assign": "FALSE"}, {"OwnerId": "an"}),
    "hubspot_deals": ("PATCH", "/crm/v3/objects/deals/801", {"authorization": "Bearer t0ken"},
        {"properties": {"hubspot_owner_id": "an"}}),
    "dynamics_leads": ("PATCH", "/api/data/v9.2/leads(5f1b2c3d-0001-4e4e-9a9a-000000000001)",
        {"if-match": "*"}, {"ownerid@odata.bind": "/systemusers(an)"}),
    "pipedrive_leads": ("PATCH", "/v1/leads/adf21080-0e10-11eb-879b-05d71fb426ec", {"x-api-token": "t0ken"},
        {"owner_id": "an"}),
    "pipedrive_deals": ("PUT", "/v1/deals/123", {"x-api-token": "t0ken"}, {"user_id": "an"}),
    "sugarcrm_leads": ("PUT", "/rest/v11_20/Leads/e0623cdb", {"oauth-token": "t0ken"}, {"assigned_user_id": "an"}),
    "zoho_leads": ("PUT", "/crm/v6/Leads", {"authorization": "Zoho-oauthtoken t0ken"},
        {"data": [{"id": "554023000000001", "Owner": {"id": "an"}}], "trigger": []}),
}  # fmt: skip
IDS = {
    "salesforce_leads": "00Q000000000001AAA",
    "hubspot_deals": "801",
    "pipedrive_deals": "pipedrive-123",
    "pipedrive_leads": "pipedrive-adf21080-0e10-11eb-879b-05d71fb426ec",
    "dynamics_leads": "5f1b2c3d-0001-4e4e-9a9a-000000000001",
    "sugarcrm_leads": "e0623cdb",
    "zoho_leads": "554023000000001",
}


@pytest.mark.parametrize("name", CALLS)
def test_what_each_is_called_with(sqlite_database: Database, tmp_path: Path, name: str) -> None:
    trip, _ = in_trip(sqlite_database, tmp_path, name)
    method, path, headers, body = CALLS[name]
    trip.change("opportunity" if name.endswith("deals") else "request", IDS[name], owner="an")
    with StandIn() as crm:
        trip.payer(**{trip.map.system: crm.settings()}).pay(trip.now)
        (call,) = crm.calls
    assert (call.method, call.path, call.body) == (method, path, body)
    assert {key: call.headers[key] for key in headers} == headers
    assert record_of(call)[1]


LEAD = "00Q000000000001AAA"


@pytest.mark.parametrize(
    ("answers", "state", "says"),
    [
        ((500,), "failed", "HTTP 500"),
        ((HANG_UP,), "failed", "no answer"),
        ((429,), "failed", "HTTP 429"),
        ((401,), "failed", "HTTP 401"),
        ((400,), "dead", "HTTP 400"),
        ((404,), "dead", "HTTP 404"),
        ((302,), "dead", "HTTP 302"),
    ],
)
def test_failures(sqlite_database: Database, tmp_path: Path, answers: tuple[int, ...], state: str, says: str) -> None:
    trip, _ = in_trip(sqlite_database, tmp_path)
    trip.change("request", LEAD, owner="an")
    with StandIn(*answers, headers={"Retry-After": "7200", "Location": "/elsewhere"}) as crm:
        payer = trip.payer(salesforce=crm.settings())
        assert payer.pay(trip.now).outcomes[state] == 1
        (left,) = trip.left()
        assert (left.state, left.attempts) == (state, 1)
        assert says in (left.error or "")
        if state == "dead":
            return
        assert left.not_before == trip.now + (2 * HOUR if answers != (HANG_UP,) else MINUTE)
        assert payer.pay(trip.now).calls == 0
        assert payer.pay(left.not_before).outcomes["sent"] == 1
        assert trip.left() == []
        keys = [call.headers["idempotency-key"] for call in crm.calls]
        assert len(keys) == 2
        assert keys[0] == keys[1]


def test_a_fault_inside_an_answer_of_200(sqlite_database: Database, tmp_path: Path) -> None:
    trip, _ = in_trip(sqlite_database, tmp_path, "zoho_leads")
    trip.change("request", IDS["zoho_leads"], owner="an")
    fault = {"data": [{"code": "INVALID_DATA", "status": "error", "message": "invalid owner"}]}
    with StandIn(body=fault) as crm:
        trip.payer(zoho=crm.settings()).pay(trip.now)
    (left,) = trip.left()
    assert (left.state, left.error) == ("dead", "INVALID_DATA invalid owner")


def test_a_system_that_is_down_does_not_use_up_the_tries_of_others(sqlite_database: Database, tmp_path: Path) -> None:
    trip, _ = in_trip(sqlite_database, tmp_path)
    for key in (LEAD, "00Q000000000002AAA"):
        trip.change("request", key, owner="an")
    with StandIn(503) as crm:
        assert trip.payer(salesforce=crm.settings()).pay(trip.now).calls == 1
    assert sorted((one.state, one.attempts) for one in trip.left()) == [("failed", 1), ("owed", 0)]


def test_changes_before_it_was_sent_go_as_one(sqlite_database: Database, tmp_path: Path) -> None:
    trip, _ = in_trip(sqlite_database, tmp_path)
    trip.change("request", LEAD, owner="an")
    with StandIn() as crm:
        payer = trip.payer(salesforce=crm.settings())
        with trip.database.begin() as conn:
            from leadrelay.act.owed import owe

            owe(conn, payer.maps, payer.team, payer.zone, trip.now)
        trip.change("request", LEAD, owner="dirk", status="closed", outcome="archived")
        payer.pay(trip.now)
        (call,) = crm.calls
        assert call.body == {"OwnerId": "dirk", "Status": "Closed - Not Converted"}
        trip.change("request", LEAD, owner="an")
        with trip.database.begin() as conn:
            owe(conn, payer.maps, payer.team, payer.zone, trip.now)
        trip.change("request", LEAD, owner="dirk")
        assert payer.pay(trip.now).calls == 0
    assert [one.error for one in trip.left("overtaken")] == ["changed again before it was sent"] * 2


def test_what_came_from_them_is_not_sent_back(sqlite_database: Database, tmp_path: Path) -> None:
    trip, sample = in_trip(sqlite_database, tmp_path)
    sample.write_text(sample.read_text().replace("<sf:OwnerId>bram", "<sf:OwnerId>an", 1))
    assert trip.take(sample).taken == 1
    assert trip.payer().pay(trip.now).owed == 0
