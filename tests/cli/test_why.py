"""`explain` in the past, of messages and as a rule test; docs/why.md shows what is printed."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from leadrelay.store.database import Database
from tests.cli.conftest import NOW, REQUESTS, ROUTING, TEAM, Run

PAGE = Path(__file__).parents[2] / "docs" / "why.md"
NAG = """\
rulebook: nag
subject: request
flow: nudge
hit: all
scope: {request.status: open}
rules:
  - id: waits
    when: {request.received_at: {older_than: 4 hours}}
    then: [{notify: {to: request.owner, template: hello}}]
    later: [{after: 2 hours, then: [{notify: {to: an, template: hello, urgency: now}}]}]
  - id: old-order
    when: {contact.last_asked_at: {older_than: 1 day}}
    then: [{notify: {to: an, template: hello}}]
"""
MESSAGES = """\
routes:
  - {name: together, match: {to: bram}, group_by: account, group_wait: 10 minutes}
"""
VERSIONS = {
    "rules/routing.yaml": ROUTING.replace("at_least: 250", "at_least: 100"),
    "rules/team.yaml": TEAM.replace("capacity: 3", "capacity: 9"),
    "rules/calendar.yaml": "calendars:\n  default: {zone: Europe/London, hours: {sunday: 09:00-10:00}}\n",
    "rules/lists/few.yaml": "[somebody]\n",
}


@pytest.fixture
def lived(small: Path, run: Run, database: Database, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Runs a command in a small project on either database, in which routing has decided about three requests."""
    monkeypatch.setattr("leadrelay.project.Database", lambda _url: database)
    (small / "rules" / "nag.yaml").write_text(NAG, encoding="utf-8")
    few = ROUTING.replace(
        "rules:\n", "rules:\n  - {id: on-list, when: {account.name: {in_list: few}}, then: [{route: sales}]}\n"
    )
    (small / "rules" / "routing.yaml").write_text(few, encoding="utf-8")
    (small / "rules" / "lists").mkdir()
    (small / "rules" / "lists" / "few.yaml").write_text("[nobody]\n", encoding="utf-8")

    def command(now: str, *words: object) -> Any:
        ran = run(*words, "--project", small, "--now", now)
        assert ran.code == 0, ran
        return ran

    command("2026-11-20 09:13", "import", small / "requests.csv", "--as", "requests")
    command("2026-11-20 09:13", "run")
    return command


def change_everything(lived: Callable[..., Any], small: Path) -> None:
    """Other rules, lists, team and calendar, and other facts, on the next day."""
    for name, text in VERSIONS.items():
        (small / name).write_text(text, encoding="utf-8")
    rows = REQUESTS.replace(",250", ",40").replace("A lathe", "Nothing").replace("Klein BV,3", "Klein BV,4000")
    (small / "requests.csv").write_text(rows, encoding="utf-8")
    (small / "visits.csv").write_text("id,at,kind,contact\nv1,2026-11-20 08:00,visit,c\n", encoding="utf-8")
    lived("2026-11-21 12:00", "import", small / "requests.csv", "--as", "requests")
    lived("2026-11-21 12:00", "run")


def test_a_moment_of_the_past_stays_what_it_was(lived: Callable[..., Any], small: Path) -> None:
    moments = ["2026-11-20T09:13:00+01:00", "2026-11-20T13:30:00+01:00"]  # the zone changes too
    asked = [("explain", subject, "--at", at, "--json") for subject in ("request/1", "request/2") for at in moments]
    before = [lived(words[3], *words).json for words in asked]
    assert {one["ruleset"] for one in before} == {1}
    change_everything(lived, small)
    assert [lived("2026-11-23 09:00", *words).json for words in asked] == before
    now = lived("2026-11-23 09:00", "explain", "request/1", "--json").json
    assert now["ruleset"] == 2
    assert now["rulebooks"] != before[0]["rulebooks"]
    # before any rules were live the first ones answer
    (small / "new.csv").write_text("id,kind\n9,other\n", encoding="utf-8")
    lived("2026-11-19 08:00", "import", small / "new.csv", "--as", "requests")
    assert lived("2026-11-23 09:00", "explain", "request/9", "--at", "2026-11-19 09:00", "--json").json["ruleset"] == 1


def test_when_it_changes_by_itself(lived: Callable[..., Any]) -> None:
    nag = lived("2026-11-20 10:00", "explain", "request/2", "--json").json["rulebooks"][1]
    assert nag["by_itself"] == [
        {
            "at": "2026-11-20T13:01:00+01:00",
            "rule": "waits",
            "holds": True,
            "arithmetic": "received Fri 20 Nov 09:01; 4 hours → Fri 20 Nov 13:01",
        },
        {
            "at": "2026-11-21T09:01:00+01:00",
            "rule": "old-order",
            "holds": True,
            "arithmetic": "contact last asked Fri 20 Nov 09:01; 1 day → Sat 21 Nov 09:01",
        },
    ]
    told = lived("2026-11-20 10:00", "explain", "request/2", "--rule", "waits").out
    assert "2026-11-20 13:01  waits will come to decide: received Fri 20 Nov 09:01; 4 hours →" in told
    assert "old-order" not in told


