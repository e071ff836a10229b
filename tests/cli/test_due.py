"""`due` and `acknowledge`: what is coming with its arithmetic, as text and as JSON, and calling it off."""

import json
from collections.abc import Callable
from inspect import cleandoc
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, REQUESTS, Run

WAITING = """\
rulebook: waiting
subject: request
flow: nudge
hit: all
scope: {request.status: open, request.owner: {known: true}}
rules:
  - id: waits
    when: {request.received_at: {older_than: 4 working hours}, request.first_response_at: {known: false}}
    then: [{notify: {to: request.owner, template: hello}}]
    later:
      - {after: 4 working hours, then: [{notify: {to: an, template: hello}}]}
      - {after: 2 working days, then: [{notify: {to: chris, template: hello}}]}
    repeat: {every: 1 working day, at_most: 2}
  - id: fresh
    when: {request.received_at: {newer_than: 3 days}}
    then: [{set: {request.triage: new}}]
    mode: shadow
  - id: visits
    when: {contact.site_visits_3w: {at_least: 1}}
    then: [{set: {request.triage: new}}]
"""
CALENDAR = """\
calendars:
  default: {zone: Europe/Amsterdam, holidays: NL, hours: {monday-friday: 09:00-17:30}}
"""
ONE = """\
id,received_at,channel,kind,summary,contact.id,contact.email,account.name,account.employees
1,2026-11-20 16:40,phone,other,A lathe,c1,jan@groot.example,Groot BV,250
"""
SUM = "4 working hours: 50 min on Friday, closed at 17:30, 3 h 10 on Monday → Mon 23 Nov 12:10"
VISIT = "id,at,kind,contact\nv1,2026-11-03 10:00,site_visit,c1\n"


@pytest.fixture
def at(small: Path, run: Run) -> Callable[..., str]:
    """Runs a command in a project where request/1 came in on Friday at 16:40; returns what it said."""
    for name, text in (("rules/waiting.yaml", WAITING), ("rules/calendar.yaml", CALENDAR), ("one.csv", ONE)):
        (small / name).write_text(text, encoding="utf-8")
    (small / "visit.csv").write_text(VISIT, encoding="utf-8")

    def command(now: str, *words: object) -> str:
        ran = run(*words, "--project", small, "--now", now)
        assert ran.code == 0, ran
        return ran.out

    command("2026-11-20 16:40", "import", small / "one.csv", "--as", "requests")
    command("2026-11-20 16:40", "import", small / "visit.csv", "--as", "activities")
    return command


def test_what_is_coming_for_a_subject_after_its_first_run(at: Callable[..., str]) -> None:
    at("2026-11-20 16:40", "run")
    wanted = f"""
        request/1 at 2026-11-20 16:40: this is coming if no field changes

        2026-11-23 12:10  waiting/waits will come to hold  [rules/waiting.yaml:7]
            received Fri 20 Nov 16:40; {SUM}

        2026-11-23 12:10  a task is due  [rules/routing.yaml:9]
            an: Call; made Fri 20 Nov 16:40; {SUM}

        2026-11-23 16:40  waiting/fresh will hold no more (shadow: recorded only)  [rules/waiting.yaml:14]
            received Fri 20 Nov 16:40; 3 days → Mon 23 Nov 16:40

        2026-11-24 10:00  waiting/visits will hold no more  [rules/waiting.yaml:18]
            contact.site_visits_3w is 1, and will be 0
        """
    assert at("2026-11-20 16:40", "due", "request/1") == cleandoc(wanted) + "\n"


@pytest.mark.docs
def test_the_page_on_time_shows_what_is_printed(shipped: Path, run: Run) -> None:
    (shipped / "leads.csv").write_text(REQUESTS.replace("\n1,", "\n42,"), encoding="utf-8")
    run("import", shipped / "leads.csv", "--as", "requests", "--project", shipped, "--now", NOW)
    run("run", "--project", shipped, "--now", NOW)
    page = (Path(__file__).parents[2] / "docs" / "time.md").read_text(encoding="utf-8")
    assert f"```text\n{run('due', 'request/42', '--project', shipped, '--now', NOW).out}```" in page


