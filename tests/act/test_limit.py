"""The limit per rule and hour: never passed, whatever chunks, sweeps, kills and processes; nothing is lost by it."""

import multiprocessing
import random
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leadrelay.act.brake import limits_of
from leadrelay.act.halting import let_go
from leadrelay.act.sweep import Sweeper
from leadrelay.clock import HOUR, MINUTE, Instant
from leadrelay.errors import DatabaseBusy, LeaseTaken
from leadrelay.rulebook.model import Assign, Notify, Route, Ruleset
from leadrelay.store import intake_writes
from leadrelay.store.audit import audit
from leadrelay.store.database import Database
from tests.act.builders import NOW, TEAM, book, line, otherwise, person, rule, ruleset, team, when
from tests.act.test_sweep import put, requests, rows

TELL = Notify(("dirk",), "told")
OPS = team(*TEAM.people.values(), person("olga", "ops", language="nl"), person("piet", "ops"))


def telling(limit: int | None, **more: object) -> Ruleset:
    one = rule("tell", line("request.status", "open"), TELL, limit=limit, backfill=True, **more)
    return ruleset(book("telling", one, hit="all"), people=OPS)


def test_the_limit_is_exact_ops_are_told_once_and_a_release_loses_nothing(database: Database) -> None:
    rules = telling(4)
    put(database, rules, request=requests(10))
    sweeper = Sweeper(database, rules, chunk=3)
    for minutes in (0, 1, 59, 90):
        found = sweeper.sweep("route", NOW + minutes * MINUTE)
        assert (found.as_dict()["held"], found.as_dict()["limited"]) == ({}, {"tell": 4})
    assert rows(database, "SELECT count(*) FROM decisions") == [(4,)]
    told = 'SELECT "to", language, state FROM messages WHERE template = \'rule_limit\' ORDER BY "to"'
    assert rows(database, told) == [("olga", "nl", "pending"), ("piet", "en", "pending")]
    with database.read() as conn:
        assert not [one for one in audit(conn, NOW) if one.code.startswith("message")]
    let_go(database, rules, "tell", NOW + 2 * HOUR)
    found = sweeper.sweep("route", NOW + 2 * HOUR)
    assert (found.decided, found.limited) == (6, {})
    assert len(rows(database, told)) == 2


def test_after_a_release_the_limit_counts_again_when_its_hour_is_over(sqlite_database: Database) -> None:
    rules = telling(2)
    put(sqlite_database, rules, request=requests(3))
    sweeper = Sweeper(sqlite_database, rules)
    sweeper.sweep("route", NOW)
    let_go(sqlite_database, rules, "tell", NOW)
    assert sweeper.sweep("route", NOW + MINUTE).decided == 1
    with sqlite_database.begin() as conn:
        intake_writes.upsert(conn, "request", [{"id": f"x{number}"} for number in range(4)], NOW + HOUR, "import x")
    found = sweeper.sweep("route", NOW + HOUR)
    assert (found.decided, found.limited) == (2, {"tell": 2})
    assert len(rows(sqlite_database, "SELECT id FROM messages WHERE template = 'rule_limit'")) == 4


def test_steps_of_the_ladder_count_and_what_waits_is_done_after_the_release(sqlite_database: Database) -> None:
    rules = telling(3, later=(("30 minutes", Notify(("an",), "later")),))
    put(sqlite_database, rules, request=requests(2))
    sweeper = Sweeper(sqlite_database, rules)
    sweeper.sweep("route", NOW)
    found = sweeper.sweep("route", NOW + 30 * MINUTE)
    assert (found.decided, found.limited) == (1, {"tell": 3})
    assert sweeper.sweep("route", NOW + 40 * MINUTE).looked_at == 0
    let_go(sqlite_database, rules, "tell", NOW + HOUR)
    assert sweeper.sweep("route", NOW + HOUR).decided == 1
    assert rows(sqlite_database, "SELECT step, count(*) FROM decisions GROUP BY step ORDER BY step") == [
        ("0", 2),
        ("1", 2),
    ]


def test_a_rule_of_hit_first_has_a_limit_only_if_it_says_so_and_its_subjects_wait(sqlite_database: Database) -> None:
    scope = when(line("request.status", "open"), line("request.desk"))
    last = otherwise("routing", Route("archive"))
    routing = rule("renewal", line("request.kind", "renewal"), Route("sales"), Assign("an"), TELL, limit=2)
    rules = ruleset(book("routing", routing, scope=scope, otherwise=last))
    put(sqlite_database, rules, request=requests(3, kind="renewal"))
    sweeper = Sweeper(sqlite_database, rules, rule_hour_limit=1, first_run_limit=3)
    assert sweeper.sweep("route", NOW).limited == {"renewal": 2}
    assert rows(sqlite_database, "SELECT desk, count(*) FROM requests GROUP BY desk ORDER BY desk NULLS LAST") == [
        ("sales", 2),
        (None, 1),
    ]


