"""Section 5: where the commands work, at what time, and how they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.acceptance.two_requests import ROUTING, run_here, two_requests


@pytest.fixture(scope="module")
def ready(tmp_path_factory: pytest.TempPathFactory, company: Any) -> Any:
    """A project with two requests, run once; the tests below only read."""
    return two_requests(tmp_path_factory.mktemp("commands"), company)


# where, when, and how it ends


def test_it_works_on_the_folder_it_stands_in(ready: Any) -> None:
    result = run_here("export", "requests", "--format", "json", cwd=ready.folder)
    assert result.returncode == 0 and len(json.loads(result.stdout)) == 2
    assert "\x1b[" not in result.stdout + result.stderr


@pytest.mark.parametrize("before", [True, False])
def test_project_before_and_after_the_verb(ready: Any, before: bool, tmp_path: Path) -> None:
    where = ["--project", str(ready.folder)]
    words = [*where, "check", "--json"] if before else ["check", "--json", *where]
    result = run_here(*words, cwd=tmp_path)
    assert result.returncode == 0 and json.loads(result.stdout) == {"findings": []}


def copy(ready: Any, tmp_path: Path) -> Path:
    return Path(shutil.copytree(ready.folder, tmp_path / "copy"))


@pytest.mark.parametrize(
    ("words", "env"),
    [
        (["run", "--now", "2026-11-20 13:00", "--json"], {}),
        (["--now", "2026-11-20 13:00", "run", "--json"], {}),
        (["run", "--now", "2026-11-20T12:00:00Z", "--json"], {}),
        (["run", "--json"], {"LEADRELAY_NOW": "2026-11-20 13:00"}),
        (["run", "--now", "2026-11-20 13:00", "--json"], {"LEADRELAY_NOW": "2026-11-20 14:00"}),
    ],
)
def test_the_clock(
    ready: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], env: dict[str, str]
) -> None:
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    done = type(ready)(copy(ready, tmp_path)).cli(*words).ok().json
    assert done["now"] == "2026-11-20T13:00:00+01:00"
    assert done["flows"]["nudge"]["decided"] == 2


def test_run_prints_what_was_done(ready: Any, tmp_path: Path) -> None:
    text = type(ready)(copy(ready, tmp_path)).cli("run", "--now", "2026-11-20 12:00").ok()
    assert "route" in text.out and "deliver" in text.out


@pytest.mark.parametrize("now", ["yesterday", "2026-13-01", "2026-11-31 09:00", "9" * 400])
def test_a_clock_that_is_none(ready: Any, now: str) -> None:
    assert ready.cli("run", "--now", now).code == 2


def test_the_database_can_be_set_from_outside(ready: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = tmp_path / "one.json"
    row.write_text('[{"id": "99", "kind": "other", "summary": "x"}]')
    with monkeypatch.context() as outside:
        outside.setenv("LEADRELAY_DATABASE__URL", f"sqlite:///{tmp_path}/other.db")
        ready.cli("import", row, "--as", "requests").ok()
        assert [row["id"] for row in ready.export("requests")] == ["99"]
    assert (tmp_path / "other.db").exists()
    assert [row["id"] for row in ready.export("requests")] == ["42", "43"]


@pytest.mark.parametrize("verb", [["export", "requests"], ["run"]])
@pytest.mark.parametrize(
    "url", ["sqlite:////dev/null/x.db", "nonsense", "postgresql+psycopg://u:hush@127.0.0.1:1/x", "mysql://x/y"]
)
def test_a_database_that_is_not_there(ready: Any, monkeypatch: pytest.MonkeyPatch, verb: list[str], url: str) -> None:
    monkeypatch.setenv("LEADRELAY_DATABASE__URL", url)
    result = ready.cli(*verb)
    assert result.code == 2 and result.err and "hush" not in result.err + result.out


def test_a_database_that_is_no_database(ready: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "x.db").write_bytes(b"not a database at all" * 100)
    monkeypatch.setenv("LEADRELAY_DATABASE__URL", f"sqlite:///{tmp_path}/x.db")
    assert ready.cli("export", "requests").code == 2


@pytest.mark.parametrize(
    "words",
    [
        ["nonsense"],
        ["check", "--nonsense"],
        ["check", "/no/such/file.yaml"],
        ["import"],
        ["explain"],
        ["export"],
        ["rules", "nonsense"],
        ["import", "x.csv", "--as", "invoices"],
        ["render", "no_such_template"],
    ],
)
def test_bad_usage_is_2(project: Any, words: list[str]) -> None:
    project.rules(ROUTING)
    result = project.cli(*words)
    assert result.code == 2 and result.err


SETTINGS = ["nonsense", "[database]\nurl = 3\n", "first_run_limit = 'many'\n", "colour = 1\n", "\x00"]


@pytest.mark.parametrize("toml", SETTINGS)
def test_settings_that_are_none(project: Any, toml: str) -> None:
    project.rules(ROUTING)
    project.write("leadrelay.toml", toml)
    for verb in ("run", "audit"):
        result = project.cli(verb)
        assert result.code == 2 and "leadrelay.toml" in result.err


@pytest.mark.parametrize("toml", SETTINGS)
def test_check_speaks_of_the_settings(project: Any, toml: str) -> None:
    project.rules(ROUTING)
    project.write("leadrelay.toml", toml)
    result = project.cli("check")
    assert result.code in (1, 2) and "leadrelay.toml" in result.out + result.err


def test_a_folder_that_is_no_project(project: Any) -> None:
    (project.folder / "leadrelay.toml").unlink()
    result = project.cli("run")
    assert result.code == 2 and "leadrelay init" in result.err


def test_logs_go_to_standard_error(ready: Any, tmp_path: Path) -> None:
    project = type(ready)(copy(ready, tmp_path))
    for words in ("run", "audit", "check", "test", "fields", "explain request/42"):
        result = project.cli(*words.split(), "--json", "--now", "2026-11-20 12:00")
        assert isinstance(result.json, dict | list)
