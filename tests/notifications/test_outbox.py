"""The outbox: claims under a lease, fenced verdicts, failures that wait longer each time; on both databases."""

import os
import subprocess
import sys

import pytest
from sqlalchemy import select, update

from leadrelay.clock import HOUR, MINUTE
from leadrelay.store.database import Database
from leadrelay.store.holder import gone, new_token
from leadrelay.store.schema import messages
from notifications.message import Message, State, Verdict
from notifications.outbox import (
    FIRST_WAIT,
    LEASE,
    LONGEST_WAIT,
    MOST_FAILURES,
    claim,
    counts,
    failure,
    first_ready,
    reclaim,
    settle,
    wait_after,
)
from tests.notifications.world import NOW, fill, states


def take(database: Database, token: str, limit: int = 10, now: int = NOW, wall: int = NOW) -> list[int]:
    with database.begin() as conn:
        return [message.id for message in claim(conn, now, wall, limit, token)]


def test_a_claim_takes_what_is_due_longest_due_first(database: Database):
    first, later, held = fill(database, "an", "an", "an")
    with database.begin() as conn:
        conn.execute(update(messages).where(messages.c.id == later).values(not_before=NOW + MINUTE))
        conn.execute(update(messages).where(messages.c.id == held).values(state="held"))
    assert take(database, "a") == [first]
    assert take(database, "b", now=NOW + MINUTE) == [later]


def test_two_workers_never_have_the_same_message(database: Database):
    ids = fill(database, *["an"] * 7)
    taken = [take(database, token, limit=3) for token in ("a", "b", "a", "b")]
    assert sorted(one for part in taken for one in part) == ids
    assert [len(part) for part in taken] == [3, 3, 1, 0]


def test_workers_take_different_rows(database: Database):
    ids = fill(database, *["an"] * 4)
    with database.begin() as one:
        first = [message.id for message in claim(one, NOW, NOW, 2, "a")]
    assert (first, take(database, "b")) == (ids[:2], ids[2:])


def test_a_lease_expires_by_the_clock_of_the_machine_and_the_late_verdict_is_refused(database: Database):
    (only,) = fill(database, "an")
    with database.begin() as conn:
        (message,) = claim(conn, NOW, NOW, 1, "slow")
    assert take(database, "quick", now=NOW + 10 * HOUR, wall=NOW + LEASE - 1) == []
    assert take(database, "quick", wall=NOW + LEASE) == [only]
    verdict = Verdict(message, State.SENT, "an@example.com", sent_at=NOW)
    with database.begin() as conn:
        assert settle(conn, [verdict], "slow") == [verdict]
        assert settle(conn, [verdict], "quick") == []
        assert settle(conn, [verdict], "quick") == [verdict]  # settled once
    with database.read() as conn:
        row = conn.execute(select(messages)).mappings().one()
    assert (row["state"], row["address"], row["sent_at"], row["lease"]) == ("sent", "an@example.com", NOW, None)


def test_claims_are_no_failures_and_failures_wait_longer_until_the_message_is_dead(database: Database):
    fill(database, "an")
    now, waits = NOW, []
    for number in range(1, MOST_FAILURES + 1):
        for crash in range(3):
            assert take(database, f"killed {crash}", now=now, wall=NOW + (4 * number + crash) * HOUR)
        with database.begin() as conn:
            (message,) = claim(conn, now, NOW + (4 * number + 3) * HOUR, 1, "alive")
            assert message.failures == number - 1
            verdict = failure(message, "the disk is full", now)
            assert settle(conn, [verdict], "alive") == []
        waits.append(verdict.not_before - now)
        assert (
            number == MOST_FAILURES or take(database, "early", now=verdict.not_before - 1, wall=NOW + 999 * HOUR) == []
        )
        now = verdict.not_before
    assert waits[:-1] == sorted(waits[:-1])
    assert states(database) == [("an", "dead", "given up after 8 failures; the last: the disk is full")]


@pytest.mark.parametrize(
    ("failures", "least"), [(1, FIRST_WAIT), (2, 2 * FIRST_WAIT), (5, 16 * FIRST_WAIT), (99, LONGEST_WAIT)]
)
def test_waiting_doubles_up_to_a_limit_and_spreads(failures: int, least: int):
    waits = {wait_after(failures, f"key {number}") for number in range(50)}
    assert all(least <= wait <= least * 6 // 5 for wait in waits)
    assert len(waits) > 40


def test_the_lease_of_a_killed_process_is_not_waited_out(database: Database):
    code = "from leadrelay.store.holder import new_token; print(new_token())"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    killed = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
    mine, theirs, elsewhere = new_token(), killed.stdout.strip(), "other-machine/0|1|2|3"
    assert [gone(token) for token in (mine, theirs, elsewhere, None, "nonsense")] == [False, True, False, False, False]
    ids = fill(database, "an", "an", "an")
    for token in (mine, theirs, elsewhere):
        assert take(database, token, limit=1)
    with database.begin() as conn:
        assert reclaim(conn, NOW) == 1
    assert take(database, "next") == [ids[1]]


def test_delivery_wakes_for_what_was_being_sent_when_the_process_ended(database: Database):
    fill(database, "an")
    host, process, started, random = new_token().split("|")
    ended = f"{host}|{process}|{int(started) - 1}|{random}"
    for token, ready in ((new_token(), NOW + LEASE), (ended, 0)):
        with database.begin() as conn:
            conn.execute(update(messages).values(state="sending", lease=token, lease_until=NOW + LEASE))
            assert first_ready(conn, NOW) == ready


def test_a_process_id_that_is_used_again_is_another_process():
    host, process, started, random = new_token().split("|")
    assert gone(f"{host}|{process}|{int(started) - 1}|{random}")


def test_counts(database: Database):
    fill(database, "an", "an")
    take(database, "a", limit=1)
    with database.read() as conn:
        assert counts(conn, (State.PENDING, State.LEASED, State.DEAD)) == {"pending": 1, "leased": 1, "dead": 0}


def test_a_message_knows_its_rule():
    values = (1, "k", NOW, "an", "mail", "nl", "x", "request/1", "now", "why")
    assert Message(*values, "routing/otherwise|request/1|2|0").rule == "routing/otherwise"
