"""The real `leadrelay serve` under bad rules: none takes effect, ops are told once, and a rollback is followed."""

import signal
import subprocess
import sys
from collections.abc import Iterator

import pytest

from tests.flows.test_going_live import BAD, FLOOD, OPS, TESTS
from tests.flows.test_serve import PATIENCE, ROOT, Served, eventually
from tests.flows.world import ROUTING, make_project

pytestmark = [pytest.mark.serve, pytest.mark.timeout(400)]
COUNT = "SELECT template, count(*) FROM messages WHERE subject = 'rules' GROUP BY template"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = make_project(tmp_path_factory.mktemp("rules") / "project")
    (folder / "rules/team.yaml").write_text(OPS)
    (folder / "rules/tests").mkdir()
    (folder / "rules/tests/routing.yaml").write_text(TESTS)
    found = Served(folder, "--without-prefect")
    yield found
    if found.process.poll() is None:
        found.process.terminate()
        found.process.wait(PATIENCE)


def told(served: Served) -> dict[str, int]:
    return dict(served.rows(COUNT))  # type: ignore[arg-type]


def live(served: Served) -> int:
    return int(served.rows("SELECT max(version) FROM rulesets")[0][0])


def test_a_bad_version_never_takes_effect_and_ops_are_told_once(served: Served):
    eventually(lambda: served.said("serving") == 1, served)
    for number, (what, (file, bad)) in enumerate(BAD.items(), 1):
        good = (served.folder / file).read_text()
        (served.folder / file).write_text(bad)
        eventually(lambda: told(served).get("rules_refused") == number, served)  # noqa: B023
        served.take_in(f"R{number}")
        eventually(lambda: served.decided(f"R{number}"), served)  # noqa: B023
        assert served.rows(f"SELECT desk FROM requests WHERE id = 'R{number}'") == [("sales",)], what
        assert live(served) == 1 and served.said("going on with version 1") == number, what
        (served.folder / file).write_text(good)
        eventually(lambda: told(served).get("rules_mended") == number, served)  # noqa: B023
    assert told(served) == {"rules_refused": len(BAD), "rules_mended": len(BAD)}
    eventually(lambda: len([*(served.folder / "var/mail").glob("*-olga-*")]) == 2 * len(BAD), served)


def test_a_flood_is_held_and_ops_are_told_once(served: Served):
    path = served.folder / "many.csv"
    path.write_text("id,kind,summary\n" + "".join(f"M{number},other,Hi\n" for number in range(2000)))
    command = [sys.executable, "-m", "leadrelay", "--project", str(served.folder), "import", str(path)]
    subprocess.run([*command, "--as", "requests"], env=served.environment, cwd=ROOT, check=True, capture_output=True)
    eventually(lambda: served.rows("SELECT count(*) FROM decisions")[0][0] > 2000, served)
    (served.folder / "rules/greeting.yaml").write_text(FLOOD)
    eventually(lambda: told(served).get("rule_held") == 1, served)
    served.take_in("R9")
    eventually(lambda: served.decided("R9"), served)
    assert served.rows("SELECT count(*) FROM messages WHERE template = 'nudge'") == [(0,)]
    assert served.said("the rule 'greet-all' is held") == 1 and told(served)["rule_held"] == 1


def test_killed_with_a_bad_folder_it_says_nothing_twice_and_it_follows_a_rollback(served: Served):
    (served.folder / "rules/routing.yaml").write_text(BAD["syntax"][1])
    eventually(lambda: told(served)["rules_refused"] == len(BAD) + 1, served)
    served.process.send_signal(signal.SIGKILL)
    served.process.wait(PATIENCE)
    again = Served(served.folder, "--without-prefect")
    served.process = again.process
    eventually(lambda: again.said("serving") == 1, again)
    assert again.said("as it was when ops were told of it") == 1
    command = [sys.executable, "-m", "leadrelay", "--project", str(served.folder), "rules", "rollback", "1"]
    subprocess.run(command, env=served.environment, cwd=ROOT, check=True, capture_output=True)
    eventually(lambda: again.said("is live (rollback to 1)") == 1, again)
    (served.folder / "rules/greeting.yaml").unlink()
    (served.folder / "rules/routing.yaml").write_text(ROUTING.replace("about: A customer", "about: Some customer"))
    eventually(lambda: live(served) == 4, again)
    eventually(lambda: again.said("rules: the rules folder is sound again; version 4 is live") == 1, again)
    assert told(served)["rules_refused"] == len(BAD) + 1 and again.said("Traceback") == 0
