"""Random lives of a few subjects: the past is rebuilt, a change wakes whom it concerns, windows end when they said."""

import random
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from leadrelay.clock import FOREVER, Instant, parse_time
from leadrelay.leads.effects import Change, Effects, Joining, Leaving
from leadrelay.leads.facts import Slots
from leadrelay.leads.fields import SUBJECTS, UNTIL, Field, Fields, Type, Value
from leadrelay.leads.team import Away, Person, Pool, Team
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda, past, write
from leadrelay.store.activities import upsert_activities
from leadrelay.store.database import Database
from leadrelay.store.facts import Reader
from leadrelay.store.intake_writes import upsert
from leadrelay.zone import zone_of

START = parse_time("2027-12-20 09:00", zone_of("Europe/Amsterdam"))
HOUR = 3_600_000_000
FIELDS = Fields(
    (
        Field("request.extra.machine", Type.CHOICE, "", ("lathe", "mill")),
        Field("request.extra.tags", Type.LIST, ""),
        Field("account.extra.fleet", Type.NUMBER, ""),
    )
)
TEAM = Team(
    people={
        "an": Person("an", "An", roles=("seller",), away=(Away(21_200, 21_230),), capacity=3, manager="dirk"),
        "dirk": Person("dirk", "Dirk"),
    },
    pools={"field": Pool("field", ("an",))},
)
Watching = Callable[..., Ruleset]
SLOTS = {
    kind: Slots.of(
        (
            *(path for one in FIELDS.reachable(kind) for path in (one.path, *([one.path + UNTIL] * one.windowed))),
            *("contact.joined.warm", "contact.joined.cold")[: 2 if kind != "account" else 0],
        )
    )
    for kind in SUBJECTS
}
READERS = {kind: Reader(kind, slots, TEAM) for kind, slots in SLOTS.items()}
IDS = ("1", "2", "3")


def known(facts: dict[str, Value] | None) -> dict[str, Value] | None:
    """Facts without the moments that never come."""
    return None if facts is None else {path: value for path, value in facts.items() if value not in (None, FOREVER)}


def seen(conn: Connection, now: Instant) -> dict[str, dict[str, Value]]:
    """Every fact of every subject as the flows would see it now; unknown ones left out."""
    found = {}
    for kind, slots in SLOTS.items():
        for rows in READERS[kind].all(conn, now, chunk=2):
            for row in rows:
                facts = slots.facts(row)
                found[f"{kind}/{facts[f'{kind}.id']}"] = facts
    return found


def some_request(dice: random.Random, now: Instant) -> dict[str, Value]:
    row: dict[str, Value] = {
        "contact": dice.choice((*IDS, None)),
        "account": dice.choice(IDS),
        "owner": dice.choice(("an", "eva", None)),
    }
    row["received_at"] = now - dice.choice((0, 0, 5, 24 * 200)) * HOUR
    row["prompted"] = dice.choice((True, False, None))
    row["expected_value"] = dice.choice((None, 250_00))
    row["extra.machine"] = dice.choice(("lathe", None))
    row["extra.tags"] = dice.choice((("a", "b"), None))
    if dice.random() < 0.4:
        row |= {"status": "closed", "outcome": dice.choice(("order", "sales")), "closed_at": now}
    return row


def some_opportunity(dice: random.Random, now: Instant) -> dict[str, Value]:
    return {
        "account": dice.choice(IDS),
        "owner": dice.choice(("an", None)),
        "stage": dice.choice(("lead", "quote")),
        "closed_at": dice.choice((None, now)),
        "outcome": dice.choice(("won", None)),
        "scotsman.time": dice.choice((True, False, None)),
        "expected_value": dice.choice((None, 1_000_01)),
        "win_chance": dice.choice((None, 25, 50.5)),
    }


SOME: dict[str, Callable[[random.Random, Instant], dict[str, Value]]] = {
    "request": some_request,
    "opportunity": some_opportunity,
    "contact": lambda dice, _now: {"account": dice.choice((*IDS, None)), "consent": dice.choice((True, False))},
    "account": lambda dice, _now: {
        "owner": dice.choice(("an", "eva")),
        "postcode": dice.choice(("1017 AB", "B-9000", None)),
    },
}


def happen(conn: Connection, dice: random.Random, now: Instant, step: int) -> None:
    """Something happens: a row comes in, somebody visits, a rule puts a contact on a list, or a field of one away."""
    what = dice.choice((*SOME, *SOME, "activity", "activity", "list", "rule"))
    if what in SOME:
        row = SOME[what](dice, now)
        some = dict(dice.sample(sorted(row.items()), dice.randint(1, len(row))))
        upsert(conn, what, [{"id": dice.choice(IDS), **some}], now, "import a.csv")
    elif what == "activity":
        at = now + dice.choice((-500, -30, 0, 0, 300)) * HOUR
        way, kind = dice.choice(("in", "in", "out", None)), dice.choice(("visit", "site_visit", "email"))
        row = {"id": str(step), "at": at, "kind": kind, "contact": dice.choice(IDS), "direction": way}
        upsert_activities(conn, [row], now, "import b.csv")
    elif what == "list":
        move = dice.choice((Joining, Joining, Leaving))
        joined = [move(dice.choice(IDS), dice.choice(("warm", "cold")), "why", "rule")]
        write.apply(conn, Effects(joined=joined), now, 1)
    else:
        change_by_rule(conn, dice, now)


