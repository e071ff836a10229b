"""Sweeps on the real database, SQLite and PostgreSQL: each step once, whatever chunks, processes and clocks do."""

from collections.abc import Iterable, Mapping

import pytest
from sqlalchemy import text

from leadrelay.act import held
from leadrelay.act.sweep import Sweeper, sweep
from leadrelay.clock import HOUR, MINUTE, Instant
from leadrelay.errors import ClockBeforeData, LeaseTaken, UnknownRule
from leadrelay.leads.fields import Type, Value
from leadrelay.rulebook.condition import Contains, Line, Nothing, Range
from leadrelay.rulebook.model import Assign, Close, Notify, Nurture, Pick, Qualify, Route, Rule, Ruleset, Set
from leadrelay.store import agenda, intake_writes, leases, rulesets, sweeps
from leadrelay.store.database import Database
from tests.act.builders import NOW, at, book, line, older, otherwise, person, rule, ruleset, team, when

TELL = Notify(("dirk",), "told")
ROUTING = book(
    "routing",
    rule("renewal", line("request.kind", "renewal"), Route("sales"), Assign("an"), TELL),
    scope=when(line("request.status", "open"), line("request.desk")),
    otherwise=otherwise("routing", Route("inside_sales"), Assign(Pick("inside_sales", "round_robin"))),
)
LATE = book(
    "late",
    rule(
        "late",
        when(older("request.received_at", "2 hours"), line("request.status", "open")),
        TELL,
        later=(("1 hour", Notify(("an",), "later")),),
    ),
    flow="nudge",
)
RULES = ruleset(ROUTING, LATE)


def put(database: Database, rules: Ruleset, now: Instant = NOW, **rows: Iterable[Mapping[str, Value]]) -> None:
    """Puts rules live and takes in subjects by kind."""
    with database.begin() as conn:
        rulesets.put_live(conn, str(id(rules)), {}, now, "test")
        agenda.touch_all(conn, rules, now)
        for kind, given in rows.items():
            intake_writes.upsert(conn, kind, given, now, "import test.csv")


def requests(count: int, **values: Value) -> list[dict[str, Value]]:
    return [{"id": f"{number:03}", **values} for number in range(count)]


def rows(database: Database, sql: str) -> list[tuple[object, ...]]:
    with database.read() as conn:
        return [tuple(row) for row in conn.execute(text(sql))]


def test_a_sweep_decides_writes_and_then_rests(database: Database) -> None:
    put(database, RULES, request=[*requests(3, kind="other"), {"id": "r", "kind": "renewal"}])
    found = sweep(database, RULES, "route", NOW)
    assert (found.looked_at, found.decided, found.acted, found.messages, found.finished) == (4, 4, 4, 1, True)
    assert rows(database, "SELECT id, desk, owner, routed_at FROM requests ORDER BY id") == [
        ("000", "inside_sales", "an", NOW),
        ("001", "inside_sales", "bram", NOW),
        ("002", "inside_sales", "an", NOW),
        ("r", "sales", "an", NOW),
    ]
    assert rows(database, "SELECT key, at, mode FROM decisions WHERE rule = 'renewal'") == [
        ("renewal|request/r|1|0", NOW, "live")
    ]
    assert rows(database, 'SELECT key, "to", decision FROM messages') == [
        ("renewal|request/r|1|0|told|dirk", "dirk", "renewal|request/r|1|0")
    ]
    causes = rows(database, "SELECT DISTINCT cause FROM history WHERE subject = 'request/r' AND field <> '*'")
    assert causes == [("renewal|request/r|1|0",)]
    again = sweep(database, RULES, "route", NOW)
    assert (again.looked_at, again.decided, again.messages) == (0, 0, 0)


def test_looking_at_everything_again_does_nothing_twice(database: Database) -> None:
    put(database, RULES, request=requests(5, received_at=NOW - 3 * HOUR))
    before = sweep(database, RULES, "nudge", NOW)
    with database.begin() as conn:
        agenda.touch_all(conn, RULES, NOW)
    after = sweep(database, RULES, "nudge", NOW)
    assert (before.decided, after.looked_at, after.decided, after.messages) == (5, 5, 0, 0)


def test_steps_come_due_by_themselves(database: Database) -> None:
    put(database, RULES, request=requests(1, received_at=NOW))
    decided = [
        sweep(database, RULES, "nudge", NOW + minutes * MINUTE).decided for minutes in (0, 119, 120, 121, 179, 180, 300)
    ]
    assert decided == [0, 0, 1, 0, 0, 1, 0]
    assert rows(database, "SELECT step, at FROM decisions ORDER BY id") == [
        ("0", NOW + 2 * HOUR),
        ("1", NOW + 3 * HOUR),
    ]
    assert rows(database, "SELECT number, steps, ended_at FROM episodes") == [(1, 1, None)]


def test_a_change_by_another_flow_ends_an_episode_in_the_next_sweep(database: Database) -> None:
    put(database, RULES, request=requests(1, received_at=NOW - 3 * HOUR))
    sweep(database, RULES, "nudge", NOW)
    with database.begin() as conn:
        intake_writes.upsert(conn, "request", [{"id": "000", "status": "closed"}], NOW + MINUTE, "person an")
    assert sweep(database, RULES, "nudge", NOW + 9 * HOUR).decided == 0
    assert rows(database, "SELECT ended_at FROM episodes") == [(NOW + 9 * HOUR,)]


