"""Hostile files: whatever stands in a project folder, every command ends with 0, 1 or 2 and without a traceback."""

from __future__ import annotations

import random
import re
from typing import Any

import pytest

RULES = """\
rulebook: routing
subject: request
flow: route
hit: first
scope: {request.status: open}
rules:
  - id: one
    about: x
    when:
      account.employees: {at_least: 250, under: 900}
      any: [{account.name: {in_list: targets}}, {contact.email: {matches: "*@*.gov"}}]
      request.received_at: {older_than: 2 working days}
    then: [{route: sales}, {assign: {pool: field_sales, by: territory}}, {notify: {to: an, template: news}}]
    later: [{after: 2 working hours, then: [{task: {for: an, what: x, due: 1 day}}]}]
    repeat: {every: 1 working day, at_most: 3}
otherwise: [{assign: carla}]
"""
TEST = """\
tests:
  - test: it
    now: 2026-11-20 09:13
    given: {request: {kind: other}, account: {employees: 300, name: Acme}}
    after: 4 working hours
    expect: {routing: otherwise, request.owner: carla, notify: []}
"""
WEIRD = [
    "null",
    "[]",
    "{}",
    "''",
    "-1",
    "1e400",
    "9" * 30,
    ".nan",
    "2026-13-45",
    "!!binary aGk=",
    "&a [*a]",
    "*nope",
    "<<: {a: b}",
    "𝕏" * 5,
    "x" * 5000,
    "{" * 300,
    "[" * 300,
    "999999999999 working hours",
    "0 minutes",
    "-3 days",
    "{1: 2}",
    "{[a]: b}",
    "|",
    "%",
    "@",
    "\t",
    "\x00",
    "\x85",
    "\u2028",
    "\ufeff",
    "25:00-26:00",
    "{known: maybe}",
    "{in_list: ../../etc/passwd}",
    "{matches: '[[[!'}",
    "{contains: []}",
    "request.extra.",
    "..",
    "---",
]
SEED_MAP = """\
map: m
kind: requests
dates: ['%d/%m/%Y']
columns: {Id: request.id, Created: request.received_at, Amount: {to: request.expected_value, as: money}}
"""


def mutated(text: str, chance: random.Random) -> str:
    for _ in range(chance.choice([1, 1, 2, 4])):
        at = chance.randrange(len(text))
        lines = text.split("\n")
        values = list(re.finditer(r"(?<=[:\[,] )[^,\]}\n#]+", text))
        way = chance.randrange(5)
        if way == 0:
            text = text[:at] + text[at + chance.randrange(1, 4) :] or "x"
        elif way == 1:
            text = text[:at] + chance.choice(WEIRD) + text[at:]
        elif way == 2:
            lines.insert(chance.randrange(len(lines)), chance.choice(lines))
            text = "\n".join(lines)
        elif values:
            found = chance.choice(values)
            text = text[: found.start()] + chance.choice(WEIRD) + text[found.end() :]
    return text


@pytest.mark.parametrize("seed", range(3))
def test_mutated_files(project: Any, seed: int) -> None:
    chance = random.Random(seed)
    project.write("rules/lists/targets.yaml", "[Philips]\n")
    files = {"rules/routing.yaml": RULES, "rules/tests/t.yaml": TEST, "rules/maps/m.yaml": SEED_MAP}
    for name in ("rules/team.yaml", "rules/calendar.yaml", "templates/en/news.j2"):
        files[name] = (project.folder / name).read_text()
    for name, text in files.items():
        project.write(name, text)
    assert project.check() == []
    for _ in range(15):
        name = chance.choice(list(files))
        project.write(name, mutated(files[name], chance))
        checked = project.cli("check", "--json")
        errors = [finding for finding in checked.json["findings"] if finding["severity"] == "error"]
        assert checked.code == (1 if errors else checked.code)
        if any(not finding["file"].startswith("templates/") for finding in errors):  # rule tests read no templates
            assert project.cli("test").code == 2
        project.write(name, files[name])


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\x00",
        b"\xff\xfe",
        b"\xef\xbb\xbf",
        b"- " * 2000,
        b"[" * 5000,
        b"a: " * 500,
        b"x" * 200_000,
        b"---\n---\n",
        b"a: &a [x,x]\nb: &b [*a,*a]\nc: &c [*b,*b]\nd: [*c,*c]\n",
        "\u202e: \U0001f600\n".encode(),
    ],
)
@pytest.mark.parametrize("name", ["rules/routing.yaml", "rules/team.yaml", "rules/tests/t.yaml", "rules/lists/l.csv"])
def test_odd_files(project: Any, name: str, content: bytes) -> None:
    project.rules(RULES.replace("in_list: targets", "contains: x"), "good")
    project.write(name, "").write_bytes(content)
    assert project.cli("check").code in (0, 1, 2)
    assert len(project.cli("check").out) < 100_000 or len(content) > 50_000


def test_links_and_folders_where_files_should_be(project: Any) -> None:
    project.rules(RULES.replace("in_list: targets", "contains: x"), "good")
    (project.folder / "rules/loop.yaml").symlink_to(project.folder / "rules/loop.yaml")
    (project.folder / "rules/gone.yaml").symlink_to(project.folder / "rules/nowhere.yaml")
    (project.folder / "rules/folder.yaml").mkdir()
    (project.folder / "rules/rules").symlink_to(project.folder / "rules")
    for verb in ("check", "test", "run"):
        assert project.cli(verb).code in (0, 1, 2)


def test_a_date_format_that_names_a_part_twice(project: Any) -> None:
    project.rules(RULES.replace("in_list: targets", "contains: x"), "good")
    project.write("rules/maps/m.yaml", SEED_MAP.replace("%d/%m/%Y", "%d/%m/%Y %Y"))
    assert [finding["code"] for finding in project.check()] == ["map-bad-format"]