@pytest.mark.parametrize(
    ("rules", "default", "expected"),
    [
        (ruleset(book("b", rule("r", when(), TELL), hit="all")), 5, {"r": (5, True)}),
        (ruleset(book("b", rule("r", when(), TELL), hit="all")), None, {}),
        (ruleset(book("b", rule("r", when(), TELL))), 5, {}),
        (ruleset(book("b", rule("r", when(), TELL, backfill=True), hit="all")), 5, {}),
        (ruleset(book("b", rule("r", when(), TELL, limit=0), hit="all")), 5, {}),
        (ruleset(book("b", rule("r", when(), TELL, limit=2, backfill=True), hit="all")), 5, {"r": (2, False)}),
        (ruleset(book("b", rule("r", when(), TELL, limit=2))), None, {"r": (2, False)}),
    ],
)
def test_which_rules_have_which_limit(rules: Ruleset, default: int | None, expected: object) -> None:
    assert {key: tuple(limit) for key, limit in limits_of(rules, "route", default).items()} == expected


def test_the_default_counts_what_is_told_and_is_never_less_than_first_run_limit(sqlite_database: Database) -> None:
    quiet = rule("quiet", line("request.status", "open"), Route("sales"))
    loud = rule("loud", line("request.status", "open"), TELL)
    rules = ruleset(book("both", quiet, loud, hit="all"), people=OPS)
    put(sqlite_database, rules, request=requests(5))
    sweeper = Sweeper(sqlite_database, rules, rule_hour_limit=2, first_run_limit=5)
    assert sweeper.sweep("route", NOW).limited == {}
    with sqlite_database.begin() as conn:
        intake_writes.upsert(conn, "request", [{"id": "x"}], NOW + MINUTE, "import x")
    found = sweeper.sweep("route", NOW + MINUTE)
    assert (found.decided, found.limited) == (1, {"loud": 5})


Splits = list[tuple[int, int, int]]


@given(
    limit=st.integers(1, 6),
    splits=st.lists(st.tuples(st.integers(0, 40), st.integers(0, 5), st.integers(1, 4)), min_size=1, max_size=7),
    released=st.integers(0, 7),
)
@settings(max_examples=12, deadline=None)
def test_no_split_in_chunks_and_sweeps_passes_the_limit(
    sqlite_template: Path, limit: int, splits: Splits, released: int
) -> None:
    """Sweeps some minutes apart, each after some new requests, in chunks of some size; one release in between."""
    rules = telling(limit)
    with TemporaryDirectory() as folder:
        shutil.copy(sqlite_template, Path(folder, "leads.db"))
        database = Database(f"sqlite:///{folder}/leads.db")
        put(database, rules)
        now, made, free = NOW, 0, (0, 0)
        for turn, (minutes, new, chunk) in enumerate(splits):
            now += minutes * MINUTE
            with database.begin() as conn:
                given_ = [{"id": f"{made + number:03}", "status": "open"} for number in range(new)]
                intake_writes.upsert(conn, "request", given_, now, "import x")
            made += new
            found = Sweeper(database, rules, chunk=chunk).sweep("route", now)
            if turn == released and found.limited:
                let_go(database, rules, "tell", now)
                free = (now, now + HOUR)
        counted = [int(str(at)) for (at,) in rows(database, "SELECT at FROM decisions ORDER BY id")]
        outside = [at for at in counted if not free[0] <= at < free[1]]
        assert most_in_an_hour(outside) <= limit
        if Sweeper(database, rules).sweep("route", now).limited:
            let_go(database, rules, "tell", now)
        Sweeper(database, rules).sweep("route", now)
        assert rows(database, "SELECT count(*) FROM decisions") == [(made,)]
        database.close()


def most_in_an_hour(times: list[Instant]) -> int:
    return max((sum(first <= at < first + HOUR for at in times) for first in times), default=0)


KILLED = telling(40)


def decided(database: Database) -> int:
    return int(str(rows(database, "SELECT count(*) FROM decisions")[0][0]))


def sweep_until_done(url: str) -> None:
    """One process: sweeps in chunks of one, as long as there is something to do; another may be at it."""
    database = Database(url, wait=5)
    while True:
        try:
            Sweeper(database, KILLED, chunk=1).sweep("route", NOW)
            return
        except (LeaseTaken, DatabaseBusy):
            time.sleep(0.002)


def test_neither_kills_nor_two_processes_pass_the_limit(database: Database) -> None:
    put(database, KILLED, request=requests(60))
    url, dice = database.engine.url.render_as_string(hide_password=False), random.Random(7)
    context = multiprocessing.get_context("fork")

    def start() -> multiprocessing.process.BaseProcess:
        process = context.Process(target=sweep_until_done, args=(url,), daemon=True)
        process.start()
        return process

    done = 0
    while done < 30:
        both, aim = [start(), start()], done + dice.randint(3, 12)
        while decided(database) < aim and any(process.is_alive() for process in both):
            time.sleep(dice.uniform(0, 0.004))
        for process in both:  # in the middle of their work, wherever that is
            process.kill()
            process.join()
        assert done < decided(database) <= 40
        done = decided(database)
    last = [start(), start()]
    for process in last:
        process.join(30)
    assert rows(database, "SELECT count(*) FROM decisions") == [(40,)]
    assert rows(database, "SELECT count(*) FROM messages WHERE template = 'told'") == [(40,)]
    assert rows(database, "SELECT sum(acts) FROM rule_minutes") == [(40,)]
    assert rows(database, "SELECT what, number, ended_at FROM rule_halts") == [("limit", 40, None)]
    assert rows(database, "SELECT count(*) FROM messages WHERE template = 'rule_limit'") == [(2,)]
