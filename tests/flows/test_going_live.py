"""Taking rules up: a candidate that is not fit never takes effect, ops are told once, and rollback is followed."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from flows import resident
from flows.judge import Aside, JudgeFailed
from flows.news import tell_of_held, tell_of_rules
from leadrelay.errors import RulesFailTests, RulesUnusable
from leadrelay.judging import Question, Verdict
from leadrelay.project import Project, open_project
from leadrelay.rolling_back import roll_back
from leadrelay.rulebook.load import read_files
from leadrelay.store import rulesets
from tests.flows.life import AtOnce, Life
from tests.flows.world import NOW, ROOT, ROUTING, TEAM, make_project, opened, register

OPS = TEAM.replace("\npools:", "\n  - {id: olga, name: Olga, email: o@example.com, roles: [ops], language: nl}\npools:")
TESTS = """
tests:
  - test: who renews goes to sales
    now: 2026-11-20 09:13
    given: {request: {kind: renewal}}
    expect: {routing: renewals, request.desk: sales}
"""
FLOOD = """
rulebook: greeting
subject: request
flow: nudge
hit: all
rules:
  - id: greet-all
    when: {request.id: {known: true}}
    then: [{notify: {to: an, template: nudge}}]
"""
BAD = {
    "syntax": ("rules/routing.yaml", ROUTING.replace("rules:", "rules: [")),
    "failing test": ("rules/routing.yaml", ROUTING.replace("route: sales", "route: marketing")),
    "unknown template": ("rules/routing.yaml", ROUTING.replace("template: key_account", "template: nonesuch")),
    "template": ("templates/en/nudge.j2", "{% extends layout %}{% block subject %}{{ nonesuch.x }}{% endblock %}"),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = make_project(tmp_path / "project")
    (folder / "rules/team.yaml").write_text(OPS)
    (folder / "rules/tests").mkdir()
    (folder / "rules/tests/routing.yaml").write_text(TESTS)
    return folder


@pytest.fixture
def life(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Life]:
    monkeypatch.setattr(resident, "FOLDER_LOOK", 0.0)
    life = Life(opened(folder))
    life.tick()
    yield life
    life.project.database.close()


def waited_for(aside: Aside) -> Verdict:
    pause = threading.Event()
    while (found := aside.verdict()) is None:
        pause.wait(0.02)
    return found


def told(project: Project) -> list[tuple[str, str, str]]:
    with project.database.read() as conn:
        rows = conn.execute(text("SELECT \"to\", template, reason FROM messages WHERE subject = 'rules' ORDER BY id"))
        return [(row[0], row[1], row[2]) for row in rows]


@pytest.mark.parametrize("what", BAD)
def test_what_is_not_fit_never_takes_effect_and_ops_are_told_once(life: Life, folder: Path, what: str):
    file, bad = BAD[what]
    good = (folder / file).read_text()
    (folder / file).write_text(bad)
    life.tick(4)
    assert life.project.ruleset.version == 1
    ((to, template, reason),) = told(life.project)
    assert (to, template) == ("olga", "rules_refused") and "versie 1 blijft gelden; " in reason
    assert "rules/" in reason or file in reason, "the file and the line are named"
    assert len(life.said) == 1 and "going on with version 1" in life.said[0]
    register(life.project.database, life.project.clock(), "1")
    life.tick()
    assert life.column("SELECT desk FROM requests") == ["sales"]

    again = open_project(folder, NOW, "take_up")  # as after a restart
    assert again.refused is not None and tell_of_rules(again) and len(told(again)) == 1
    again.database.close()
    (folder / file).write_text(good)
    life.tick(4)
    assert life.project.ruleset.version == 1, "it is what is live already"
    assert [one[1] for one in told(life.project)] == ["rules_refused", "rules_mended"]
    (folder / file).write_text(bad)
    life.tick(4)
    assert [one[1] for one in told(life.project)] == ["rules_refused", "rules_mended", "rules_refused"]


def test_another_bad_folder_is_told_of_and_one_mail_says_that_all_is_mended(life: Life, folder: Path):
    path = folder / "rules/routing.yaml"
    for bad in (BAD["syntax"][1], BAD["failing test"][1], BAD["syntax"][1]):
        path.write_text(bad)
        life.tick(3)
    path.write_text(ROUTING.replace("about: A customer", "about: Some customer"))
    life.tick(3)
    assert life.project.ruleset.version == 2
    assert [one[1] for one in told(life.project)] == ["rules_refused", "rules_refused", "rules_mended"]
    assert told(life.project)[-1][2].startswith("versie 2 geldt nu: routing / renewals: about")
    mails = [one for one in (folder / "var/mail").iterdir() if "-olga-" in one.name]
    assert len(mails) == 3 and any("leadrelay rules diff" in one.read_text() for one in mails)


@pytest.mark.parametrize(("what", "error"), [("syntax", RulesUnusable), ("failing test", RulesFailTests)])
def test_with_none_live_a_bad_folder_is_an_error_that_says_why(folder: Path, what: str, error: type[Exception]):
    (folder / BAD[what][0]).write_text(BAD[what][1])
    with pytest.raises(error, match=r"The first: rules/\S+\.yaml:\d+"):
        open_project(folder, NOW, "take_up")


def test_a_rule_that_floods_is_held_and_ops_are_told_once(life: Life, folder: Path):
    register(life.project.database, life.project.clock(), *(str(number) for number in range(80)))
    life.tick()
    (folder / "rules/greeting.yaml").write_text(FLOOD)
    life.tick(6)
    assert life.project.ruleset.version == 2
    assert life.column("SELECT count(*) FROM messages WHERE template = 'nudge'") == ["0"]
    held = [("olga", "rule_held", "de regel 'greet-all' zou in één keer op 80 werken")]
    assert told(life.project) == held
    again = open_project(folder, NOW)
    tell_of_held(again, ["greet-all"], again.clock())
    assert told(again) == held
    again.database.close()


def test_what_is_judged_when_another_version_goes_live_is_judged_again(life: Life, folder: Path):
    class Slow(AtOnce):
        verdicts = 0

        def verdict(self) -> Verdict | None:
            if self._found is not None and not self.verdicts:
                roll_back(other, 1)
            self.verdicts += self._found is not None
            return super().verdict()

    path, other = folder / "rules/routing.yaml", open_project(folder, NOW)
    path.write_text(ROUTING.replace("about: A customer", "about: Some customer"))
    life.tick(3)
    judge = Slow()
    second = Life(life.project, judge=judge)
    path.write_text(ROUTING.replace("about: A customer", "about: Any customer"))
    second.tick(2)
    assert life.project.ruleset.version == 3, "version 1 came back while the folder was being judged"
    second.tick(3)
    assert (judge.verdicts, life.project.ruleset.version) == (1, 3), "and it was put in the place of that very folder"
    path.write_text(ROUTING.replace("about: A customer", "about: No customer"))
    second.tick(3)
    assert (judge.verdicts, life.project.ruleset.version) == (2, 4)
    other.database.close()


def test_the_judge_aside_says_the_same_in_a_process_of_its_own(folder: Path):
    files = read_files(folder)
    bad = {**files, "rules/routing.yaml": BAD["failing test"][1], "rules/odd\udcff.yaml": "\udcff"}
    aside, at_once = Aside(), AtOnce()
    question = Question.of(bad, files, "en", folder)
    at_once.ask(question)
    aside.ask(question)
    found = waited_for(aside)
    assert found == at_once.verdict()
    assert found.faults == 1 and found.named[0].startswith("rules/odd\ufffd.yaml:1:1: The byte 0xff")
    assert aside.verdict() is None


def test_a_judge_that_dies_is_said_and_asked_again(life: Life, folder: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "executable", "/bin/false")
    aside = Aside()
    aside.ask(Question.of({}, {}, "en", folder))
    with pytest.raises(JudgeFailed, match="ended with 1"):
        waited_for(aside)

    class Dying(AtOnce):
        dies = True

        def verdict(self) -> Verdict | None:
            if self._found is not None and self.dies:
                raise JudgeFailed("out of memory")
            return super().verdict()

    judge = Dying()
    monkeypatch.setattr("flows.rules_watch.PAUSE", 0.0)
    second = Life(life.project, judge=judge)
    (folder / "rules/routing.yaml").write_text(ROUTING.replace("about: A customer", "about: Some customer"))
    second.tick(5)
    assert life.project.ruleset.version == 1 and len(second.said) == 1 and "out of memory" in second.said[0]
    judge.dies = False
    second.tick(2)
    assert life.project.ruleset.version == 2


@pytest.mark.parametrize("first", ["sound", "syntax"])
def test_what_was_changed_while_it_was_judged_is_neither_taken_up_nor_told(life: Life, folder: Path, first: str):
    path, good = folder / "rules/routing.yaml", ROUTING.replace("about: A customer", "about: Some customer")

    class Slow(AtOnce):
        def ask(self, question: Question) -> None:
            super().ask(question)
            path.write_text(good)  # ops go on writing, also while it is judged

    second = Life(life.project, judge=Slow())
    path.write_text(BAD["syntax"][1] if first == "syntax" else ROUTING.replace("about: A customer", "about: Half a"))
    second.tick(4)
    assert life.project.ruleset.version == 2 and told(life.project) == []
    assert "Half a" not in "".join(life.column("SELECT files FROM rulesets WHERE version = 2"))


def test_what_is_saved_again_as_it_was_is_not_judged_anew(life: Life, folder: Path):
    class Patient(AtOnce):
        asked, looks = 0, 7

        def ask(self, question: Question) -> None:
            self.asked += 1
            super().ask(question)

        def verdict(self) -> Verdict | None:
            self.looks -= 1
            return None if self.looks else super().verdict()

    judge = Patient()
    second = Life(life.project, judge=judge)
    for number in range(4):
        (folder / "rules/routing.yaml").write_text(ROUTING.replace("about: A customer", "about: Some customer"))
        os.utime(folder / "rules/routing.yaml", (number, number))
        second.tick(2)
    assert (judge.asked, life.project.ruleset.version) == (1, 2)


KILLED = """
import os, signal, sys
from pathlib import Path
from leadrelay.project import open_project
from leadrelay.store import agenda, raw
put, left = raw.Statement._execute, int(sys.argv[2])
def counting(self, conn, values):
    global left
    left -= "INSERT" in str(self._clause).upper() or "UPDATE" in str(self._clause).upper()
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)
    return put(self, conn, values)
raw.Statement._execute = counting
open_project(Path(sys.argv[1]), sys.argv[3], "take_up")
"""


@pytest.mark.parametrize("left", [pytest.param(1, marks=pytest.mark.slow), 2])
def test_killed_in_the_middle_of_taking_up_the_old_version_is_live_and_whole(life: Life, folder: Path, left: int):
    register(life.project.database, life.project.clock(), "1", "2")
    life.tick()
    (folder / "rules/routing.yaml").write_text(ROUTING.replace("about: A customer", "about: Some customer"))
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), str(left), NOW],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    assert (ran.returncode, *state(life.project)) == (-signal.SIGKILL, 1, True, False)
    open_project(folder, NOW, "take_up").database.close()
    assert state(life.project) == (2, True, True)


def state(project: Project) -> tuple[int, bool, bool]:
    """What is live, whether it is known what it changed, and whether every subject is to be looked at."""
    with project.database.read() as conn:
        live = rulesets.live(conn)
        due = conn.execute(text("SELECT count(*) FROM agenda WHERE due_at IS NOT NULL")).scalar()
    assert live is not None and live.files["rules/team.yaml"] == OPS
    return live.version, live.origin.changes is not None, bool(due)