def test_chunks_change_nothing(database: Database) -> None:
    put(database, RULES, request=requests(23))
    found = sweep(database, RULES, "route", NOW, chunk=4)
    assert (found.looked_at, found.decided) == (23, 23)
    spread = rows(database, "SELECT owner, count(*) FROM requests GROUP BY owner ORDER BY owner")
    assert spread == [("an", 12), ("bram", 11)]


JOIN = book(
    "join",
    rule(
        "join",
        when(Nothing((Line("contact.lists", Contains(("cold",)), Type.LIST),)), line("request.status", "open")),
        Nurture("cold"),
    ),
    otherwise=otherwise("join", Close("archived", "on the list already")),
    scope=line("request.status", "open"),
)


def test_a_subject_waits_for_facts_that_another_one_changed_just_before(database: Database) -> None:
    rules = ruleset(JOIN)
    put(database, rules, contact=[{"id": "C"}], request=requests(3, contact="C"))
    found = sweep(database, rules, "route", NOW)
    assert rows(database, "SELECT id, outcome FROM requests ORDER BY id") == [
        ("000", "marketing"),
        ("001", "archived"),
        ("002", "archived"),
    ]
    assert rows(database, "SELECT contact, list FROM memberships") == [("C", "cold")]
    assert found.decided == 3


def test_an_opportunity_is_looked_at_in_the_sweep_that_made_it(database: Database) -> None:
    stage = rule("stage", line("opportunity.stage", "lead"), Set((("opportunity.win_chance", 10),)))
    rules = ruleset(
        book("deals", stage, subject="opportunity"),
        book("routing", rule("deal", when(), Qualify("lead")), scope=line("request.status", "open")),
    )
    put(database, rules, request=requests(1, owner="an", expected_value=500))
    assert sweep(database, rules, "route", NOW).created == 1
    assert rows(database, "SELECT id, owner, stage, win_chance, expected_value, request FROM opportunities") == [
        ("O-000", "an", "lead", 10, 500, "000")
    ]


def test_loads_are_counted_in_the_database_and_kept_up_to_date(database: Database) -> None:
    busy = rule("busy", Line("owner.open_count", Range(low=3)), TELL)
    rules = ruleset(
        book(
            "share",
            rule("share", line("request.owner"), Assign(Pick("inside_sales"))),
            scope=line("request.status", "open"),
        ),
        book("busy", busy, hit="all", order=10, flow="escalate"),
    )
    given = [*requests(4), {"id": "x", "owner": "an"}, {"id": "y", "owner": "an", "status": "closed"}]
    put(database, rules, request=given)
    sweep(database, rules, "route", NOW, chunk=2)
    spread = rows(database, "SELECT owner, count(*) FROM requests WHERE status = 'open' GROUP BY owner ORDER BY owner")
    assert spread == [("an", 3), ("bram", 2)]
    assert sweep(database, rules, "escalate", NOW).decided == 4  # an's three open ones and the closed one


def test_a_clock_before_the_last_decision_is_refused(database: Database) -> None:
    put(database, RULES, request=requests(1))
    sweep(database, RULES, "route", NOW)
    with pytest.raises(ClockBeforeData):
        sweep(database, RULES, "route", NOW - 1)
    sweep(database, RULES, "route", NOW)


def test_another_process_keeps_a_flow_for_itself_until_its_lease_ends(database: Database) -> None:
    put(database, RULES, request=requests(2))
    wall = at("2030-01-01 00:00")
    with database.begin() as conn:
        assert leases.take(conn, "sweep route", "other", wall, wall + MINUTE)
    with pytest.raises(LeaseTaken):
        Sweeper(database, RULES, clock=lambda: wall).sweep("route", NOW)
    assert rows(database, "SELECT count(*) FROM decisions") == [(0,)]
    assert Sweeper(database, RULES, clock=lambda: wall).sweep("nudge", NOW).looked_at == 2
    assert Sweeper(database, RULES, clock=lambda: wall + MINUTE).sweep("route", NOW).decided == 2
    assert Sweeper(database, RULES, clock=lambda: wall).sweep("route", NOW).finished


def test_a_sweep_whose_lease_was_taken_over_stops_before_it_writes(database: Database) -> None:
    put(database, RULES, request=requests(4))
    wall = [at("2030-01-01 00:00")]

    def robbed() -> bool:
        wall[0] += HOUR
        with database.begin() as conn:
            assert leases.take(conn, "sweep route", "other", wall[0], wall[0] + HOUR)
        return True

    with pytest.raises(LeaseTaken):
        Sweeper(database, RULES, chunk=1, clock=lambda: wall[0]).sweep("route", NOW, robbed)
    assert rows(database, "SELECT count(*) FROM decisions") == [(1,)]


