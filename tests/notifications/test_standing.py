"""Delivery looks again: what says that something stands goes only while it does, what happened is told anyway."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text

from leadrelay.act.sweep import sweep
from leadrelay.clock import HOUR, MINUTE
from leadrelay.leads.fields import Value
from leadrelay.rulebook.load import load
from leadrelay.store import agenda, episodes, halts, intake_writes, rulesets
from leadrelay.store.database import Database
from notifications.delivery import deliver
from tests.notifications.world import NOW, RULESET, SHIPPED, fill, settings, states

TEAM = """
people:
  - {id: an, name: An, email: an@example.com, manager: dirk}
  - {id: bram, name: Bram, email: bram@example.com, manager: dirk}
  - {id: dirk, name: Dirk, email: dirk@example.com}
"""
ROUTING = """
rulebook: routing
subject: request
flow: route
hit: first
scope: {request.status: open, request.desk: {known: false}}
rules:
  - id: renewal
    when: {request.kind: renewal}
    then: [{route: sales}, {assign: an}, {notify: {to: request.owner, template: assigned}}]
otherwise: [{route: inside_sales}, {assign: an}]
"""
TELLING = """
rulebook: telling
subject: request
flow: escalate
hit: first
scope: {request.status: open}
rules:
  - id: told
    when: {request.kind: new_project}
    then: [{notify: {to: dirk, template: new_request}}]
    later:
      - {after: 1 hour, then: [{notify: {to: dirk, template: escalated}}]}
otherwise: [{set: {request.triage: new}}]
"""
WAITING = """
rulebook: waiting
subject: request
flow: nudge
hit: all
scope: {request.status: open}
rules:
  - id: waits
    when: {request.received_at: {older_than: 1 hour}, request.first_response_at: {known: false}}
    then:
      - notify: {to: request.owner, template: nudge}
      - notify: {to: [owner.manager, dirk], template: overdue}
  - id: archives
    when: {request.kind: information}
    then: [{notify: {to: dirk, template: escalated}}, {close: {outcome: archived, reason: enough}}]
"""
FILES = {
    **SHIPPED,
    "rules/team.yaml": TEAM,
    "rules/routing.yaml": ROUTING,
    "rules/telling.yaml": TELLING,
    "rules/waiting.yaml": WAITING,
}
LOADED = load(FILES)
LATER = NOW + 2 * HOUR
Between = Callable[[Connection], object]


def becomes(**values: Value) -> Between:
    """A colleague imports other values."""
    return lambda conn: intake_writes.upsert(conn, "request", [{"id": "1", **values}], LATER, "person bram")


def told(
    database: Database,
    folder: Path,
    between: Between,
    kind: str = "other",
    owner: str | None = "an",
    flow: str = "nudge",
) -> dict[tuple[str, str], str]:
    """What becomes of the messages that a flow writes about a request when this happens before they are sent."""
    assert LOADED.errors == []
    with database.begin() as conn:
        rulesets.put_live(conn, "x", FILES, NOW, "test")
        agenda.touch_all(conn, LOADED.ruleset, NOW)
        first = {"id": "1", "received_at": NOW, "kind": kind, "status": "open", "owner": owner}
        intake_writes.upsert(conn, "request", [first], NOW, "import x.csv")
    sweep(database, LOADED.ruleset, flow, NOW)  # type: ignore[arg-type]
    sweep(database, LOADED.ruleset, flow, LATER)  # type: ignore[arg-type]
    with database.begin() as conn:
        between(conn)
    return delivered(database, folder)


def delivered(database: Database, folder: Path) -> dict[tuple[str, str], str]:
    deliver(database, LOADED.ruleset, FILES, settings(folder), LATER + MINUTE, clock=lambda: LATER)
    with database.read() as conn:
        keys = [row[0] for row in conn.execute(text("SELECT key FROM messages ORDER BY id"))]
    found = zip(keys, states(database), strict=True)
    return {(to, key.rsplit("|", 2)[1]): state if why is None else f"{state}: {why}" for key, (to, state, why) in found}


GONE = "suppressed: no longer true"
DELETED = "suppressed: what it is about was deleted"
ACKNOWLEDGED = "suppressed: acknowledged by bram"


@pytest.mark.parametrize(
    ("between", "nudge", "overdue"),
    [
        (lambda conn: None, "sent", "sent"),
        (becomes(summary="Something else"), "sent", "sent"),
        (becomes(first_response_at=LATER), GONE, GONE),
        (becomes(status="closed"), GONE, GONE),
        (becomes(owner="bram"), "suppressed: passed on to bram", "sent"),
        (becomes(owner=None), "suppressed: passed on to nobody", "sent"),
        (lambda conn: episodes.acknowledge(conn, "request/1", "bram", LATER), ACKNOWLEDGED, ACKNOWLEDGED),
        (lambda conn: conn.execute(text("DELETE FROM requests")), DELETED, DELETED),
    ],
    ids=["nothing", "other-words", "answered", "closed", "reassigned", "taken-away", "acknowledged", "deleted"],
)
def test_what_stands_is_said_only_while_it_does(
    database: Database, tmp_path: Path, between: Between, nudge: str, overdue: str
) -> None:
    assert told(database, tmp_path, between) == {("an", "nudge"): nudge, ("dirk", "overdue"): overdue}


PASSING = """
rulebook: passing
subject: request
flow: nudge
hit: all
scope: {request.status: open}
rules:
  - id: silent
    when: {request.received_at: {older_than: 1 hour}, request.first_response_at: {known: false}}
    then: [{assign: {pool: two, not: request.owner, tell: true}}]