def change_by_rule(conn: Connection, dice: random.Random, now: Instant) -> None:
    changes = []
    for subject, facts in seen(conn, now).items():
        kind, _, name = subject.partition("/")
        old = facts.get(f"{kind}.owner")
        if kind == "request" and dice.random() < 0.5:
            changes.append(Change(kind, name, "owner", old, "an" if old == "eva" else "eva", "rule"))
            old = facts.get("request.extra.machine")
            changes.append(Change(kind, name, "extra.machine", old, "mill", "rule"))
    write.apply(conn, Effects(changes=changes), now, 1)


@pytest.mark.parametrize("seed", range(4))
def test_the_past_is_what_was_seen_then(database: Database, seed: int) -> None:
    dice, now = random.Random(seed), START
    snapshots: list[tuple[Instant, dict[str, dict[str, Value]]]] = []
    for step in range(30):
        now += dice.choice((1, 24 * 8, 24 * 40)) * HOUR
        with database.begin() as conn:
            happen(conn, dice, now, step)
            snapshots.append((now, seen(conn, now)))
    assert any(len(facts) > 6 for _, facts in snapshots)
    with database.read() as conn:
        for at, facts in snapshots:
            for kind in SUBJECTS:
                for name in IDS:
                    rebuilt = past.facts_at(conn, f"{kind}/{name}", at, team=TEAM)
                    assert known(rebuilt) == known(facts.get(f"{kind}/{name}"))


@pytest.mark.parametrize("seed", range(4))
def test_whoever_changes_is_woken(database: Database, watching: Watching, seed: int) -> None:
    dice, now = random.Random(seed), START
    fields = {kind: [one.path for one in FIELDS.reachable(kind) if one.entity != "owner"] for kind in SUBJECTS}
    fields = {kind: [*paths, "owner.open_count"] for kind, paths in fields.items()}
    read = {kind: dice.sample(fields[kind], 8) for kind in SUBJECTS}
    ruleset = watching(*(("route", kind, *paths) for kind, paths in read.items()))
    changed = 0
    for step in range(30):
        now += dice.choice((1, 24 * 8)) * HOUR
        with database.begin() as conn:
            if step == 0:
                agenda.touch_all(conn, ruleset, now)
            before = seen(conn, now)
            for subject in before:
                kind, _, name = subject.partition("/")
                agenda.schedule(conn, "route", kind, [(name, None)])
            happen(conn, dice, now, step)
            for subject, facts in seen(conn, now).items():
                kind, _, name = subject.partition("/")
                old = before.get(subject, {})
                if any(facts.get(path) != old.get(path) for path in read[kind]):
                    changed += 1
                    assert [due.flow for due in agenda.coming_for(conn, kind, name) if due.due_at <= now] == [
                        "route"
                    ], subject
    assert changed > 3


@pytest.mark.parametrize("seed", range(4))
def test_windows_end_when_they_said(database: Database, seed: int) -> None:
    dice, now = random.Random(seed), START
    ends = 0
    with database.begin() as conn:
        upsert(conn, "contact", [{"id": "1"}], now, "import a.csv")
        upsert(conn, "request", [{"id": "always", "contact": "1"}], now, "import a.csv")
        for step in range(20):
            now += dice.choice((1, 24 * 8)) * HOUR
            happen(conn, dice, now, step)
        for name, facts in seen(conn, now).items():
            for path in [path for path in facts if path.endswith(UNTIL) and path.startswith("contact.")]:
                until, field = facts[path], path.removesuffix(UNTIL)
                if name.startswith("contact/") and until != FOREVER:
                    assert isinstance(until, int)
                    ends += 1
                    assert until > now
                    assert seen(conn, until - 1)[name][field] == facts[field]
                    assert seen(conn, until)[name][field] != facts[field] or "visit" in field
    assert ends > 0


def test_between_two_changes_of_one_moment(database: Database) -> None:
    with database.begin() as conn:
        upsert(conn, "request", [{"id": "1", "summary": "one"}], START, "import a.csv")
        upsert(conn, "request", [{"id": "1", "summary": "two"}], START, "import b.csv")
    with database.read() as conn:
        summaries = [
            (past.facts_at(conn, "request/1", START, before) or {}).get("request.summary") for before in (0, 1, 2, None)
        ]
    assert summaries == [None, "one", "two", "two"]


def test_only_the_counts_that_are_asked_for(database: Database) -> None:
    with database.begin() as conn:
        upsert(conn, "contact", [{"id": "1"}], START, "import a.csv")
        facts = past.facts_at(conn, "contact/1", START, paths=["contact.requests_12m"])
    assert facts is not None
    assert facts["contact.requests_12m"] == 0
    assert "contact.site_visits_3w" not in facts


def test_who_used_to_belong_to_whom_is_found_by_index(sqlite_database: Database) -> None:
    sql = str(past._BELONGING["request", "owner"]._clause).replace(":to", "'an'").replace(":as_json", "'\"an\"'")
    with sqlite_database.read() as conn:
        plan = " / ".join(row[3] for row in conn.exec_driver_sql("EXPLAIN QUERY PLAN " + sql))
    assert "SEARCH history USING INDEX ix_history_moved (field=? AND old=?)" in plan