def test_a_sweep_that_is_told_to_stop_leaves_the_rest_for_the_next(database: Database) -> None:
    put(database, RULES, request=requests(5))
    sweeper = Sweeper(database, RULES, chunk=2)
    first = sweeper.sweep("route", NOW, lambda: False)
    assert (first.decided, first.finished) == (2, False)
    assert sweeper.sweep("route", NOW).decided == 3


def test_a_crash_loses_the_chunk_and_nothing_else(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    put(database, RULES, request=requests(5))
    calls = []

    def crash(*_: object) -> bool:
        calls.append(1)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Sweeper(database, RULES, chunk=2).sweep("route", NOW, crash)
    assert (calls, rows(database, "SELECT count(*) FROM decisions")) == ([1], [(2,)])
    assert sweep(database, RULES, "route", NOW).decided == 3
    owners = rows(database, "SELECT owner, count(*) FROM requests GROUP BY owner ORDER BY owner")
    assert owners == [("an", 3), ("bram", 2)]


def test_subjects_that_wake_each_other_without_end_are_cut(database: Database) -> None:
    """One flees whoever has two, the other follows it."""
    crowded, alone = Line("owner.open_count", Range(low=2)), Line("owner.open_count", Range(high=1))
    flee = rule("flee", when(line("request.kind", "renewal"), crowded), Assign(Pick("hares", "round_robin")))
    follow = rule("follow", when(line("request.kind", "other"), alone), Assign(Pick("hounds", "round_robin")))
    people = team(person("an"), person("bram"), hares=("bram", "an"), hounds=("bram", "an"))
    rules = ruleset(book("race", flee, follow, hit="all"), people=people)
    put(
        database,
        rules,
        request=[{"id": "hare", "kind": "renewal", "owner": "an"}, {"id": "hound", "kind": "other", "owner": "an"}],
    )
    found = sweep(database, rules, "route", NOW)
    assert not found.finished
    assert found.decided < 50
    assert found.cut and set(found.cut) <= {"request/hare", "request/hound"}


def every(name: str = "tell", digest: str = "1", **more: object) -> Ruleset:
    telling: Rule = rule(name, line("request.status", "open"), TELL, digest=digest, **more)
    return ruleset(book("telling", telling, hit="all"))


def test_a_first_run_that_would_begin_too_much_is_held_until_released(database: Database) -> None:
    rules = every()
    put(database, rules, request=requests(6))
    for _ in range(2):
        found = sweep(database, rules, "route", NOW, first_run_limit=5)
        assert (found.decided, found.held) == (0, {"tell": 6})
    with pytest.raises(UnknownRule):
        held.release(database, rules, "no-such-rule", NOW)
    assert held.release(database, rules, "tell", NOW).state == "released"
    found = sweep(database, rules, "route", NOW, first_run_limit=5)
    assert (found.decided, found.held) == (6, {})
    with pytest.raises(UnknownRule):
        held.release(database, rules, "tell", NOW)


@pytest.mark.parametrize(
    ("rules", "limit", "expected"),
    [
        (every(), 6, {}),
        (every(backfill=True), 5, {}),
        (every(mode="shadow"), 5, {}),
        (ruleset(book("telling", rule("tell", line("request.status", "open"), TELL))), 5, {"tell": 6}),
        (ruleset(book("routing", rule("send", line("request.status", "open"), Route("sales")))), 5, {}),
        (every(), 0, {"tell": 6}),
    ],
)
def test_what_is_held_and_what_is_not(database: Database, rules: Ruleset, limit: int, expected: dict[str, int]) -> None:
    put(database, rules, request=requests(6))
    found = sweep(database, rules, "route", NOW, first_run_limit=limit)
    assert found.held == expected
    assert found.decided == (0 if expected else 6)


def test_an_edit_of_a_rule_has_a_first_run_again_and_its_episodes_stay(database: Database) -> None:
    put(database, every(), request=requests(3))
    assert sweep(database, every(), "route", NOW, first_run_limit=5).decided == 3
    edited = every(digest="2")
    put(database, edited, request=requests(10))
    assert sweep(database, edited, "route", NOW, first_run_limit=5).held == {"tell": 7}
    assert rows(database, "SELECT count(*) FROM episodes WHERE ended_at IS NULL") == [(3,)]
    back = every(digest="1")
    put(database, back)
    assert sweep(database, back, "route", NOW, first_run_limit=7).decided == 7


def test_the_rehearsal_sees_what_earlier_rulebooks_would_do(database: Database) -> None:
    desk = book("desk", rule("desk", line("request.desk"), Route("sales")), order=1)
    telling = book("telling", rule("tell", line("request.desk", "sales"), TELL), hit="all", order=2)
    rules = ruleset(desk, telling)
    put(database, rules, request=requests(6))
    found = sweep(database, rules, "route", NOW, first_run_limit=5)
    assert (found.held, found.decided) == ({"tell": 6}, 6)


def test_what_a_sweep_did_is_kept(database: Database) -> None:
    put(database, RULES, request=requests(2))
    sweep(database, RULES, "route", NOW)
    with database.read() as conn:
        last = sweeps.last(conn)["route"]
    assert (last.at, last.summary["decided"], last.summary["finished"]) == (NOW, 2, True)
