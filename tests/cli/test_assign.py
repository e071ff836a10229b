"""`assign`: a subject goes to somebody else, and how requests would be spread, shown without changing anything."""

from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import NOW, Run

TEAM = """\
people:
  - {id: an, name: An Peeters, email: an@example.com}
  - {id: bram, name: Bram Visser, email: bram@example.com, weight: 2, capacity: 1}
  - {id: chris, name: Chris Smit, email: chris@example.com, away: [{from: 2026-11-23, until: 2026-11-29}]}
  - {id: gone, name: Gone, active: false}
pools:
  inside: {members: [bram, chris], lead: an, by: weighted}
  field: {members: [an, bram, chris], by: weighted, weights: {bram: 1}}
"""


@pytest.fixture
def cli(run: Run, small: Path) -> Run:
    """Runs a command in a project with that team."""
    (small / "rules" / "team.yaml").write_text(TEAM, encoding="utf-8")
    return lambda *words: run(*words, "--project", small, "--now", NOW)


@pytest.fixture
def taken(cli: Run, small: Path) -> Run:
    """The same with three requests, routed."""
    assert cli("import", small / "requests.csv").code == 0
    assert cli("run", "route").code == 0
    return cli


def owners(cli: Run) -> dict[str, str]:
    return {one["id"]: one["owner"] for one in cli("export", "requests", "--format", "json").json}


def said(cli: Run, *words: str) -> Any:
    ran = cli("assign", *words, "--json")
    assert ran.code == 0
    return ran.json


def test_a_person_gives_it_to_a_colleague_and_history_says_who_did_it(taken: Run) -> None:
    assert owners(taken) == {"1": "an", "2": "bram", "3": "chris"}
    assert said(taken, "request/1", "--by", "an", "--to", "bram") == {
        "subject": "request/1",
        "by": "an",
        "owner": "bram",
    }
    assert owners(taken)["1"] == "bram"
    history = taken("export", "history", "--format", "json").json
    assert [one["cause"] for one in history if one["subject"] == "request/1" and one["field"] == "owner"][
        -1
    ] == "person an"


def test_the_pools_strategy_gives_it_to_somebody_else(taken: Run) -> None:
    assert said(taken, "request/3", "--by", "an", "--pool", "field")["owner"] == "an"
    assert said(taken, "request/3", "--by", "an")["owner"] == "chris"
    assert owners(taken)["3"] == "chris"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["request/9", "--by", "an"], "request/9"),
        (["request/1", "--by", "nobody"], "nobody called 'nobody'"),
        (["request/1", "--by", "an", "--to", "gone"], "stays as it is"),
        (["request/1"], "--by"),
        (["request/1", "--by", "an", "--pool", "insid"], "Known: inside"),
        ([], "--simulate"),
        (["request/1", "--simulate", "3"], "--simulate"),
    ],
)
def test_what_cannot_be_done_is_said(taken: Run, words: list[str], message: str) -> None:
    before = owners(taken)
    ran = taken("assign", *words)
    assert (ran.code, ran.out) == (2, "")
    assert message in ran.err
    assert owners(taken) == before


def test_a_simulation_shows_the_spread_and_changes_nothing(taken: Run) -> None:
    before = taken("export", "history").out
    found = said(taken, "--simulate", "60", "--days", "10")
    assert (found["requests"], found["source"], found["nobody"]) == (60, "seen", 0)
    assert found == said(taken, "--simulate", "60", "--days", "10")
    assert found != said(taken, "--simulate", "60", "--days", "10", "--seed", "1")
    people = {one["person"]: one for one in found["people"]}
    assert sum(one["got"] for one in found["people"]) == 60
    assert people["chris"]["days_away"] == 7
    assert people["bram"]["over_capacity"] == 0
    assert people["an"]["got"] > 0, "bram is full, chris away: the lead gets it"
    assert taken("export", "history").out == before


def test_a_pool_is_simulated_by_its_own_strategy(cli: Run, small: Path) -> None:
    (small / "rules" / "team.yaml").write_text(TEAM.replace(", capacity: 1", ""), encoding="utf-8")
    found = said(cli, "--simulate", "30", "--pool", "inside", "--days", "3")
    assert {one["person"]: one["got"] for one in found["people"]} == {"bram": 20, "chris": 10}
    ran = cli("assign", "--simulate", "30", "--pool", "field", "--days", "3")
    assert ran.code == 0
    assert "bram     10  33.3 %" in ran.out
