"""Facts read in batches: types, joins, derived fields, owners, and the order of what is due."""

from collections.abc import Mapping

import pytest
from sqlalchemy import Connection

from leadrelay.clock import FOREVER, parse_time
from leadrelay.leads.effects import Effects, Joining
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import Value
from leadrelay.leads.team import Person, Pool, Team
from leadrelay.store import agenda, write
from leadrelay.store.activities import upsert_activities
from leadrelay.store.database import Database
from leadrelay.store.facts import Reader
from leadrelay.store.intake_writes import upsert, upsert_people
from leadrelay.store.windows import DAY
from leadrelay.zone import zone_of

NOW = parse_time("2026-11-20 09:13", zone_of("Europe/Amsterdam"))
LAST_YEAR = parse_time("2025-11-20 09:13", zone_of("Europe/Amsterdam"))
MINUTE = 60_000_000


def facts(conn: Connection, kind: str, name: str, *paths: str, team: Team | None = None) -> dict[str, Value]:
    reader = Reader(kind, Slots.of((f"{kind}.id", *paths)), team)
    row = reader.of(conn, [name], NOW)[0]
    return {path: value for path, value in reader.slots.facts(row).items() if path in paths}


def take(conn: Connection, kind: str, *rows: Mapping[str, Value]) -> None:
    upsert(conn, kind, rows, NOW, "import a.csv")


def test_values_have_the_types_of_facts(database: Database) -> None:
    values: dict[str, Value] = {
        "request.summary": "Übersicht ✓",
        "request.prompted": True,
        "request.expected_value": 250_000_000_00,
        "request.received_at": NOW - 1,
        "request.extra.machine": "lathe",
        "request.extra.tags": ("a", "b"),
        "request.extra.on": 20_000,
        "request.product": None,
        "request.extra.gone": None,
        "contact.consent": False,
        "account.employees": 250,
        "contact.extra.size": 1.5,
    }
    with database.begin() as conn:
        rows: dict[str, dict[str, Value]] = {"request": {"contact": "3", "account": "1"}, "contact": {}, "account": {}}
        for path, value in values.items():
            kind, _, name = path.partition(".")
            rows[kind][name] = value
        for (kind, row), name in zip(rows.items(), ("42", "3", "1"), strict=True):
            take(conn, kind, {"id": name, **row})
        found = facts(conn, "request", "42", *values)
    assert found == values
    assert {path: type(found[path]) for path in ("request.prompted", "contact.consent")} == {
        "request.prompted": bool,
        "contact.consent": bool,
    }


def test_what_is_behind_a_missing_link_is_unknown(database: Database) -> None:
    paths = ("contact.name", "contact.requests_12m", "contact.lists", "account.tier", "account.running_opportunity")
    with database.begin() as conn:
        take(conn, "request", {"id": "1", "contact": "nobody"})
        assert facts(
            conn, "request", "1", *paths, "owner.name", "owner.open_count", "contact.extra.x"
        ) == dict.fromkeys((*paths, "owner.name", "owner.open_count", "contact.extra.x"))


@pytest.mark.parametrize(
    ("came", "counted", "until"),
    [
        ([NOW], 1, NOW + 365 * DAY),
        ([LAST_YEAR], 0, FOREVER),  # a year ago to the minute is past
        ([LAST_YEAR + 1], 1, NOW + 1),
        ([LAST_YEAR + MINUTE, NOW - DAY], 2, NOW + MINUTE),
        ([NOW + DAY], 0, NOW + DAY),  # still ahead
        ([LAST_YEAR + 2 * DAY, NOW + DAY], 1, NOW + DAY),
    ],
)
def test_requests_of_the_past_twelve_months(database: Database, came: list[int], counted: int, until: int) -> None:
    with database.begin() as conn:
        take(conn, "contact", {"id": "3"})
        for at in came:
            take(conn, "request", {"id": str(at), "contact": "3", "received_at": at, "outcome": "order"})
        take(conn, "request", {"id": "other", "contact": "4", "received_at": NOW})
        paths = [name + end for name in ("contact.requests_12m", "contact.orders_12m") for end in ("", "@until")]
        assert list(facts(conn, "contact", "3", *paths).values()) == [counted, until] * 2


