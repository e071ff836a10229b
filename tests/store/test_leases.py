"""Leases: one holder at a time, also between processes; lost ones fence every write."""

import multiprocessing
import subprocess
from multiprocessing.connection import Connection as Pipe

import pytest

from leadrelay.store import holder, leases
from leadrelay.store.database import Database

NOW = 1_800_000_000_000_000


def test_one_holder_at_a_time(database: Database) -> None:
    with database.begin() as conn:
        assert leases.take(conn, "route", "a", NOW, NOW + 10)
        assert leases.take(conn, "route", "a", NOW + 1, NOW + 11)  # its own, again
        assert not leases.take(conn, "route", "b", NOW + 5, NOW + 20)
        assert leases.take(conn, "nudge", "b", NOW + 5, NOW + 20)
        assert leases.taken_until(conn, "route", NOW + 5) == NOW + 11
        assert leases.taken_until(conn, "route", NOW + 11) is None


def test_who_comes_late_has_lost_it(database: Database) -> None:
    with database.begin() as conn:
        leases.take(conn, "route", "a", NOW, NOW + 10)
        assert leases.hold(conn, "route", "a", NOW + 9, NOW + 20)
        assert not leases.hold(conn, "route", "b", NOW + 9, NOW + 20)
        assert not leases.hold(conn, "route", "a", NOW + 20, NOW + 30)
        assert leases.take(conn, "route", "b", NOW + 20, NOW + 30)
        assert not leases.hold(conn, "route", "a", NOW + 21, NOW + 31)
        leases.release(conn, "route", "a")  # without effect
        assert leases.taken_until(conn, "route", NOW + 21) == NOW + 30
        leases.release(conn, "route", "b")
        assert leases.taken_until(conn, "route", NOW + 21) is None


def test_of_two_processes_one_gets_it(database: Database) -> None:
    context = multiprocessing.get_context("spawn")
    url = database.engine.url.render_as_string(hide_password=False)
    ends = [context.Pipe() for _ in range(2)]
    processes = [context.Process(target=compete, args=(url, str(n), there)) for n, (_, there) in enumerate(ends)]
    for process in processes:
        process.start()
    for here, _ in ends:
        assert here.recv() == "ready"
    for here, _ in ends:
        here.send("go")
    taken = [here.recv() for here, _ in ends]
    for process in processes:
        process.join()
    assert sorted(taken) == [0, 20]


def compete(url: str, token: str, pipe: Pipe) -> None:
    """Tries for 20 leases in one unit of work, at once with the other process; says how many it got."""
    database = Database(url)
    pipe.send("ready")
    pipe.recv()
    with database.begin() as conn:
        got = sum(leases.take(conn, f"lease {number}", token, NOW, NOW + 10) for number in range(20))
    pipe.send(got)
    database.close()


def test_a_killed_holder_is_not_waited_for(database: Database) -> None:
    process = subprocess.Popen(["sleep", "60"])
    mine = holder.new_token()
    machine, _, _, word = mine.split("|")
    alive = f"{machine}|{process.pid}|{holder._started(process.pid)}|{word}"
    with database.begin() as conn:
        assert leases.take(conn, "route", alive, NOW, NOW + 10)
        assert not leases.take(conn, "route", mine, NOW + 1, NOW + 11)
    process.kill()
    process.wait()
    with database.begin() as conn:
        assert leases.take(conn, "route", mine, NOW + 1, NOW + 11)
        assert leases.current(conn) == [leases.Lease("route", mine, NOW + 11)]


@pytest.mark.parametrize("token", [None, "", "a", "elsewhere|1|1|x", "a|b|c|d"])
def test_of_whom_nothing_is_known_it_is_not_said_that_they_are_gone(token: str | None) -> None:
    assert not holder.gone(token)
    assert not holder.gone(holder.new_token())
