"""Section 5: run, explain, export, audit, fields, schema; where they work, at what time, and how they end."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.two_requests import NOW, ROUTING, ROWS, WAITING, run_here, two_requests


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, company: Any) -> Any:
    """A project with two requests, run once; the tests below only read."""
    return two_requests(tmp_path_factory.mktemp("commands"), company)


# run


def test_run_says_what_was_done(ready: Any) -> None:
    done = ready.first
    assert set(done) >= {"now", "flows", "notifications"}
    assert done["now"] == "2026-11-20T09:13:00+01:00"
    assert list(done["flows"]) == ["route", "escalate", "nudge", "nurture", "deliver"]
    for name in ("route", "escalate", "nudge", "nurture"):
        assert set(done["flows"][name]) >= {"looked_at", "decided", "acted"}
    assert (done["flows"]["route"]["decided"], done["flows"]["nudge"]["decided"]) == (2, 0)
    assert done["notifications"]["sent"] == 1


def test_run_runs_the_named_flows_alone(project: Any) -> None:
    project.rules(ROUTING, "routing")
    project.rules(WAITING.replace("older_than: 4 working hours", "older_than: 1 minute"), "waiting")
    project.take(ROWS, now=NOW)
    assert list(project.run(NOW, "nudge")["flows"]) == ["nudge"]
    assert {rule for rule, *_ in project.steps()} == {"waits"}
    both = project.run(NOW, "nudge", "route")
    assert set(both["flows"]) == {"nudge", "route"}
    assert {rule for rule, *_ in project.steps()} == {"waits", "large", "otherwise"}


def test_a_flow_that_is_none(ready: Any) -> None:
    assert ready.cli("run", "rout").code == 2


# explain


def explained(ready: Any, subject: str, *more: object) -> Any:
    return ready.cli("explain", subject, "--json", *more).ok().json


def test_explain_says_which_rule_decided_and_why(ready: Any) -> None:
    told = explained(ready, "request/42", "--now", NOW)
    assert set(told) >= {"subject", "at", "ruleset", "rulebooks"}
    assert (told["subject"], told["at"]) == ("request/42", "2026-11-20T09:13:00+01:00")
    routing, waiting = told["rulebooks"]
    assert (routing["rulebook"], routing["decided"]) == ("routing", "large")
    rule = routing["rules"][0]
    assert (rule["id"], rule["file"], rule["line"], rule["holds"]) == ("large", "rules/routing.yaml", 10, True)
    seen = [(t["field"], t["value"], t["holds"], t["line"], t["column"]) for t in rule["tests"]]
    assert seen[0] == ("account.employees", 250, True, 13, 26)
    assert ("request.kind", "new_project", True, 15, 25) in seen
    for test in rule["tests"]:
        assert set(test) >= {"field", "value", "test", "holds", "line", "column"}
    assert rule["tests"][0]["test"] == "{at_least: 250}"
    assert waiting["decided"] in (None, [])
    (waits,) = waiting["rules"]
    assert waits["holds"] is False and waits["changes_at"] == "2026-11-20T13:00:00+01:00"


def test_explain_says_why_not(ready: Any) -> None:
    told = explained(ready, "request/43", "--rule", "large", "--now", NOW)
    (rulebook,) = [book for book in told["rulebooks"] if book["rules"]]
    assert rulebook["decided"] == "otherwise"
    (rule,) = rulebook["rules"]
    assert rule["holds"] is False
    assert {t["field"]: t["holds"] for t in rule["tests"]}["request.kind"] is False


def test_explain_at_another_time(ready: Any) -> None:
    before = explained(ready, "request/42", "--at", "2026-11-20 12:59:59", "--rule", "waits")
    after = explained(ready, "request/42", "--at", "2026-11-20 13:00", "--rule", "waits")
    assert [told["at"] for told in (before, after)] == ["2026-11-20T12:59:59+01:00", "2026-11-20T13:00:00+01:00"]
    holds = [next(b for b in told["rulebooks"] if b["rules"])["rules"][0]["holds"] for told in (before, after)]
    assert holds == [False, True]


def test_explain_before_it_was_decided(ready: Any) -> None:
    told = explained(ready, "request/42", "--at", "2026-11-20 09:06", "--rule", "large")
    (rulebook,) = [book for book in told["rulebooks"] if book["rules"]]
    assert rulebook["rules"][0]["holds"] is True  # the facts as they were then


def test_explain_in_words(ready: Any) -> None:
    text = ready.cli("explain", "request/42", "--now", NOW).ok().out
    for words in ("routing", "large", "rules/routing.yaml:10", "account.employees", "250"):
        assert words in text


@pytest.mark.parametrize("subject", ["request/404", "request", "requests/42", "", "/", "invoice/1", "request/"])
def test_explain_of_what_is_not_there(ready: Any, subject: str) -> None:
    result = ready.cli("explain", subject)
    assert result.code == 2 and result.err and not result.out


def test_explain_of_a_rule_that_is_not_there(ready: Any) -> None:
    assert ready.cli("explain", "request/42", "--rule", "no-such").code == 2


# export

COLUMNS = {
    "decisions": "id at rulebook rule subject episode step ruleset mode actions",
    "notifications": "id at to channel language template subject urgency state reason decision key",
    "history": "at subject field old new cause",
    "lists": "contact list joined_at reason left_at",
    "tasks": "id subject owner what due_at created_at done_at cause",
    "requests": "id received_at channel source referrer prompted received_by kind summary product language"
    " expected_value status desk outcome owner routed_at first_response_at last_touched_at closed_at triage"
    " match contact account extra.machine",
    "contacts": "id name email phone job_title role language buying_phase last_visited_at last_site_visit_at"
    " site_visits_3w consent unsubscribed_at bounced_at requests_12m orders_12m lists",
    "accounts": "id name domain relation tier flagged industry employees revenue country postcode postcode_number"
    " region parent owner open_complaints overdue_invoices last_order_at running_opportunity",
    "opportunities": "id stage expected_value decision_on start_on purchase_kind win_chance project_chance owner"
    " last_touched_at next_step_at quote_sent_at quote_valid_until stage_since outcome closed_at scotsman.solution"
    " bant.budget scotsman_score bant_score weighted_value",
}


@pytest.mark.parametrize("what", COLUMNS)
def test_export_has_the_columns_in_every_format(ready: Any, what: str) -> None:
    rows = ready.cli("export", what, "--format", "json").ok().json
    lines = ready.cli("export", what, "--format", "ndjson").ok().out.splitlines()
    assert [json.loads(line) for line in lines] == rows
    table = list(csv.reader(io.StringIO(ready.cli("export", what, "--format", "csv").ok().out)))
    assert len(table) == len(rows) + 1
    names = COLUMNS[what].split()
    assert set(names) <= set(table[0])
    for row in rows:
        assert list(row) == table[0]
    if what in ("decisions", "notifications", "history"):
        assert table[0] == names


def test_export_of_what_it_holds(ready: Any) -> None:
    rows = ready.export("requests")
    assert [(row["id"], row["desk"], row["owner"]) for row in rows] == [
        ("42", "sales", "an"),
        ("43", "inside_sales", "carla"),
    ]
    assert (rows[0]["prompted"], rows[0]["expected_value"], rows[0]["extra.machine"]) == (True, 1000.5, None)
    assert ready.one("contacts", "c")["requests_12m"] == 1
    tasks = [(task["owner"], task["due_at"]) for task in ready.export("tasks")]
    assert tasks == [("an", "2026-11-23T09:13:00+01:00"), ("carla", "2026-11-20T13:13:00+01:00")]


def test_a_spreadsheet_sees_no_formula(ready: Any) -> None:
    rows = list(csv.DictReader(io.StringIO(ready.cli("export", "requests").ok().out)))
    assert [row["summary"] for row in rows] == ["A lathe; =1+1", "'=cmd()"]


def test_export_of_what_is_none(ready: Any) -> None:
    assert ready.cli("export", "invoices").code == 2
    assert ready.cli("export", "requests", "--format", "xlsx").code == 2


# audit


def test_audit_is_clean(ready: Any) -> None:
    assert ready.cli("audit").code == 0
    assert ready.cli("audit", "--json").json == {"violations": []}


@pytest.mark.parametrize(
    ("then", "lacks"),
    [
        ("[{assign: an}, {task: {for: an, what: x, due: 1 day}}]", "desk"),
        ("[{route: sales}, {task: {for: an, what: x, due: 1 day}}]", "owner"),
        ("[{route: sales}, {assign: an}]", "deadline"),
    ],
)
def test_audit_lists_what_is_lost(project: Any, then: str, lacks: str) -> None:
    project.rules(
        "rulebook: r\nsubject: request\nflow: route\nhit: all\nrules:\n"
        f"  - {{id: r, when: {{request.kind: other}}, then: {then}}}\n"
    )
    project.take([{"id": "7", "kind": "other"}])
    project.run()
    result = project.cli("audit", "--now", NOW)
    assert result.code == 1 and "request/7" in result.out and lacks in result.out
    (violation,) = project.cli("audit", "--json", "--now", NOW).json["violations"]
    assert "request/7" in str(violation)


def test_closed_without_an_outcome_is_rejected_or_listed(project: Any) -> None:
    project.rules(ROUTING)
    file = project.write("x.json", '[{"id": "7", "kind": "other", "status": "closed"}]')
    taken = project.cli("import", file, "--as", "requests")
    assert 1 in (taken.code, project.cli("audit").code)


# fields, schema, init, versions


def test_fields(ready: Any) -> None:
    text = ready.cli("fields").ok().out
    told = ready.cli("fields", "--json").ok().json
    flat = json.dumps(told)
    for name in (
        "request.received_at",
        "account.postcode_number",
        "opportunity.scotsman_score",
        "contact.site_visits_3w",
        "owner.open_count",
        "request.extra.machine",
    ):
        assert name in text and name in flat
    assert "Which machine" in text and "Which machine" in flat


def test_schema_is_a_json_schema(ready: Any) -> None:
    schema = ready.cli("schema").ok().json
    assert "$schema" in schema and "Traceback" not in json.dumps(schema)


def test_init_writes_into_an_empty_folder_alone(ready: Any, tmp_path: Path) -> None:
    (tmp_path / "precious.txt").write_text("mine")
    (tmp_path / "leadrelay.toml").write_text("# mine")
    before = sorted(tmp_path.rglob("*"))
    result = run_here("init", str(tmp_path))
    assert result.returncode == 2
    assert sorted(tmp_path.rglob("*")) == before


def test_versions_that_went_live(project: Any) -> None:
    project.rules(ROUTING)
    project.run("2026-11-20 09:00")
    project.run("2026-11-20 09:01")
    project.rules(ROUTING.replace("250", "300"))
    project.run("2026-11-20 09:02")
    assert project.cli("rules", "log").ok().out.count("2026-11-20") == 2


def test_every_command_has_help_with_an_example(project: Any) -> None:
    for verb in (
        "init",
        "import",
        "run",
        "serve",
        "check",
        "test",
        "explain",
        "render",
        "export",
        "audit",
        "rules log",
        "schema",
        "fields",
    ):
        result = project.cli(*verb.split(), "--help")
        assert result.code == 0 and "Example: leadrelay" in result.out, verb


@pytest.mark.parametrize("verb", ["due", "status", "acknowledge"])
def test_newer_commands_have_help_too(project: Any, verb: str) -> None:
    assert project.cli(verb, "--help").code == 0


def test_due_says_when_and_why(ready: Any) -> None:
    result = ready.cli("due", "request/42", "--now", NOW)
    assert result.code == 0
    assert "2026-11-20 13:00" in result.out and "waits" in result.out
    assert "4 working hours" in result.out