def test_steps_and_repeats_are_counted_from_the_beginning_and_from_each_other(at: Callable[..., str]) -> None:
    at("2026-11-20 16:40", "run")
    at("2026-11-23 12:10", "run")
    found = json.loads(at("2026-11-24 16:50", "due", "request/1", "--json"))
    assert (found["subject"], found["now"]) == ("request/1", "2026-11-24T16:50:00+01:00")
    steps = [(one["at"], one["what"], one["rule"], one["step"], one["arithmetic"]) for one in found["due"]]
    assert steps == [
        ("2026-11-23T12:10:00+01:00", "task", "large-company", None, TASK),
        ("2026-11-23T16:10:00+01:00", "step", "waits", "1", RUNG),
        ("2026-11-24T12:10:00+01:00", "repeat", "waits", "repeat-1", REPEAT),
    ]
    at("2026-11-24 16:50", "run")
    after = json.loads(at("2026-11-24 16:50", "due", "request/1", "--json"))["due"]
    assert [(one["step"], one["arithmetic"]) for one in after if one["step"]] == [("2", LAST), ("repeat-2", SECOND)]


TASK = f"an: Call; made Fri 20 Nov 16:40; {SUM}"
RUNG = "holds since Mon 23 Nov 12:10; 4 working hours: 4 h on Monday → Mon 23 Nov 16:10"
LAST = "holds since Mon 23 Nov 12:10; 2 working days: the same time of the day → Wed 25 Nov 12:10"
REPEAT = "holds since Mon 23 Nov 12:10; 1 working day: the same time of the day → Tue 24 Nov 12:10"
SECOND = "last due Tue 24 Nov 12:10; 1 working day: the same time of the day → Wed 25 Nov 12:10"


def test_the_whole_agenda(at: Callable[..., str]) -> None:
    wanted = """
        At 2026-11-20 16:40; due now: 1 for route, 1 for nudge. What comes next:

        2026-11-20 16:40  request/1  route: it is looked at
            it is new, or something changed: the next run looks at it

        2026-11-20 16:40  request/1  nudge: it is looked at
            it is new, or something changed: the next run looks at it
        """
    at("2026-11-20 16:40", "run", "escalate")  # puts the rules live
    assert at("2026-11-20 16:40", "due") == cleandoc(wanted) + "\n"
    at("2026-11-20 16:40", "run")
    found = json.loads(at("2026-11-20 16:40", "due", "--json"))
    assert found["due_now"] == {"route": 0, "escalate": 0, "nudge": 0, "nurture": 0}
    assert [(one["at"], one["rule"], one["what"]) for one in found["due"]] == [
        ("2026-11-23T12:10:00+01:00", "waits", "begins")
    ]
    assert at("2026-11-20 16:40", "due", "--most", 1).count("\n\n") == 1


def test_nothing_waits_where_nothing_is(small: Path, run: Run) -> None:
    assert run("due", "--project", small, "--now", NOW).out == "At 2026-11-20 09:13 nothing is due, now or later.\n"


def test_who_takes_note_calls_it_off(at: Callable[..., str], small: Path, run: Run) -> None:
    at("2026-11-20 16:40", "run")
    at("2026-11-23 12:10", "run")
    noted = at("2026-11-23 12:20", "acknowledge", "request/1", "--by", "an", "--rule", "waits")
    assert noted == "request/1: an has taken note of waits.\n"
    again = at("2026-11-23 12:21", "acknowledge", "request/1", "--by", "bram", "--rule", "waits")
    assert again == "request/1: there is nothing to take note of.\n"
    left = json.loads(at("2026-11-23 12:21", "due", "request/1", "--json"))["due"]
    assert [one for one in left if one["rule"] == "waits"] == []
    at("2026-11-26 12:00", "run")
    steps = json.loads(at("2026-11-26 12:00", "export", "decisions", "--format", "json"))
    assert [one["step"] for one in steps if one["rule"] == "waits"] == ["0"]
    (row,) = (
        one
        for one in json.loads(at("2026-11-26 12:00", "export", "history", "--format", "json"))
        if one["field"] == "acknowledged"
    )
    assert (row["cause"], row["new"]) == ("person an", ["waits"])
    rest = json.loads(at("2026-11-26 12:00", "acknowledge", "request/1", "--by", "bram", "--json"))
    assert rest == {"subject": "request/1", "by": "bram", "rules": []}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("due", "request"), "'request' is not a subject"),
        (("due", "request/99"), "There is no request/99"),
        (("due", "--most", "0"), "not in the range"),
        (("acknowledge", "request/99", "--by", "an"), "There is no request/99"),
        (("acknowledge", "request/1", "--by", "zoe"), "nobody called 'zoe'"),
        (("acknowledge", "request/1", "--by", "an", "--rule", "x"), "There is no rule 'x'"),
        (("acknowledge", "request/1"), "Missing option '--by'"),
    ],
)
def test_bad_input_is_said(imported: Path, run: Run, words: tuple[str, ...], said: str) -> None:
    ran = run(*words, "--project", imported, "--now", NOW)
    assert ran.code == 2
    assert said in ran.err
