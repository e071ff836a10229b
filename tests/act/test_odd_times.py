"""Times that nobody meant, and calendars that change under running episodes: each has one defined outcome."""

from collections.abc import Mapping

import pytest

from leadrelay.act.outlook import Outlook
from leadrelay.act.sweep import sweep
from leadrelay.clock import FOREVER, HOUR, Instant
from leadrelay.leads.fields import Value
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda, intake_writes, rulesets
from leadrelay.store.database import Database
from leadrelay.store.raw import Statement
from tests.act.builders import at

TEAM = "people: [{id: an, name: An, email: an@example.com}]"
FIELDS = "request: {deadline_at: {type: time}}"
CALENDAR = "calendars: {default: {zone: Europe/Amsterdam, holidays: NL, hours: {monday-friday: 09:00-17:30}}}"
WAITING = """
rulebook: waiting
subject: request
flow: nudge
hit: all
scope: {request.status: open}
rules:
  - id: old
    when: {request.received_at: {older_than: 2 working hours}}
    then: [{notify: {to: an, template: nudge}}]
    later:
      - {after: 4 working hours, then: [{notify: {to: an, template: overdue}}]}
      - {after: 9000 years, then: [{notify: {to: an, template: overdue}}]}
  - id: near
    when: {request.extra.deadline_at: {within: 2 working days}}
    then: [{notify: {to: an, template: nudge}}]
  - id: passed
    when: {request.extra.deadline_at: {past: true}}
    then: [{notify: {to: an, template: nudge}}]
"""
FILES = {
    "rules/team.yaml": TEAM,
    "rules/fields.yaml": FIELDS,
    "rules/calendar.yaml": CALENDAR,
    "rules/waiting.yaml": WAITING,
    "templates/en/nudge.j2": "",
    "templates/en/overdue.j2": "",
}
FRIDAY = at("2026-11-20 10:00")


def rules(**changed: str) -> Ruleset:
    files = FILES | {f"rules/{name}.yaml": text for name, text in changed.items()}
    loaded = load(files)
    assert [one for one in loaded.errors if not one.code.startswith("template-")] == []
    return loaded.ruleset


def put(database: Database, live: Ruleset, now: Instant, *given: Mapping[str, Value]) -> None:
    with database.begin() as conn:
        rulesets.put_live(conn, live.digest, {}, now, "test")
        agenda.touch_all(conn, live, now)
        intake_writes.upsert(conn, "request", given, now, "import x.csv")


def steps(database: Database) -> list[tuple[str, str, Instant]]:
    with database.read() as conn:
        rows = Statement("SELECT rule, step, at FROM decisions ORDER BY id").rows(conn)
    return [(rule, step, moment) for rule, step, moment in rows]


def waits_until(database: Database) -> Instant | None:
    with database.read() as conn:
        return agenda.earliest(conn).get("nudge")


def looked_ahead(database: Database, live: Ruleset, now: Instant) -> list[tuple[Instant, str]]:
    with database.read() as conn:
        return [(one.at, one.why) for one in Outlook(conn, live, now).of("request/1")]


@pytest.mark.parametrize("received", ["0001-01-02 00:00", "1899-12-31 23:59", "1970-01-01 00:00"])
def test_a_time_in_the_far_past_is_just_long_ago(database: Database, received: str) -> None:
    live = rules()
    put(database, live, FRIDAY, {"id": "1", "received_at": at(received), "status": "open"})
    sweep(database, live, "nudge", FRIDAY)
    assert steps(database) == [("old", "0", FRIDAY)]
    rung = at("2026-11-20 14:00")
    assert waits_until(database) == rung, "the ladder counts from the moment the rule was seen to hold"
    assert [moment for moment, _ in looked_ahead(database, live, FRIDAY)] == [rung]


