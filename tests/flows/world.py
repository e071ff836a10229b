"""What the tests of flows share: a project folder with a small ruleset, and a request that is due."""

import shutil
from pathlib import Path

from leadrelay.project import Project, open_project
from leadrelay.store import intake_writes
from leadrelay.store.database import Database

ROOT = Path(__file__).parents[2]
NOW = "2026-11-20 09:13"
TEAM = """
people:
  - {id: an, name: An Peeters, email: an@example.com, language: nl, pools: [inside]}
  - {id: bram, name: Bram, email: bram@example.com}
pools:
  inside: {members: [an], lead: bram}
"""
ROUTING = """
rulebook: routing
about: Where a request goes.
subject: request
flow: route
hit: first
scope: {request.desk: {known: false}}
rules:
  - id: renewals
    about: A customer wants to renew.
    backfill: true
    when: {request.kind: renewal}
    then:
      - route: sales
      - assign: {pool: inside}
      - notify: {to: [an, bram], template: key_account, urgency: now}
otherwise:
  - route: inside_sales
  - assign: {pool: inside}
"""


def make_project(folder: Path) -> Path:
    """A project folder with the shipped templates and one rulebook."""
    (folder / "rules").mkdir(parents=True)
    shutil.copytree(ROOT / "templates", folder / "templates")
    (folder / "leadrelay.toml").write_text('[company]\nname = "Werkplaats"\nlanguage = "en"\n')
    (folder / "rules/team.yaml").write_text(TEAM)
    (folder / "rules/routing.yaml").write_text(ROUTING)
    return folder


def opened(folder: Path, *ids: str) -> Project:
    """The project, with these requests registered."""
    project = open_project(folder, NOW, "take_up")
    register(project.database, project.clock(), *ids)
    return project


def register(database: Database, now: int, *ids: str) -> None:
    """Requests that came in now."""
    rows = [
        {"id": one, "kind": "renewal", "summary": f"Terms {one}", "status": "open", "received_at": now} for one in ids
    ]
    with database.begin() as conn:
        intake_writes.upsert(conn, "request", rows, now, "import test")
