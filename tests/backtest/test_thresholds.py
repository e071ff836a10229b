"""A planted change of one threshold changes exactly the requests that a plain computation says."""

import csv
from collections.abc import Iterator
from pathlib import Path
from random import Random

import pytest

from leadrelay.backtest.run import Told, Wish, both, read
from leadrelay.clock import parse_time
from leadrelay.commands.start import write_project
from leadrelay.project import Project, open_project
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Ruleset
from tests.cli.conftest import TEAM, TEMPLATE, Run

NOW = "2026-11-20 09:13"
ROUTING = """\
rulebook: routing
subject: request
flow: route
hit: first
scope: {request.status: open, request.desk: {known: false}}
rules:
  - id: renews
    when: {request.kind: renewal}
    then: [{route: account_manager}, {assign: chris}]
  - id: large
    when: {account.employees: {at_least: THRESHOLD}}
    then: [{route: sales}, {assign: {pool: inside, by: least_loaded}}, {notify: {to: request.owner, template: hello}}]
otherwise: [{route: inside_sales}, {assign: {pool: inside, by: round_robin}}]
"""
Row = dict[str, object]


def rows(seed: int, number: int) -> list[Row]:
    """Requests of a year, some closed, whose companies have all sizes."""
    dice = Random(seed)
    found = []
    for count in range(number):
        at = f"2026-{dice.randint(1, 10):02}-{dice.randint(1, 28):02} {dice.randint(0, 23):02}:{dice.randint(0, 59):02}"
        closed = dice.random() < 0.7
        found.append(
            {
                "id": count,
                "received_at": at,
                "kind": dice.choice(("renewal", "other", "new_project", "other")),
                "status": "closed" if closed else "open",
                "closed_at": "2026-11-15 12:00" if closed else "",
                "outcome": "follow_up" if closed else "",
                "account.name": f"Company {count} BV",
                "account.employees": dice.choice((90, 99, 100, 150, 249, 250, 251, 1000, "")),
            }
        )
    return found


def plain(found: list[Row], low: int, high: int) -> set[str]:
    """Those that a threshold at `low` takes and one at `high` does not."""
    return {
        f"request/{row['id']}"
        for row in found
        if row["kind"] != "renewal"
        and row["account.employees"] != ""
        and low <= int(str(row["account.employees"])) < high
    }


@pytest.fixture(scope="module")
def asked() -> list[Row]:
    return rows(1, 150)


@pytest.fixture(scope="module", params=["dates", "history"])
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, asked: list[Row]) -> Path:
    """A project with those requests imported: never looked at, or decided about in one run."""
    from leadrelay.cli import main

    folder = tmp_path_factory.mktemp("thresholds") / "company"
    write_project(folder)
    for path in folder.glob("rules/**/*.yaml"):
        path.unlink()
    (folder / "rules/routing.yaml").write_text(ROUTING.replace("THRESHOLD", "250"), "utf-8")
    (folder / "rules/team.yaml").write_text(TEAM, "utf-8")
    (folder / "templates/en/hello.j2").write_text(TEMPLATE, "utf-8")
    with (folder / "asked.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(asked[0]))
        writer.writeheader()
        open_again = request.param == "history"
        cleared: Row = {"status": "open", "closed_at": "", "outcome": ""} if open_again else {}
        writer.writerows({**row, **cleared} for row in asked)
    here = ("--project", str(folder), "--now", NOW)
    assert main(["import", str(folder / "asked.csv"), "--as", "requests", "--live", *here]) == 0
    if request.param == "history":
        assert main(["run", "route", *here]) == 0
    return folder


@pytest.fixture
def project(company: Path) -> Iterator[Project]:
    found = open_project(company, NOW)
    yield found
    found.database.close()


def version(project: Project, threshold: int) -> Ruleset:
    text = ROUTING.replace("THRESHOLD", str(threshold))
    loaded = load({**project.files, "rules/routing.yaml": text})
    assert loaded.usable, loaded.errors
    return loaded.ruleset


def story(project: Project, before: int, after: int) -> Told:
    wish = Wish(version(project, before), version(project, after), parse_time(NOW, project.zone))
    with project.database.read() as conn:
        return read(conn, wish)


@pytest.mark.parametrize(("before", "after"), [(250, 100), (250, 251), (100, 99), (99, 1001), (150, 150)])
def test_exactly_those_between_the_thresholds(project: Project, asked: list[Row], before: int, after: int) -> None:
    found = both(story(project, before, after), "en").comparison
    low, high = sorted((before, after))
    assert {one.subject for one in found.changed} == plain(asked, low, high)
    was, will = ("otherwise", "large") if after < before else ("large", "otherwise")
    assert {one[1:] for one in found.changed} <= {("routing", was, will)}
    assert found.subjects == len(asked)
    large = [len(plain(asked, one, 2000)) for one in (before, after)]
    assert [sum(one[side] for one in found.messages.values()) for side in (0, 1)] == large


def test_since_a_day_only_what_came_from_then_on(project: Project, asked: list[Row], company: Path, run: Run) -> None:
    (company / "draft").mkdir(exist_ok=True)
    (company / "draft/routing.yaml").write_text(ROUTING.replace("THRESHOLD", "100"), "utf-8")
    ran = run("backtest", "--rules", "draft", "--since", "2026-06-01", "--json", "--project", company, "--now", NOW)
    assert ran.code == 0, ran
    later = [row for row in asked if str(row["received_at"]) >= "2026-06-01"]
    counted = later if ran.json["source"] == "dates" else asked  # all of history is of one moment
    assert {one["subject"] for one in ran.json["changed"]} == plain(counted, 100, 250)
    assert ran.json["since"] == "2026-06-01T00:00:00+02:00"
