"""From a file to messages, explained and audited, by the commands alone."""

from email import policy
from email.parser import BytesParser
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, ROUTING, Run


def test_a_file_goes_in_and_people_get_their_requests(imported: Path, run: Run) -> None:
    ran = run("run", "--project", imported, "--now", NOW, "--json")
    assert ran.code == 0, ran.err
    assert ran.json["flows"]["route"] | {"seconds": 0} == ran.json["flows"]["route"] | {"seconds": 0}
    assert ran.json["flows"]["route"]["looked_at"] == 3
    assert ran.json["flows"]["route"]["decided"] == 3
    assert ran.json["now"] == "2026-11-20T09:13:00+01:00"
    assert ran.json["notifications"]["sent"] == 1

    rows = run("export", "requests", "--format", "json", "--project", imported).json
    assert [(row["id"], row["desk"], row["owner"]) for row in rows] == [
        ("1", "sales", "an"),
        ("2", "inside_sales", "bram"),
        ("3", "inside_sales", "chris"),
    ]
    assert rows[0]["received_at"] == "2026-11-20T09:00:00+01:00"

    (mail,) = (imported / "var" / "mail").glob("*.eml")
    message = BytesParser(policy=policy.default).parsebytes(mail.read_bytes())
    assert message["To"].addresses[0].addr_spec == "an@example.com"
    assert message["Subject"] == "A request of Groot BV"
    assert {part.get_content_type() for part in message.walk()} >= {"text/plain", "text/html"}
    assert "large-company" in message.get_body(("plain",)).get_content()


def test_running_and_importing_again_adds_nothing(imported: Path, run: Run) -> None:
    run("run", "--project", imported, "--now", NOW)
    before = [
        run("export", what, "--project", imported).out for what in ("decisions", "notifications", "history", "tasks")
    ]
    again = run("import", imported / "requests.csv", "--as", "requests", "--project", imported, "--json", "--now", NOW)
    assert (again.json["taken"], again.json["unchanged"], again.json["rejected"]) == (0, 3, 0)
    ran = run("run", "--project", imported, "--now", NOW, "--json")
    assert all(flow["decided"] == 0 for flow in ran.json["flows"].values())
    after = [
        run("export", what, "--project", imported).out for what in ("decisions", "notifications", "history", "tasks")
    ]
    assert after == before


def test_explain_shows_the_deciding_rule_with_the_values_it_saw(imported: Path, run: Run) -> None:
    run("run", "--project", imported, "--now", NOW)
    (book,) = run("explain", "request/1", "--project", imported, "--now", NOW, "--json").json["rulebooks"]
    assert book["decided"] == "large-company"
    rule = book["rules"][0]
    assert (rule["id"], rule["file"], rule["line"], rule["holds"]) == ("large-company", "rules/routing.yaml", 9, True)
    (test,) = rule["tests"]
    assert (test["field"], test["value"], test["test"], test["holds"]) == (
        "account.employees",
        250,
        "{at_least: 250}",
        True,
    )
    assert (test["line"], test["column"]) == (10, 31)
    other = run("explain", "request/2", "--project", imported, "--now", NOW)
    assert "otherwise decided" in other.out
    assert "account.employees: {at_least: 250}  (it is 3)" in other.out


def test_audit_is_clean_after_a_run_and_lists_what_waits_before_it(imported: Path, run: Run) -> None:
    before = run("audit", "--project", imported, "--json")
    assert before.code == 1
    lacking = {one["code"].removeprefix("request-without-") for one in before.json["violations"]}
    assert lacking == {"desk", "owner", "deadline"}
    run("run", "--project", imported, "--now", NOW)
    after = run("audit", "--project", imported)
    assert (after.code, after.out) == (0, "Nothing is lost.\n")


def test_a_broken_rules_folder_never_replaces_the_last_good_one(imported: Path, run: Run) -> None:
    run("run", "--project", imported, "--now", NOW)
    rules = imported / "rules" / "routing.yaml"
    rules.write_text(ROUTING.replace("account.employees", "acount.employees"), encoding="utf-8")
    (imported / "more.csv").write_text("id,kind\n4,other\n", encoding="utf-8")
    taken = run("import", imported / "more.csv", "--as", "requests", "--project", imported, "--now", NOW)
    assert taken.code == 0
    ran = run("run", "--project", imported, "--now", NOW, "--json")
    assert ran.code == 1
    assert "going on with version 1" in ran.err
    assert "did you mean" in run("check", imported).out.casefold()
    assert ran.json["flows"]["route"]["decided"] == 1

    rules.write_text(ROUTING.replace("250", "3"), encoding="utf-8")
    assert run("run", "--project", imported, "--now", NOW).code == 0
    log = run("rules", "log", "--project", imported, "--json").json
    assert [one["version"] for one in log] == [2, 1]


def test_a_new_rule_that_would_act_on_too_many_is_held_until_released(imported: Path, run: Run) -> None:
    (imported / "leadrelay.toml").write_text("first_run_limit = 2\n", encoding="utf-8")
    (imported / "rules" / "nag.yaml").write_text(
        "rulebook: nag\nsubject: request\nflow: nudge\nhit: all\nscope: {request.status: open}\n"
        "rules:\n  - id: nag-all\n    when: {request.owner: {known: true}}\n"
        "    then: [{notify: {to: request.owner, template: hello}}]\n",
        encoding="utf-8",
    )
    ran = run("run", "--project", imported, "--now", NOW, "--json")
    assert ran.json["flows"]["nudge"]["held"] == {"nag-all": 3}
    assert ran.json["flows"]["nudge"]["decided"] == 0
    assert "leadrelay rules release nag-all" in ran.err
    assert run("rules", "held", "--project", imported).code == 1
    assert run("rules", "release", "nag-all", "--project", imported, "--now", NOW).code == 0
    assert run("run", "nudge", "--project", imported, "--now", NOW, "--json").json["flows"]["nudge"]["decided"] == 3


@pytest.mark.parametrize("format_", ["csv", "json", "ndjson"])
@pytest.mark.parametrize(
    "what",
    ["requests", "opportunities", "contacts", "accounts", "decisions", "notifications", "lists", "tasks", "history"],
)
def test_everything_can_be_exported(imported: Path, run: Run, what: str, format_: str) -> None:
    run("run", "--project", imported, "--now", NOW)
    ran = run("export", what, "--format", format_, "--project", imported)
    assert ran.code == 0
    assert ran.out.strip() or format_ == "ndjson"


def test_a_cell_that_a_spreadsheet_would_run_is_defused(imported: Path, run: Run) -> None:
    (imported / "evil.csv").write_text('id,kind,summary\n9,other,"=HYPERLINK(1)"\n', encoding="utf-8")
    run("import", imported / "evil.csv", "--as", "requests", "--project", imported, "--now", NOW)
    assert "'=HYPERLINK(1)" in run("export", "requests", "--project", imported).out
    assert run("export", "requests", "--format", "json", "--project", imported).json[-1]["summary"] == "=HYPERLINK(1)"
