"""`packs` and `report` as ops use them: switching on and off with check, and reports over what was imported."""

import csv
import io
from pathlib import Path

from tests.cli.conftest import NOW, Run

DEALS = """\
id,name,stage,stage_since,owner,expected_value,scotsman.time,scotsman.money,contact.email,contact.buying_phase,account.name
1,A lathe,quote,2026-11-16 10:00,chris,20000,true,true,jan@groot.example,comparing,Groot BV
2,A saw,qualified,2026-11-16 10:00,els,3000,,false,piet@klein.example,aware,Klein BV
3,A mill,lead,2026-11-16 10:00,els,1000.50,true,,p@m.example,aware,=M
"""


def on(run: Run, project: Path) -> list[str]:
    return [one["pack"] for one in run("packs", "--project", project, "--json").json if one["on"]]


def test_packs_are_listed_with_what_they_bring(run: Run, shipped: Path) -> None:
    ran = run("packs", "--project", shipped)
    assert ran.code == 0
    (line,) = [line for line in ran.out.splitlines() if line.startswith("scotsman")]
    assert "on" in line.split()
    assert "1 field, 1 rule, 1 list, 1 report, 1 template, 2 tests" in line
    found = {one["pack"]: one for one in run("packs", "--project", shipped, "--json").json}
    assert found["scotsman"]["brings"]["fields"][0] == "opportunity.extra.scotsman_percent"
    assert found["spin"] == found["spin"] | {"on": False, "needs": ["bant"]}


def test_a_pack_goes_on_and_off_and_the_comments_stay(run: Run, shipped: Path) -> None:
    before = (shipped / "rules/packs.yaml").read_text()
    assert run("packs", "on", "spin", "--project", shipped).out == "spin is on.\n"
    assert run("packs", "--project", shipped, "on", "spin").out == "spin was on already.\n"
    assert on(run, shipped) == ["bant", "buying_clock", "scotsman", "spin"]
    assert run("check", "--project", shipped).code == 0
    assert run("packs", "off", "spin", "--project", shipped, "--json").json == {
        "pack": "spin",
        "on": False,
        "changed": True,
        "findings": [],
    }
    assert (shipped / "rules/packs.yaml").read_text() == before


def test_a_pack_that_others_need_stays_on(run: Run, shipped: Path) -> None:
    run("packs", "on", "spin", "--project", shipped)
    before = (shipped / "rules/packs.yaml").read_text()
    ran = run("packs", "off", "bant", "--project", shipped)
    assert ran.code == 1
    assert "[pack-needs]" in ran.err
    assert (shipped / "rules/packs.yaml").read_text() == before


def test_a_pack_with_faults_does_not_go_on(run: Run, shipped: Path) -> None:
    (shipped / "packs/spin/spin.yaml").write_text("rulebook: spin\n")
    ran = run("packs", "on", "spin", "--project", shipped, "--json")
    assert ran.code == 1
    assert ran.json["on"] is False
    assert {one["file"] for one in ran.json["findings"]} >= {"packs/spin/spin.yaml"}
    assert run("packs", "on", "nothing", "--project", shipped).code == 2


def test_reports_over_what_was_imported(run: Run, shipped: Path) -> None:
    (shipped / "deals.csv").write_text(DEALS)
    at = ("--project", shipped, "--now", NOW)
    assert run("import", shipped / "deals.csv", "--as", "opportunities", *at).code == 0
    run("run", *at)
    assert {one["report"] for one in run("report", "--json", *at).json["rows"]} == {
        "bant",
        "buying_clock",
        "forecast",
        "scotsman",
    }
    scotsman = run("report", "scotsman", "--json", *at).json
    assert [one["opportunity.id"] for one in scotsman["rows"]] == ["1", "3", "2"]
    assert scotsman["rows"][1]["opportunity.extra.scotsman_percent"] == 12.5
    assert scotsman["rows"][0]["missing"] == "solution, competition, opportunity, support, authority, necessity"
    assert scotsman["totals"] == {"sum opportunity.expected_value": 24000.5}
    rows = list(csv.DictReader(io.StringIO(run("report", "scotsman", "--format", "csv", *at).out)))
    assert rows[1]["account.name"] == "'=M"
    clock = run("report", "buying_clock", *at).out.splitlines()
    assert [line.split() for line in clock[1:]] == [["2", "aware", "2", "0"], ["4", "comparing", "1", "0"]]
    sheet = run("report", "scotsman", "--for", "opportunity/3", *at).out
    assert "MISSING           solution, competition, opportunity, support, money" in sheet


def test_reports_that_there_are_not(run: Run, imported: Path) -> None:
    (imported / "rules/reports").mkdir()
    (imported / "rules/reports/mine.yaml").write_text("report: mine\nof: request\ncolumns: [request.id]\n")
    at = ("--project", imported, "--now", NOW)
    run("run", *at)
    assert [one["request.id"] for one in run("report", "mine", "--json", *at).json["rows"]] == ["1", "2", "3"]
    for words in (("nope",), ("mine", "--for", "account/1"), ("mine", "--for", "request/99"), ("mine", "--for", "x")):
        ran = run("report", *words, *at)
        assert (ran.code, ran.out) == (2, "")
        assert ran.err.startswith("leadrelay: ")


def test_a_computed_field_is_one_thing_in_rules_explanations_and_exports(run: Run, shipped: Path) -> None:
    contacts, deals = shipped / "contacts.csv", shipped / "deals.csv"
    deals.write_text("id,stage,owner,contact.id\n1,lead,chris,7\n")

    def phase(name: str, now: str) -> None:
        contacts.write_text(f"id,email,buying_phase\n7,jan@groot.example,{name}\n")
        assert run("import", contacts, "--as", "contacts", "--project", shipped, "--now", now).code == 0

    phase("comparing", NOW)
    run("import", deals, "--as", "opportunities", "--project", shipped, "--now", NOW)
    run("run", "--project", shipped, "--now", NOW)
    phase("unaware", "2026-11-20 10:30")
    later = ("--project", shipped, "--now", "2026-11-20 11:00")
    run("run", *later)

    decided = run("export", "decisions", "--format", "json", *later).json
    assert [one["subject"] for one in decided if one["rule"] == "two-phases-back"] == ["opportunity/1"]
    books = run("explain", "opportunity/1", "--json", *later).json["rulebooks"]
    (test,) = next(one for one in books if one["rulebook"] == "phases_back")["rules"][0]["tests"]
    assert (test["value"], test["holds"]) == (3, True)
    (contact,) = run("export", "contacts", "--format", "json", *later).json
    assert {name: contact[f"extra.buying_{name}"] for name in ("step", "furthest", "back")} == {
        "step": 1,
        "furthest": 4,
        "back": 3,
    }
    assert run("due", "opportunity/1", *later).code == 0