def test_in_short_and_in_full(lived: Callable[..., Any]) -> None:
    short = lived(NOW, "explain", "request/2").out
    assert "large-company came nearest: account.employees is 3, wanted at least 250" in short
    assert "  had account.employees been 250: large-company" in short
    assert "  had account.name been on the list few (as 'nobody' is): on-list" in short
    assert "  on-list: does not hold" not in short
    full = lived(NOW, "explain", "request/2", "--all").out
    assert "  on-list: does not hold" in full
    assert set(short.splitlines()) <= set(full.splitlines())


def test_why_a_message_came(lived: Callable[..., Any], small: Path) -> None:
    lived("2026-11-20 13:30", "run")
    lived("2026-11-20 15:30", "run")
    change_everything(lived, small)
    found = lived("2026-11-23 09:00", "export", "notifications", "--format", "json").json
    first = next(one for one in found if one["to"] == "an" and one["subject"] == "request/1")
    told = lived("2026-11-23 09:00", "explain", f"message/{first['id']}", "--json").json
    assert (told["subject"], told["ruleset"]) == (f"message/{first['id']}", 1)
    (book,) = told["rulebooks"]
    (rule,) = book["rules"]
    assert (rule["id"], rule["holds"], rule["tests"][0]["value"]) == ("large-company", True, 250)
    assert (told["message"]["about"], told["decision"]["step"]) == ("request/1", "0")
    assert told["outcome"]["state"] == "sent"
    later = next(one for one in found if "|1|" in one["key"].replace("|1|1|", "|1|") and "waits" in one["key"])
    text = lived("2026-11-23 09:00", "explain", f"message/{later['id']}").out
    assert "nag, 2026-11-20" in text
    assert "yes  request.received_at: {older_than: 4 hours}" in text


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("explain", "message/999"), "There is no message 999"),
        (("explain", "message/x"), "is not a subject"),
        (("explain", "message/1", "--at", "2026-11-20"), "no --at, --rule or --as-test"),
        (("explain", "request/1", "--as-test", "--rule", "waits"), "never decided about request/1"),
        (("explain", "request/99", "--as-test"), "There is no request/99"),
        (("explain", "request/99", "--as-test", "--at", "2026-11-20"), "There is no request/99"),
        (("explain", "request/1", "--at", "2020-01-01"), "There was no request/1 yet at 2020-01-01 00:00: it came at "),
        (("explain", "request/1", "--as-test", "--at", "2020-01-01"), "There was no request/1 yet at 2020-01-01 00:00"),
    ],
)
def test_bad_input_is_said(imported: Path, run: Run, words: tuple[str, ...], said: str) -> None:
    run("run", "route", "--project", imported, "--now", NOW)
    ran = run(*words, "--project", imported, "--now", NOW)
    assert ran.code == 2
    assert said in ran.err


def test_a_decision_becomes_a_test_that_passes(imported: Path, run: Run) -> None:
    run("run", "route", "--project", imported, "--now", NOW)
    here = ("--project", imported, "--now", NOW)
    tests = imported / "rules" / "tests"
    tests.mkdir()
    for subject in ("request/1", "request/2"):
        text = run("explain", subject, "--as-test", *here).out
        (tests / f"{subject.replace('/', '-')}.yaml").write_text(text, encoding="utf-8")
    assert run("check", imported).code == 0
    found = run("test", imported, "--json").json
    assert (found["passed"], found["failed"]) == (2, 0)
    text = (tests / "request-1.yaml").read_text(encoding="utf-8")
    assert "routing: large-company" in text
    assert "account: {employees: 250}" in text
    assert "jan@groot.example" not in text and "Groot" not in text  # nothing that no rule reads
    broken = ROUTING.replace("at_least: 250", "at_least: 251")
    (imported / "rules" / "routing.yaml").write_text(broken, encoding="utf-8")
    assert run("test", imported, "--json").json["failed"] == 1


def test_a_moment_becomes_a_test_of_what_the_rules_would_do(imported: Path, run: Run) -> None:
    here = ("--project", imported, "--now", NOW)
    run("run", "route", *here)
    text = run("explain", "request/2", "--as-test", "--at", "2026-11-20 09:13", *here).out
    assert "routing: nothing" in text  # it had its desk by then
    assert json.dumps("request/2") not in text


@pytest.mark.docs
def test_the_page_shows_what_is_printed(shipped: Path, run: Run) -> None:
    run("import", PAGE.parent / "examples" / "why-requests.csv", "--as", "requests", "--project", shipped, "--now", NOW)
    run("run", "--project", shipped, "--now", NOW)
    page = PAGE.read_text(encoding="utf-8")
    commands = re.findall(r"^\$ leadrelay (explain .*)$", page, re.MULTILINE)
    told = [run(*words.split(), "--project", shipped, "--now", NOW).out for words in commands]
    blocks = re.findall(r"```text\n(.*?)\n```", page, re.DOTALL)
    assert (len(told), len(blocks)) == (3, 4)
    assert [block for block in blocks if not any(block in one for one in told)] == []
