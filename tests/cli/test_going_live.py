"""`rules log`, `diff`, `show` and `rollback`, as ops use them, and the output that docs/going-live.md shows."""

import os
import subprocess
from pathlib import Path

import pytest

from leadrelay import origin
from leadrelay.project import open_project
from leadrelay.rulebook.load import digest_of, read_files
from leadrelay.store.database import Database
from tests.cli.conftest import NOW, ROUTING, Run

BIGGER = ROUTING.replace("at_least: 250", "at_least: 100")
LATER = BIGGER.replace("what: Call,", "what: Ring,")


def put_live(run: Run, folder: Path, *texts: str) -> None:
    for text in texts:
        (folder / "rules/routing.yaml").write_text(text, encoding="utf-8")
        ran = run("--project", folder, "run", "--now", NOW)
        assert ran.code == 0, ran


def live(folder: Path) -> tuple[int, str]:
    project = open_project(folder, NOW)
    project.database.close()
    return project.ruleset.version, project.ruleset.digest


def digest(folder: Path) -> str:
    return digest_of(read_files(folder))


def test_the_way_back_is_a_new_version_and_the_folder_stays_out_of_it(small: Path, run: Run):
    put_live(run, small, ROUTING, BIGGER, LATER)
    newest = digest(small)
    ran = run("--project", small, "rules", "rollback", 2, "--reason", "too\nearly", "--now", NOW)
    assert ran.code == 0 and ran.out.splitlines() == [
        "Version 2 is live again, as version 4.",
        "routing / large-company: then: task: what Ring → Call",
        "The rules folder has other rules, which are not taken up before something in it changes. "
        "To put version 2 there as well: leadrelay rules rollback 2 --write",
    ]
    ran = run("--project", small, "run", "--now", NOW)
    assert ran.code == 0 and live(small)[0] == 4 and "is taken up when it changes" in ran.err
    assert digest(small) == newest

    assert run("--project", small, "rules", "rollback", 1, "--now", NOW).code == 0, "two in a row"
    assert run("--project", small, "run", "--now", NOW).code == 0 and live(small)[0] == 5
    log = run("--project", small, "rules", "log", "--json").json
    assert [(one["version"], one["cause"], one["why"]) for one in log[:2]] == [
        (5, "rollback to 1", None),
        (4, "rollback to 2", "too early"),
    ]
    assert log[0]["changes"] == "routing / large-company: account.employees at least 100 → 250"
    again = run("--project", small, "rules", "rollback", 1, "--json").json
    assert (again["version"], again["new"], again["folder"]) == (5, False, "passed over")

    put_live(run, small, LATER.replace("Ring", "Visit"))
    assert live(small)[0] == 6, "what is otherwise than before is taken up as ever"


def test_a_folder_that_was_another_one_in_between_is_taken_up_again(small: Path, run: Run):
    put_live(run, small, ROUTING, BIGGER)
    run("--project", small, "rules", "rollback", 1)
    put_live(run, small, ROUTING)
    assert live(small)[0] == 3
    put_live(run, small, BIGGER)
    assert live(small)[0] == 4


def test_with_write_the_folder_gets_the_files_and_loses_nothing_that_is_in_no_version(small: Path, run: Run):
    (small / "rules/lists").mkdir()
    put_live(run, small, ROUTING)
    first = digest(small)
    (small / "rules/lists/new.yaml").write_text("[a, b]")
    (small / "templates/en/hello.j2").unlink()
    (small / "templates/en/hello.j2").write_text((small / "templates/nl/hello.j2").read_text() + "\n")
    put_live(run, small, BIGGER)
    (small / "rules/routing.yaml").write_text(LATER)
    ran = run("--project", small, "rules", "rollback", 1, "--write")
    assert ran.code == 2 and "in no version" in ran.err and "rules/routing.yaml" in ran.err
    assert live(small)[0] == 2 and (small / "rules/routing.yaml").read_text() == LATER
    ran = run("--project", small, "rules", "rollback", 1, "--write", "--force", "--json")
    assert (ran.json["written"], ran.json["removed"]) == (
        ["rules/routing.yaml", "templates/en/hello.j2"],
        ["rules/lists/new.yaml"],
    )
    assert live(small) == (3, first) and digest(small) == first
    put_live(run, small, BIGGER)
    assert live(small)[0] == 4


def test_what_cannot_be_rolled_back_to_is_said(small: Path, run: Run):
    (small / "rules/fields.yaml").write_text("request: {size: {type: number}}")
    put_live(run, small, ROUTING)
    (small / "rules/fields.yaml").write_text("request: {size: {type: text}}")
    requests = (small / "requests.csv").read_text().replace("account.employees\n", "account.employees,extra.size\n", 1)
    (small / "requests.csv").write_text(requests.replace(",250\n", ",250,big\n").replace(",3\n", ",3,\n"))
    put_live(run, small, BIGGER)
    assert run("--project", small, "import", small / "requests.csv", "--as", "requests", "--now", NOW).code in (0, 1)
    ran = run("--project", small, "rules", "rollback", 1)
    assert ran.code == 2 and "request.extra.size was of type number then" in ran.err and "1 subject(s)" in ran.err
    assert live(small)[0] == 2
    for wrong in (["rollback", 9], ["diff", 9], ["diff", "x"], ["show", 9]):
        ran = run("--project", small, "rules", *wrong)
        assert ran.code == 2 and "There is no version" in ran.err
    assert run("--project", small, "rules", "rollback", 0).code == 2
    assert run("--project", small, "rules", "rollback", 1, "--force").code == 0 and live(small)[0] == 3


