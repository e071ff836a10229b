"""Decisions of the simulated company as rule tests: every one passes under the rules that made it."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from leadrelay.act import as_test
from leadrelay.act.trial import run_tests
from leadrelay.rulebook.load import load
from simulation.life import born, live


@pytest.mark.parametrize(
    ("days", "requests"), [pytest.param(2, 10, id="sample"), pytest.param(14, 40, id="all", marks=pytest.mark.slow)]
)
def test_every_decision_is_a_test_that_passes(tmp_path: Path, days: int, requests: int) -> None:
    life = born(tmp_path / "company", days, requests, 7)
    live(life, days, lambda _look: None)
    project = life.project
    with project.database.read() as conn:
        subjects = [row[0] for row in conn.exec_driver_sql("SELECT DISTINCT subject FROM decisions ORDER BY subject")]
        addresses = [row[0] for row in conn.exec_driver_sql("SELECT email FROM contacts WHERE email IS NOT NULL")]
        names = [row[0] for row in conn.exec_driver_sql("SELECT name FROM contacts WHERE name IS NOT NULL")]
        cases = [as_test.decided_case(conn, one, None, lambda _number: project.ruleset) for one in subjects]
        texts = [as_test.as_test(conn, case) for case in cases if case is not None]
    assert len(texts) == len(subjects) > 12 * days
    whole = "tests:\n" + "".join(text.partition("\n")[2] for text in texts)
    assert [one for one in (*addresses, *names) if one in whole] == []
    loaded = load({**project.files, "rules/tests/from-practice.yaml": whole}, proofread=False)
    assert loaded.errors == []
    mine = tuple(one for one in loaded.tests if one.place.file == "rules/tests/from-practice.yaml")
    assert len(mine) == len(texts)
    results = run_tests(replace(loaded, tests=mine))
    assert [(one.test.name, one.differences) for one in results if not one.passed] == []
    # and they say something: every one names a rule, and most the messages
    assert all(one.rules for one in mine)
    assert sum(one.notify is not None for one in mine) > 0.9 * len(mine)
