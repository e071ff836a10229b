"""What people do wrong: a clear message, the exit code of the contract, no traceback, nothing half done."""

import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import NOW, Run

WRONG = [
    (("explain", "request/99"), "There is no request/99"),
    (("explain", "lead/1"), "'lead/1' is not a subject"),
    (("explain", "request/1", "--rule", "nope"), "There is no rule 'nope'"),
    (("explain", "request/1", "--at", "yesterday"), "'yesterday' is not a time"),
    (("run", "--now", "25:99"), "'25:99' is not a time"),
    (("run", "fly"), "'fly' is not one of"),
    (("frobnicate",), "No such command 'frobnicate'"),
    (("export", "everything"), "'everything' is not one of"),
    (("import", "missing.csv", "--as", "requests"), "missing.csv"),
    (("import", "requests.csv", "--as", "requests", "--map", "nope"), "There is no import map 'nope'"),
    (("render", "nope"), "There is no template 'nope'"),
    (("render", "hello", "--for", "request/99"), "There is no request/99"),
    (("rules", "release", "nope"), "There is no rule 'nope'"),
    (("check", "nowhere"), "there is no such file or folder"),
]


@pytest.mark.parametrize(("arguments", "message"), WRONG, ids=[" ".join(one[0]) for one in WRONG])
def test_wrong_words(
    imported: Path, run: Run, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], message: str
) -> None:
    monkeypatch.chdir(imported)
    ran = run(*arguments)
    assert ran.code == 2
    assert message in ran.err
    assert "Traceback" not in ran.err + ran.out
    assert ran.out == ""


def test_no_project(tmp_path: Path, run: Run) -> None:
    ran = run("run", "--project", tmp_path)
    assert (ran.code, "leadrelay.toml is missing" in ran.err) == (2, True)


def test_unusable_rules_and_none_live_yet(small: Path, run: Run) -> None:
    (small / "rules" / "routing.yaml").write_text("rulebook: [", encoding="utf-8")
    ran = run("run", "--project", small)
    assert ran.code == 2
    assert "leadrelay check" in ran.err


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("nonsense", "not a database URL"),
        ("mysql://u:secret@h/x", "only sqlite and postgresql"),
        ("postgresql+psycopg://u:secret@127.0.0.1:1/x", "127.0.0.1"),
    ],
)
def test_no_database(small: Path, run: Run, monkeypatch: pytest.MonkeyPatch, url: str, why: str) -> None:
    monkeypatch.setenv("LEADRELAY_DATABASE__URL", url)
    ran = run("run", "--project", small)
    assert ran.code == 2
    assert why in ran.err
    assert "secret" not in ran.err + ran.out


def test_a_file_that_is_no_database(small: Path, run: Run) -> None:
    (small / "var").mkdir()
    (small / "var" / "leadrelay.db").write_bytes(b"this is no database, it is a text of some length" * 100)
    ran = run("run", "--project", small)
    assert (ran.code, "var/leadrelay.db" in ran.err) == (2, True)


def test_a_locked_database(imported: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("leadrelay.store.database.WAIT", 0.05)
    monkeypatch.setattr("leadrelay.store.database.Database.__init__.__defaults__", (0.05,))
    lock = sqlite3.connect(imported / "var" / "leadrelay.db", isolation_level=None)
    try:
        lock.execute("BEGIN IMMEDIATE")
        ran = run("run", "--project", imported, "--now", NOW)
    finally:
        lock.close()
    assert (ran.code, "locked" in ran.err) == (2, True)
    assert run("export", "decisions", "--format", "json", "--project", imported).json == []


def test_a_clock_before_the_data(imported: Path, run: Run) -> None:
    run("run", "--project", imported, "--now", NOW)
    ran = run("run", "--project", imported, "--now", "2026-11-19 09:13")
    assert (ran.code, "before the last decision" in ran.err) == (2, True)


def test_init_leaves_a_full_folder_alone(tmp_path: Path, run: Run) -> None:
    (tmp_path / "letter.txt").write_text("mine", encoding="utf-8")
    ran = run("init", tmp_path)
    assert (ran.code, "is not empty" in ran.err) == (2, True)
    assert [one.name for one in tmp_path.iterdir()] == ["letter.txt"]


def test_rejected_rows_are_told_set_apart_and_can_be_mended(small: Path, run: Run) -> None:
    bad = small / "bad.csv"
    bad.write_text(
        "id,kind,received_at\n1,other,2026-11-20\n2,nonsense,2026-11-20\n3,other,2026-13-45\n", encoding="utf-8"
    )
    ran = run("import", bad, "--as", "requests", "--project", small, "--json", "--now", NOW)
    assert ran.code == 1
    assert (ran.json["rows"], ran.json["taken"], ran.json["rejected"], ran.json["unchanged"]) == (3, 1, 2, 0)
    assert [(one["line"], one["column"]) for one in ran.json["rejections"]] == [(3, "kind"), (4, "received_at")]
    rejected = small / "bad.csv.rejected.csv"
    assert rejected.is_file()
    mended = rejected.read_text(encoding="utf-8").replace("nonsense", "renewal").replace("2026-13-45", "2026-11-19")
    (small / "mended.csv").write_text(mended, encoding="utf-8")
    again = run("import", small / "mended.csv", "--as", "requests", "--project", small, "--json", "--now", NOW)
    assert (again.code, again.json["taken"]) == (0, 2)


def test_a_reader_that_goes_away_is_no_error(small: Path) -> None:
    command = f"{sys.executable} -m leadrelay fields --project {small} | head -1; echo ${{PIPESTATUS[0]}}"
    ran = subprocess.run(["bash", "-c", command], capture_output=True, text=True, env=os.environ, check=False)
    assert ran.stderr == ""
    assert ran.stdout.splitlines()[-1] == "0"