def test_orders_count_apart(database: Database) -> None:
    with database.begin() as conn:
        take(conn, "contact", {"id": "3"})
        outcomes = ("order", "archived", None, "order")
        for number, outcome in enumerate(outcomes):
            take(conn, "request", {"id": str(number), "contact": "3", "outcome": outcome})
        found = facts(conn, "contact", "3", "contact.requests_12m", "contact.orders_12m")
    assert list(found.values()) == [4, 2]


def test_visits(database: Database) -> None:
    visits = [("site_visit", -21 * DAY), ("site_visit", 1 - 21 * DAY), ("site_visit", -5), ("site_visit", 7)]
    visits += [("visit", -300 * DAY), ("visit", -400 * DAY), ("visit", 9), ("call", -1)]
    with database.begin() as conn:
        take(conn, "contact", {"id": "3"})
        rows: list[dict[str, Value]] = [
            {"id": str(place), "kind": kind, "at": NOW + ahead, "contact": "3"}
            for place, (kind, ahead) in enumerate(visits)
        ]
        upsert_activities(conn, rows, NOW, "import b.csv")
        names = ("site_visits_3w", "last_site_visit_at", "last_visited_at")
        found = facts(conn, "contact", "3", *(f"contact.{name}{end}" for name in names for end in ("", "@until")))
    assert list(found.values()) == [2, NOW + 1, NOW - 5, NOW + 7, NOW - 300 * DAY, NOW + 9]


def test_lists_and_the_running_opportunity(database: Database) -> None:
    with database.begin() as conn:
        take(conn, "contact", {"id": "3", "account": "1"})
        take(conn, "account", {"id": "1"})
        joined = [Joining("3", name, "why", "rule") for name in ("warm", "cold")]
        write.apply(conn, Effects(joined=joined), NOW, 1)
        deals = [("a", 5, None), ("b", 9, NOW), ("c", 7, None), ("d", 7, None)]
        take(
            conn,
            "opportunity",
            *({"id": n, "account": "1", "created_at": at, "closed_at": end} for n, at, end in deals),
        )
        found = facts(conn, "contact", "3", "contact.lists", "account.running_opportunity")
    assert found == {"contact.lists": ("cold", "warm"), "account.running_opportunity": "d"}


@pytest.mark.parametrize(
    ("ordered", "won", "last"),
    [(None, None, None), (NOW - 5, None, NOW - 5), (None, NOW - 7, NOW - 7), (NOW - 9, NOW - 7, NOW - 7)],
)
def test_what_an_account_bought(database: Database, ordered: int | None, won: int | None, last: int | None) -> None:
    with database.begin() as conn:
        take(conn, "account", {"id": "1"})
        sold = {"outcome": "order", "closed_at": ordered} if ordered else {}
        take(conn, "request", {"id": "1", "account": "1", "received_at": NOW - DAY, **sold})
        take(
            conn, "request", {"id": "2", "account": "1", "received_at": LAST_YEAR, "outcome": "sales", "closed_at": NOW}
        )
        ended = {"outcome": "won", "closed_at": won} if won else {}
        take(
            conn, "opportunity", {"id": "a", "account": "1", "owner": "an", "stage": "quote", "created_at": 9, **ended}
        )
        take(conn, "opportunity", {"id": "b", "account": "1", "created_at": 8, "owner": "bram", "outcome": "lost"})
        names = ("last_sale_at", "requests_12m", "orders_12m", "running_owner", "running_stage")
        found = facts(conn, "account", "1", *(f"account.{name}" for name in names))
    running = ["bram", None] if won else ["an", "quote"]
    assert list(found.values()) == [last, 1, int(ordered is not None), *running]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({}, [0, 0, None]),
        ({"scotsman.time": True, "scotsman.money": False, "bant.need": True, "bant.budget": True}, [1, 2, None]),
        ({"expected_value": 1_000_01, "win_chance": 50}, [0, 0, 50_001]),
        ({"expected_value": 1_000_00, "win_chance": 33.3}, [0, 0, 33_300]),
        ({"expected_value": 1_000_00, "win_chance": 50, "project_chance": 50}, [0, 0, 25_000]),
        ({"expected_value": 1_000_00}, [0, 0, None]),
    ],
)
def test_scores_and_weights(database: Database, row: dict[str, Value], expected: list[Value]) -> None:
    names = ("scotsman_score", "bant_score", "weighted_value")
    with database.begin() as conn:
        take(conn, "opportunity", {"id": "7", **row})
        found = facts(conn, "opportunity", "7", *(f"opportunity.{name}" for name in names))
    assert list(found.values()) == expected


