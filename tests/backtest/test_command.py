"""`leadrelay backtest` as a person meets it: what it prints, what it refuses, and that it changes nothing."""

import csv
import hashlib
import shutil
import sqlite3
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Ran, Run


def backtest(run: Run, company: Path, *words: object, code: int = 0) -> Ran:
    ran = run("backtest", *words, "--project", company, "--now", "2026-11-27 09:00")
    assert ran.code == code, ran
    return ran


def draft(company: Path, old: str, new: str, name: str = "draft") -> Path:
    """The rulebooks in a folder of their own, with something else in them."""
    folder = company / name
    folder.mkdir()
    for file in (company / "rules").glob("*.yaml"):
        (folder / file.name).write_text(
            file.read_text("utf-8").replace(old, new) if old else file.read_text("utf-8"), "utf-8"
        )
    return folder


def rows_of(file: Path) -> str:
    """A digest of everything in a database."""
    conn = sqlite3.connect(file)
    try:
        return hashlib.sha256("\n".join(conn.iterdump()).encode()).hexdigest()
    finally:
        conn.close()


def test_what_happened_is_lived_through_to_the_last(company: Path, run: Run) -> None:
    found = backtest(run, company, "--json").json
    agreement = found["agreement"]
    assert agreement == {"taken": agreement["taken"], "same": agreement["taken"], "others": 0}
    assert agreement["taken"] > 8
    assert found["changed"] == []
    assert found["subjects"] == 3
    assert {one["before"] == one["after"] for one in found["messages"].values()} == {True}
    said = backtest(run, company).out
    assert "Nobody's outcome changes." in said
    assert f"{agreement['taken']} of the {agreement['taken']} decisions" in said


def test_a_draft_changes_whom_it_changes(company: Path, run: Run) -> None:
    folder = draft(company, "at_least: 250", "at_least: 4")
    found = backtest(run, company, "--rules", folder, "--json").json
    assert found["changed"] == [
        {"subject": "request/3", "rulebook": "routing", "before": "otherwise", "after": "large-company"}
    ]
    assert list(found)[:3] == ["since", "until", "source"]
    assert found["since"] == "2026-11-20T09:13:00+01:00"
    assert found["source"] == "history"
    an = found["messages"]["an"]
    assert an["after"] > an["before"]
    assert an["busiest_day"]["on"] == "2026-11-20"
    assert set(found["load"]["an"]) == {"before", "after", "most_before", "most_after"}
    assert found["load"]["an"]["most_after"] == found["load"]["an"]["most_before"] + 1
    assert set(found["deadlines"]["waits"]) == {"before", "after"}
    assert "agreement" not in found


def test_the_rules_folder_against_what_happened(company: Path, run: Run) -> None:
    routing = company / "rules/routing.yaml"
    routing.write_text(routing.read_text("utf-8").replace("at_least: 250", "at_least: 4"), "utf-8")
    found = backtest(run, company, "--json").json
    assert [one["subject"] for one in found["changed"]] == ["request/3"]
    assert found["agreement"]["same"] == found["agreement"]["taken"]


def test_fewer_repeats_tell_fewer_and_keep_the_deadlines(company: Path, run: Run) -> None:
    folder = draft(company, "at_most: 2", "at_most: 1")
    found = backtest(run, company, "--rules", folder, "--json").json
    assert found["changed"] == []
    kept = {"met": 2, "missed": 1, "ahead": 0}  # one acknowledged, one answered, one forgotten
    assert found["deadlines"]["waits"] == {"before": kept, "after": kept}
    told = [sum(one[side] for one in found["messages"].values()) for side in ("before", "after")]
    assert told[1] == told[0] - 1


def test_the_summary_and_the_csv_name_every_change(company: Path, run: Run, tmp_path: Path) -> None:
    folder = draft(company, "at_least: 250", "at_least: 4")
    said = backtest(run, company, "--rules", folder, "--csv", tmp_path / "changes.csv").out
    assert "The outcome of 1 of them changes:" in said
    assert "request/3  routing   otherwise  large-company" in said
    with (tmp_path / "changes.csv").open(encoding="utf-8", newline="") as file:
        assert list(csv.DictReader(file)) == [
            {"subject": "request/3", "rulebook": "routing", "before": "otherwise", "after": "large-company"}
        ]


def test_nothing_in_the_live_data_changes(company: Path, run: Run) -> None:
    file = company / "var/leadrelay.db"
    before, raw = rows_of(file), file.read_bytes()
    backtest(run, company, "--rules", draft(company, "at_least: 250", "at_least: 1"), "--sample", 2)
    backtest(run, company)
    assert rows_of(file) == before
    assert file.read_bytes() == raw


def test_a_sample_is_the_same_each_time_and_no_more_than_all(company: Path, run: Run) -> None:
    folder = draft(company, "at_least: 250", "at_least: 1")
    samples = [backtest(run, company, "--rules", folder, "--json", "--sample", 2).json for _ in range(2)]
    assert samples[0] == samples[1]
    assert samples[0]["subjects"] == 2
    assert backtest(run, company, "--rules", folder, "--json", "--sample", 99).json["subjects"] == 3


def test_a_whole_project_can_be_the_draft(company: Path, run: Run, tmp_path: Path) -> None:
    draft(company, "at_least: 250", "at_least: 4").rename(tmp_path / "rules")
    found = backtest(run, company, "--rules", tmp_path, "--json").json
    assert len(found["changed"]) == 1


def test_a_draft_with_faults_is_refused_with_the_first_of_them(company: Path, run: Run) -> None:
    ran = backtest(run, company, "--rules", draft(company, "at_least: 250", "at_leest: 4"), code=2)
    assert "rules/routing.yaml:10:" in ran.err
    assert "so nothing was replayed" in ran.err
    assert ran.out == ""


@pytest.mark.parametrize("words", [("--rules", "nowhere"), ("--since", "yesterday"), ("--csv", "/nowhere/x.csv")])
def test_what_cannot_be_done_is_said(company: Path, run: Run, words: tuple[str, str]) -> None:
    assert backtest(run, company, *words, code=2).err.startswith("leadrelay: ")


def test_without_any_request_there_is_nothing_to_say(bare: Path, tmp_path: Path, run: Run) -> None:
    shutil.copytree(bare, tmp_path / "bare")
    ran = run("backtest", "--project", tmp_path / "bare", "--now", NOW)
    assert ran.code == 0
    assert "rules looked at 0 subjects" in ran.out
