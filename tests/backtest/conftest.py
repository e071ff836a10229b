"""A small company that handled three requests over some days, lived once and copied for each test."""

import shutil
from pathlib import Path

import pytest

from leadrelay.cli import main
from tests.cli.conftest import REQUESTS, ROUTING, TEAM, TEMPLATE, run

__all__ = ["run"]
LADDER = """\
rulebook: waiting
subject: request
flow: nudge
hit: all
scope: {request.status: open, request.owner: {known: true}}
rules:
  - id: waits
    when: {request.received_at: {older_than: 4 working hours}, request.first_response_at: {known: false}}
    then: [{notify: {to: request.owner, template: hello}}]
    later:
      - {after: 4 working hours, then: [{notify: {to: an, template: hello}}]}
      - {after: 2 working days, then: [{notify: {to: chris, template: hello}}]}
    repeat: {every: 1 working day, at_most: 2}
"""
STEPS = (
    ("2026-11-20 09:13", "import requests.csv --as requests"),
    ("2026-11-20 09:13", "run route nudge"),
    ("2026-11-20 15:40", "run route nudge"),
    ("2026-11-20 16:00", "acknowledge request/1 --by an"),
    ("2026-11-20 16:00", "import answered.csv --as requests"),
    ("2026-11-23 10:00", "run route nudge"),
    ("2026-11-23 11:00", "close request/3 follow_up --reason done --by chris"),
    ("2026-11-24 12:00", "run route nudge"),
    ("2026-11-26 12:00", "run route nudge"),
)
"""One request is acknowledged, one answered and closed, and one forgotten."""


@pytest.fixture(scope="session")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with two rulebooks, and nothing in its database."""
    folder = tmp_path_factory.mktemp("bare") / "company"
    templates = Path(__file__).parents[2] / "templates"
    files = {
        "leadrelay.toml": "",
        "rules/routing.yaml": ROUTING,
        "rules/waiting.yaml": LADDER,
        "rules/team.yaml": TEAM,
        "requests.csv": REQUESTS,
        "answered.csv": "id,first_response_at\n3,2026-11-20 16:00\n",
        **{f"templates/{language}/hello.j2": TEMPLATE for language in ("en", "nl")},
        **{f"templates/{base.name}": base.read_text("utf-8") for base in templates.glob("*.j2")},
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def once(bare: Path) -> Path:
    """The company after those days."""
    folder = bare.parent / "lived"
    shutil.copytree(bare, folder)
    for now, words in STEPS:
        arguments = [str(folder / word) if word.endswith(".csv") else word for word in words.split()]
        assert main([*arguments, "--project", str(folder), "--now", now]) == 0, words
    return folder


@pytest.fixture
def company(once: Path, tmp_path: Path) -> Path:
    """The company after those days, for one test alone."""
    shutil.copytree(once, tmp_path / "company")
    return tmp_path / "company"
