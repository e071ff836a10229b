"""`leadrelay` without a verb: what is going on, and what to do next; and completion in shells."""

from pathlib import Path

import pytest

from tests.cli.conftest import Run

NOW = "2026-11-20 09:13"


def test_without_a_project_it_says_how_to_begin(tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    ran = run()
    assert (ran.code, "leadrelay init FOLDER" in ran.out) == (0, True)


def test_it_says_what_is_so_and_what_to_do_next(shipped: Path, run: Run) -> None:
    here = ("--project", shipped, "--now", NOW)
    assert run(*here).out.splitlines()[-1] == "Next: leadrelay import FILE --preview"
    (shipped / "r.csv").write_text("id,kind,summary,contact.email\n1,new_project,A saw,a@b.example\n", encoding="utf-8")
    assert run(*here, "import", shipped / "r.csv", "--as", "requests").code == 0
    assert run(*here).out.splitlines()[-1] == "Next: leadrelay run"
    assert run(*here, "run").code == 0
    said = run(*here).out
    assert "1 requests, 1 of them open" in said
    later = run("--project", shipped, "--now", "2026-11-25 09:13").out
    assert "open tasks are overdue" in later and "leadrelay tasks --overdue" in later
    assert run(*here, "rules", "stop", "unclear-web-form", "--reason", "x").code == 0
    assert "leadrelay rules start unclear-web-form" in run(*here).out


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete(shell: str, run: Run) -> None:
    ran = run("completion", shell)
    assert (ran.code, "_LEADRELAY_COMPLETE" in ran.out) == (0, True)