def test_a_version_with_faults_by_now_stays_where_it_is(small: Path, run: Run):
    put_live(run, small, ROUTING, BIGGER)
    database = Database(f"sqlite:///{small}/var/leadrelay.db")
    with database.begin() as conn:
        conn.exec_driver_sql(
            "UPDATE rulesets SET files = replace(files, 'route: sales', 'route: moon') WHERE version = 1"
        )
    database.close()
    ran = run("--project", small, "rules", "rollback", 1)
    assert ran.code == 2 and "it has 1 fault(s) by now, first rules/routing.yaml:12:16" in ran.err


def test_diff_and_show(small: Path, run: Run, tmp_path: Path):
    put_live(run, small, ROUTING, BIGGER)
    change = "routing / large-company: account.employees at least 250 → 100\n"
    assert run("--project", small, "rules", "diff").out == "Nothing changed in meaning.\n"
    assert run("--project", small, "rules", "diff", 1).out == change
    assert run("--project", small, "rules", "diff", 1, 2).out == change
    (small / "rules/routing.yaml").write_text("# a comment\n" + LATER)
    assert run("--project", small, "rules", "diff").out == "routing / large-company: then: task: what Call → Ring\n"
    found = run("--project", small, "rules", "diff", 1, "folder", "--json").json
    assert (found["old"], found["new"], len(found["changes"])) == (1, "folder", 2)
    (small / "rules/routing.yaml").write_text("rulebook: [")
    ran = run("--project", small, "rules", "diff")
    assert ran.code == 1 and "the rulebook is gone" in ran.out and "fault(s)" in ran.err
    assert run("--project", small, "rules", "show", 1, "rules/routing.yaml").out == ROUTING
    assert run("--project", small, "rules", "show", 1, "rules/nothing.yaml").code == 2
    assert "rules/team.yaml" in run("--project", small, "rules", "show", 1).out.splitlines()
    assert run("--project", small, "rules", "show", 2, "--json").json["files"]["rules/routing.yaml"] == BIGGER
    assert run("--project", small, "rules", "show", 1, "--output", tmp_path / "out").code == 0
    assert (tmp_path / "out/rules/routing.yaml").read_text() == ROUTING
    assert run("--project", small, "rules", "show", 1, "--output", tmp_path / "out").code == 2


def git(folder: Path, *arguments: str) -> None:
    names = ("-c", "user.name=Olga \x1b[31mOps", "-c", "user.email=o@example.com", "-c", "commit.gpgsign=false")
    subprocess.run(["git", "-C", str(folder), *names, *arguments], check=True, capture_output=True)


def test_who_and_why_are_known_from_git_and_hostile_words_are_flattened(small: Path, run: Run):
    git(small, "init", "-q")
    git(small, "add", "-A")
    hooks = small / ".git/hooks"
    for hook in ("post-checkout", "pre-commit", "post-index-change"):
        (hooks / hook).write_text(f"#!/bin/sh\ntouch {small}/ran\n")
        (hooks / hook).chmod(0o755)
    git(small, "commit", "-qnm", "Larger \x1b[2J\u202ecompanies\n\nmore")
    (small / "ran").unlink(missing_ok=True)
    git(small, "config", "core.fsmonitor", f"touch {small}/ran; false")
    (small / "requests.csv").write_text("id\n")
    put_live(run, small, ROUTING)
    (first,) = run("--project", small, "rules", "log", "--json").json
    assert (first["who"], first["why"], first["dirty"]) == ("Olga [31mOps", "Larger [2Jcompanies", False)
    assert len(first["commit"]) >= 7 and not (small / "ran").exists()
    put_live(run, small, BIGGER)
    assert "and changes since" in run("--project", small, "rules", "log").out.splitlines()[1]


@pytest.mark.parametrize("broken", ["missing", "hangs", "fails"])
def test_git_never_stands_in_the_way(small: Path, run: Run, broken: str, monkeypatch: pytest.MonkeyPatch):
    bin_ = small / "bin"
    bin_.mkdir()
    if broken != "missing":
        (bin_ / "git").write_text("#!/bin/sh\n" + ("exec sleep 60\n" if broken == "hangs" else "exit 128\n"))
        (bin_ / "git").chmod(0o755)
    monkeypatch.setattr(origin, "PATIENCE", 0.05)
    monkeypatch.setenv("PATH", f"{bin_}{os.pathsep}/bin" if broken == "hangs" else str(bin_))
    monkeypatch.setenv("LOGNAME", "olga")
    put_live(run, small, ROUTING)
    (first,) = run("--project", small, "rules", "log", "--json").json
    assert (first["who"], first["commit"], first["dirty"]) == ("olga", None, None)