@pytest.mark.parametrize("deadline", ["9999-12-30 12:00", "2200-01-01 12:00", "2199-12-31 12:00", "2100-06-01 12:00"])
def test_a_time_in_the_far_future_is_waited_for_and_harms_nobody(database: Database, deadline: str) -> None:
    live = rules()
    put(database, live, FRIDAY, {"id": "1", "received_at": FRIDAY, "extra.deadline_at": at(deadline), "status": "open"})
    for hours in (0, 2, 6, 10):
        sweep(database, live, "nudge", FRIDAY + hours * HOUR)
    assert [(rule, step) for rule, step, _ in steps(database)] == [("old", "0"), ("old", "1")]
    due = waits_until(database)
    assert due is not None and FRIDAY < due <= at(deadline)
    assert all(FRIDAY < moment < FOREVER and why for moment, why in looked_ahead(database, live, FRIDAY + 10 * HOUR))
    sweep(database, live, "nudge", at(deadline))
    assert ("passed", "0", at(deadline)) in steps(database)


def test_a_step_that_is_due_after_the_end_of_all_calendars_never_comes(database: Database) -> None:
    live = rules()
    put(database, live, FRIDAY, {"id": "1", "received_at": at("2026-11-19 10:00"), "status": "open"})
    for hours in (0, 4):
        sweep(database, live, "nudge", FRIDAY + hours * HOUR)
    assert waits_until(database) is None
    assert looked_ahead(database, live, FRIDAY + 4 * HOUR) == []


SHORTER = CALENDAR.replace("09:00-17:30", "09:00-12:00")
LONGER = CALENDAR.replace("monday-friday: 09:00-17:30", "monday-sunday: 00:00-24:00")


@pytest.mark.parametrize(
    ("calendar", "rung"),
    [(CALENDAR, "2026-11-20 14:00"), (SHORTER, "2026-11-23 11:00"), (LONGER, "2026-11-20 14:00")],
    ids=["the same", "shorter", "longer"],
)
def test_a_changed_calendar_moves_what_is_to_come(database: Database, calendar: str, rung: str) -> None:
    live = rules()
    put(database, live, FRIDAY, {"id": "1", "received_at": at("2026-11-19 10:00"), "status": "open"})
    sweep(database, live, "nudge", FRIDAY)
    changed = rules(calendar=calendar)
    put(database, changed, FRIDAY + HOUR)
    sweep(database, changed, "nudge", FRIDAY + HOUR)
    assert waits_until(database) == at(rung)
    sweep(database, changed, "nudge", at(rung))
    assert steps(database) == [("old", "0", FRIDAY), ("old", "1", at(rung))]


def test_a_step_that_a_new_calendar_puts_in_the_past_is_done_at_once_and_once(database: Database) -> None:
    live, late = rules(), at("2026-11-20 16:00")
    put(database, live, late, {"id": "1", "received_at": at("2026-11-19 10:00"), "status": "open"})
    sweep(database, live, "nudge", late)
    saturday, longer = at("2026-11-21 12:00"), rules(calendar=LONGER)
    put(database, longer, saturday)
    for _ in range(2):
        sweep(database, longer, "nudge", saturday)
    assert steps(database) == [("old", "0", late), ("old", "1", saturday)]


def test_what_was_done_by_the_old_calendar_stays_done(database: Database) -> None:
    """The episode ends when its rule does not hold by the new hours, and begins anew when it does again."""
    live = rules()
    put(database, live, FRIDAY, {"id": "1", "received_at": at("2026-11-20 07:00"), "status": "open"})
    noon = at("2026-11-20 11:00")
    sweep(database, live, "nudge", noon)
    later_hours = rules(calendar=CALENDAR.replace("09:00-17:30", "10:30-19:00"))
    put(database, later_hours, noon)
    sweep(database, later_hours, "nudge", noon)
    assert steps(database) == [("old", "0", noon)]
    with database.read() as conn:
        assert Statement("SELECT number, ended_at FROM episodes").rows(conn) == [(1, noon)]
    assert waits_until(database) == at("2026-11-20 12:30")
    sweep(database, later_hours, "nudge", at("2026-11-20 12:30"))
    assert [one[:2] for one in steps(database)] == [("old", "0"), ("old", "0")]