"""


def test_both_owners_hear_that_it_was_passed_on_even_if_it_is_answered_by_then(
    sqlite_database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = TEAM + "pools: {two: {members: [an, bram]}}\n"
    files = {**FILES, "rules/team.yaml": team, "rules/waiting.yaml": PASSING}
    monkeypatch.setitem(globals(), "LOADED", load(files))
    found = told(sqlite_database, tmp_path, becomes(first_response_at=LATER))
    assert found == {("bram", "assigned"): "sent", ("an", "passed_on"): "sent"}


def test_an_episode_that_ended_says_no_more_even_if_the_rule_holds_again(
    sqlite_database: Database, tmp_path: Path
) -> None:
    def answered_and_reopened(conn: Connection) -> None:
        conn.execute(text(f"UPDATE episodes SET ended_at = {LATER + 1} WHERE rule_key = 'waits'"))

    assert set(told(sqlite_database, tmp_path, answered_and_reopened).values()) == {GONE}


def test_what_happened_is_told_whatever_came_after(sqlite_database: Database, tmp_path: Path) -> None:
    found = told(sqlite_database, tmp_path, becomes(status="closed"), "renewal", None, "route")
    assert found == {("an", "assigned"): "sent"}


def test_a_later_step_of_a_first_match_says_that_something_stands(sqlite_database: Database, tmp_path: Path) -> None:
    found = told(sqlite_database, tmp_path, becomes(status="closed"), "new_project", flow="escalate")
    assert found == {("dirk", "new_request"): "sent", ("dirk", "escalated"): GONE}


def test_a_rule_that_ends_its_own_episode_is_heard(sqlite_database: Database, tmp_path: Path) -> None:
    found = told(sqlite_database, tmp_path, lambda conn: None, "information")
    assert found[("dirk", "escalated")] == "sent"


def test_a_rule_that_was_taken_away_says_no_more(sqlite_database: Database, tmp_path: Path) -> None:
    told(
        sqlite_database,
        tmp_path / "never",
        lambda conn: conn.execute(text("UPDATE messages SET not_before = 2000000000000000000")),
    )
    with sqlite_database.begin() as conn:
        conn.execute(text("UPDATE messages SET not_before = 0"))
    files = FILES | {"rules/waiting.yaml": WAITING.replace("id: waits", "id: waits-longer")}
    loaded = load(files)
    deliver(sqlite_database, loaded.ruleset, files, settings(tmp_path), LATER + MINUTE, clock=lambda: LATER)
    assert {(state, why) for _, state, why in states(sqlite_database)} == {("suppressed", "no longer true")}


def test_of_a_stopped_rule_nothing_goes_that_is_written_later_either(sqlite_database: Database, tmp_path: Path) -> None:
    """Such as a reminder that the planner writes; a mail that carries several messages is not the rule's own."""
    with sqlite_database.begin() as conn:
        halts.put(conn, "key-account", halts.STOPPED, NOW, "wrong people")
    first, second, third = fill(sqlite_database, "an", "an", "an", template="key_account")
    with sqlite_database.begin() as conn:
        conn.execute(text(f"UPDATE messages SET decision = 'other|request/42|1|0' WHERE id = {second}"))
        merged = "template = 'digest', subject = 'person/an', carries = 2, mail = key"
        conn.execute(text(f"UPDATE messages SET {merged} WHERE id = {third}"))
    deliver(sqlite_database, RULESET, SHIPPED, settings(tmp_path), NOW)
    with sqlite_database.read() as conn:
        found = dict(tuple(row) for row in conn.execute(text("SELECT id, coalesce(error, state) FROM messages")))
    assert found[first] == "rule stopped by ops: wrong people"
    assert found[second] == found[third] == "sent"
