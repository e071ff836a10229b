"""A rule that is stopped at once: nobody takes its subjects, nothing of it goes out, and it goes on without a burst."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.act.halting import kept, let_go, start, stop
from leadrelay.act.sweep import Sweeper, sweep
from leadrelay.clock import HOUR, MINUTE
from leadrelay.errors import UnknownRule
from leadrelay.rulebook.model import Assign, Notify, Route, Rule, Rulebook, Ruleset
from leadrelay.store import agenda, halts, intake_writes
from leadrelay.store.database import Database
from tests.act.builders import NOW, book, line, older, otherwise, rule, ruleset, when
from tests.act.test_sweep import every, put, requests, rows

TELL = Notify(("dirk",), "told")
ROUTING = book(
    "routing",
    rule("renewal", line("request.kind", "renewal"), Route("sales"), Assign("an"), TELL),
    scope=when(line("request.status", "open"), line("request.desk")),
    otherwise=otherwise("routing", Route("inside_sales"), Assign("bram")),
)
LADDER = book(
    "late",
    rule(
        "late",
        when(older("request.received_at", "2 hours"), line("request.status", "open")),
        TELL,
        later=tuple((f"{hours} hours", Notify(("an",), f"later{hours}")) for hours in (1, 2, 4)),
        repeat=("90 minutes", 3),
    ),
    hit="all",
)
RULES = ruleset(ROUTING)


def decided(database: Database, what: str = "rule, subject, step, mode") -> list[tuple[object, ...]]:
    return rows(database, f"SELECT {what} FROM decisions ORDER BY id")


def test_subjects_of_a_stopped_rule_wait_for_it_and_go_to_no_other_rule(database: Database) -> None:
    put(database, RULES, request=[{"id": "r", "kind": "renewal"}, {"id": "o", "kind": "other"}])
    assert stop(database, RULES, "renewal", "wrong people", NOW).before is False
    found = sweep(database, RULES, "route", NOW)
    assert (found.decided, found.stopped) == (1, ["renewal"])
    assert rows(database, "SELECT id, desk FROM requests ORDER BY id") == [("o", "inside_sales"), ("r", None)]
    start(database, RULES, "renewal", NOW + HOUR)
    assert sweep(database, RULES, "route", NOW + HOUR).decided == 1
    assert rows(database, "SELECT desk, owner FROM requests WHERE id = 'r'") == [("sales", "an")]


def test_otherwise_is_stopped_by_its_key_and_a_rulebook_below_does_not_reroute(sqlite_database: Database) -> None:
    put(sqlite_database, RULES, request=[{"id": "o", "kind": "other"}])
    with pytest.raises(UnknownRule, match="Did you mean 'routing/otherwise'"):
        stop(sqlite_database, RULES, "routing/otherwis", "", NOW)
    stop(sqlite_database, RULES, "routing/otherwise", "", NOW)
    assert sweep(sqlite_database, RULES, "route", NOW).decided == 0


def test_a_stop_takes_effect_between_two_chunks_of_a_sweep_under_way(database: Database) -> None:
    rules = every(backfill=True)
    put(database, rules, request=requests(10))

    def go_on() -> bool:
        if len(decided(database)) == 4:
            stop(database, rules, "tell", "", NOW)
        return True

    sweeper = Sweeper(database, rules, chunk=2)
    assert sweeper.sweep("route", NOW, go_on).decided == 4
    assert sweeper.sweep("route", NOW).decided == 0
    start(database, rules, "tell", NOW + 1)
    assert sweeper.sweep("route", NOW + 1).decided == 6


def test_it_survives_edits_of_the_rule_and_new_versions(sqlite_database: Database) -> None:
    put(sqlite_database, every(), request=requests(1))
    stop(sqlite_database, every(), "tell", "", NOW)
    edited = every(digest="2", backfill=True)
    put(sqlite_database, edited, request=requests(2))
    assert Sweeper(sqlite_database, edited).sweep("route", NOW).decided == 0


def test_steps_that_came_due_meanwhile_are_skipped_and_the_ladder_goes_on(sqlite_database: Database) -> None:
    rules = ruleset(LADDER)
    put(sqlite_database, rules, request=requests(1, received_at=NOW - 2 * HOUR))
    sweep(sqlite_database, rules, "route", NOW)
    assert stop(sqlite_database, rules, "late", "", NOW + MINUTE).open_episodes == 1
    for minutes in (60, 120, 180):
        assert sweep(sqlite_database, rules, "route", NOW + minutes * MINUTE).decided == 0
    start(sqlite_database, rules, "late", NOW + 3 * HOUR + MINUTE)
    for minutes in (182, 240, 270, 300):
        sweep(sqlite_database, rules, "route", NOW + minutes * MINUTE)
    assert decided(sqlite_database, "step, mode") == [
        ("0", "live"),
        *(("1", "skipped"), ("2", "skipped"), ("repeat-1", "skipped"), ("repeat-2", "skipped")),
        *(("3", "live"), ("repeat-3", "live")),
    ]
    assert rows(sqlite_database, "SELECT count(*), max(ended_at) FROM episodes") == [(1, None)]


def test_an_episode_whose_rule_no_longer_holds_ends_only_after_the_start(sqlite_database: Database) -> None:
    rules = every(backfill=True)
    put(sqlite_database, rules, request=requests(1))
    sweep(sqlite_database, rules, "route", NOW)
    stop(sqlite_database, rules, "tell", "", NOW)
    with sqlite_database.begin() as conn:
        intake_writes.upsert(conn, "request", [{"id": "000", "status": "closed"}], NOW + MINUTE, "person an")
    sweep(sqlite_database, rules, "route", NOW + MINUTE)
    assert rows(sqlite_database, "SELECT ended_at FROM episodes") == [(None,)]
    start(sqlite_database, rules, "tell", NOW + HOUR)
    sweep(sqlite_database, rules, "route", NOW + HOUR)
    assert rows(sqlite_database, "SELECT ended_at FROM episodes") == [(NOW + HOUR,)]


def test_what_a_started_rule_would_begin_at_once_is_held_as_at_a_first_run(sqlite_database: Database) -> None:
    put(sqlite_database, every(), request=requests(2))
    sweep(sqlite_database, every(), "route", NOW, first_run_limit=5)
    stop(sqlite_database, every(), "tell", "", NOW)
    put(sqlite_database, every(), request=[{"id": f"new{number}"} for number in range(6)])
    assert sweep(sqlite_database, every(), "route", NOW, first_run_limit=5).decided == 0
    start(sqlite_database, every(), "tell", NOW + 1)
    assert sweep(sqlite_database, every(), "route", NOW + 1, first_run_limit=5).held == {"tell": 6}
    let_go(sqlite_database, every(), "tell", NOW + 2)
    assert sweep(sqlite_database, every(), "route", NOW + 2, first_run_limit=5).decided == 6


def test_unsent_messages_are_suppressed_and_sent_ones_are_not(database: Database) -> None:
    rules = ruleset(book("two", rule("tell", line("request.status", "open"), TELL, backfill=True), hit="all"))
    put(database, rules, request=requests(6))
    sweep(database, rules, "route", NOW)
    states = ["pending", "held", "failed", "leased", "sending", "sent"]
    with database.begin() as conn:
        for number, state in enumerate(states):
            sql = f"UPDATE messages SET state = '{state}', lease = 'x' WHERE subject = 'request/00{number}'"
            conn.exec_driver_sql(sql)
    assert stop(database, rules, "tell", "wrong people", NOW).messages == 4
    kept_back = ("suppressed", "rule stopped by ops: wrong people")
    assert rows(database, "SELECT state, error FROM messages ORDER BY subject") == [
        *[kept_back] * 4,
        ("sending", None),
        ("sent", None),
    ]


def test_a_mail_that_carries_others_goes_without_them_and_an_empty_one_not_at_all(database: Database) -> None:
    rules = ruleset(
        book("a", rule("one", line("request.status", "open"), TELL, backfill=True), hit="all", order=1),
        book("b", rule("two", line("request.status", "open"), TELL, backfill=True), hit="all", order=2),
    )
    put(database, rules, request=requests(2))
    sweep(database, rules, "route", NOW)
    envelope = (
        'INSERT INTO messages (key, at, "to", language, template, subject, urgency, reason, decision, mail, carries,'
        " state, lease) SELECT '{key}', at, \"to\", language, 'digest', 'person/dirk', urgency, reason, decision,"
        " '{key}', 2, 'leased', 'x' FROM messages WHERE decision = '{decision}'"
    )
    mine = "one|request/001|1|0"
    with database.begin() as conn:
        conn.exec_driver_sql("UPDATE messages SET state = 'held', mail = 'both' WHERE subject = 'request/000'")
        conn.exec_driver_sql(f"UPDATE messages SET state = 'held', mail = 'alone' WHERE decision = '{mine}'")
        for key, decision in (("both", "one|request/000|1|0"), ("alone", mine)):
            conn.exec_driver_sql(envelope.format(key=key, decision=decision))
    assert stop(database, rules, "one", "", NOW).messages == 2
    found = dict(rows(database, "SELECT key, state FROM messages WHERE carries > 0"))
    assert found == {"both": "pending", "alone": "suppressed"}
    assert rows(database, "SELECT state FROM messages WHERE decision = 'two|request/000|1|0'") == [("held",)]


@pytest.mark.parametrize("act", [start, let_go])
def test_what_is_not_halted_cannot_be_let_go(
    sqlite_database: Database, act: Callable[[Database, Ruleset, str, int], object]
) -> None:
    with pytest.raises(UnknownRule, match="No rule is"):
        act(sqlite_database, RULES, "renewal", NOW)


def test_what_is_halted_is_listed_with_why(database: Database) -> None:
    put(database, every(), request=requests(6))
    sweep(database, every(), "route", NOW, first_run_limit=5)
    stop(database, every(), "tell", "wrong", NOW)
    with database.begin() as conn:
        halts.put(conn, "gone", halts.LIMIT, NOW, "it acted on 3 within an hour", 3)
        found = [(one.rule, one.why, one.number) for one in kept(conn, every())]
    assert found == [("tell", "stopped", 0), ("gone", "limit", 3), ("tell", "first_run", 6)]


def test_a_shadow_rule_that_is_stopped_records_nothing(sqlite_database: Database) -> None:
    shadow: Rule = rule("tell", line("request.status", "open"), TELL, mode="shadow")
    books: tuple[Rulebook, ...] = (book("telling", shadow, hit="all"),)
    put(sqlite_database, ruleset(*books), request=requests(1))
    stop(sqlite_database, ruleset(*books), "tell", "", NOW)
    assert sweep(sqlite_database, ruleset(*books), "route", NOW).decided == 0
    with sqlite_database.begin() as conn:
        assert agenda.earliest(conn) == {}


Act = Literal["new", "stop", "start", "sweep"]


@given(acts=st.lists(st.tuples(st.sampled_from(get_args(Act)), st.integers(1, 80)), min_size=3, max_size=12))
@settings(max_examples=10, deadline=None)
def test_whatever_comes_in_between_nothing_is_done_while_it_is_stopped_and_nothing_is_lost(
    sqlite_template: Path, acts: list[tuple[Act, int]]
) -> None:
    one = rule("tell", line("request.status", "open"), TELL, later=(("1 hour", TELL),), repeat=("50 minutes", 9))
    rules = ruleset(book("telling", one, hit="all"))
    with TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder, "leads.db"))
        database = Database(f"sqlite:///{folder}/leads.db")
        put(database, rules)
        now, made, stopped = NOW, 0, False
        for act, minutes in [*acts, ("start", 1), ("sweep", 1)]:
            now += minutes * MINUTE
            if act == "new":
                with database.begin() as conn:
                    intake_writes.upsert(conn, "request", [{"id": f"{made}", "status": "open"}], now, "import x")
                made += 1
            elif act == "stop":
                stop(database, rules, "tell", "", now)
                stopped = True
            elif act == "start" and stopped:
                start(database, rules, "tell", now)
                stopped = False
            elif act == "sweep":
                live = sweep(database, rules, "route", now).messages
                assert not (stopped and live)
        # 'then' of everybody, once; of what came due during a stop nothing, whenever it is looked at
        assert rows(database, "SELECT count(*) FROM decisions WHERE step = '0'") == [(made,)]
        ends = rows(database, "SELECT at, ended_at FROM rule_halts")
        live = rows(database, "SELECT at FROM decisions WHERE mode = 'live'")
        assert not [at for (at,) in live for began, ended in ends if int(str(began)) <= int(str(at)) < int(str(ended))]
        database.close()