@pytest.mark.parametrize(
    ("country", "postcode", "province"),
    [
        ("NL", "1017 AB", "Noord-Holland"),
        ("BE", "B-9000", "Oost-Vlaanderen"),
        ("DE", "10115", None),
        ("NL", None, None),
        (None, "1017 AB", None),
        ("NL\x1f9", "1017", None),
    ],
)
def test_provinces_follow_country_and_postcode(
    database: Database, country: str | None, postcode: str | None, province: str | None
) -> None:
    with database.begin() as conn:
        take(conn, "account", {"id": "1", "postcode": postcode, "country": country})
        assert facts(conn, "account", "1", "account.province") == {"account.province": province}


@pytest.mark.parametrize(
    ("postcode", "number"), [("1017 AB", 1017), ("B-9000", 9000), ("SW1A 1AA", None), ("none", None), (None, None)]
)
def test_postcode_numbers_follow_the_postcode(database: Database, postcode: str | None, number: int | None) -> None:
    with database.begin() as conn:
        take(conn, "account", {"id": "1", "postcode": "9999"})
        take(conn, "account", {"id": "1", "postcode": postcode})
        assert facts(conn, "account", "1", "account.postcode_number") == {"account.postcode_number": number}


def test_owners(database: Database) -> None:
    team = Team(
        people={"an": Person("an", "An", roles=("seller",), pools=("inside",), capacity=20, manager="dirk")},
        pools={"field": Pool("field", ("an",))},
    )
    names = ("id", "name", "roles", "pools", "manager", "away", "open_count", "capacity")
    paths = [f"owner.{name}" for name in names]
    with database.begin() as conn:
        people: list[dict[str, Value]] = [
            {"id": "an", "name": "Other An"},
            {"id": "eva", "name": "Eva", "roles": ("x",)},
        ]
        upsert_people(conn, people, NOW)
        take(
            conn,
            "request",
            *({"id": n, "owner": o} for n, o in (("1", "an"), ("2", "an"), ("3", "eva"), ("4", "gone"))),
        )
        take(conn, "request", {"id": "5", "owner": "an", "status": "closed"})
        take(conn, "opportunity", {"id": "1", "owner": "an"}, {"id": "2", "owner": "an", "closed_at": NOW})
        found = {name: list(facts(conn, "request", name, *paths, team=team).values()) for name in ("1", "3", "4")}
    assert found == {
        "1": ["an", "An", ("seller",), ("field", "inside"), "dirk", False, 3, 20],
        "3": ["eva", "Eva", ("x",), (), None, False, 1, None],
        "4": ["gone", None, None, None, None, None, 1, None],
    }


def test_the_longest_due_come_first(database: Database) -> None:
    moments = [("9", NOW), ("10", NOW), ("a", NOW - 5), ("b", NOW + 1), ("c", None), ("B", NOW)]
    reader = Reader("request", Slots.of(["request.id"]))
    with database.begin() as conn:
        take(conn, "request", *({"id": name} for name, _ in moments))
        agenda.schedule(conn, "route", "request", moments)
        agenda.schedule(conn, "nudge", "request", [("c", NOW)])
        assert reader.due(conn, "route", NOW, 10) == [["a"], ["10"], ["9"], ["B"]]
        assert reader.due(conn, "route", NOW, 2) == [["a"], ["10"]]
        assert agenda.count_due(conn, "route", NOW) == 4


def test_everything_in_parts(database: Database) -> None:
    reader = Reader("contact", Slots.of(["contact.name", "contact.id"]))
    with database.begin() as conn:
        take(conn, "contact", *({"id": str(number), "name": f"N{number}"} for number in range(5)))
        parts = list(reader.all(conn, NOW, chunk=2))
    assert [len(part) for part in parts] == [2, 2, 1]
    assert [row for part in parts for row in part] == [[f"N{number}", str(number)] for number in range(5)]


def test_nothing_is_joined_that_nobody_asked_for(database: Database) -> None:
    with database.read() as conn:
        sql = Reader("request", Slots.of(["request.id", "contact.name"]))._of._for(conn)[0]
    assert "contacts" in sql
    assert "accounts" not in sql


def test_the_id_must_be_read() -> None:
    with pytest.raises(ValueError, match=r"request\.id"):
        Reader("request", Slots.of(["request.summary"]))
