"""A small project with two requests: what the tests of the commands work on."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

NOW = "2026-11-20 09:13"
ROUTING = """\
rulebook: routing
about: Where it goes
subject: request
flow: route
hit: first
scope:
  request.status: open
  request.desk: {known: false}
rules:
  - id: large
    about: A large company
    when:
      account.employees: {at_least: 250}
      any:
        - request.kind: new_project
        - request.product: lathe
    then:
      - route: sales
      - assign: an
      - notify: {to: an, template: news}
      - task: {for: an, what: Call, due: 1 working day}
otherwise: [{route: inside_sales}, {assign: carla}, {task: {for: carla, what: Call, due: 4 working hours}}]
"""
WAITING = """\
rulebook: waiting
subject: request
flow: nudge
hit: all
rules:
  - id: waits
    when:
      request.status: open
      request.received_at: {older_than: 4 working hours}
    then: [{notify: {to: request.owner, template: overdue}}]
"""
ROWS = [
    {
        "id": "42",
        "received_at": "2026-11-20 09:00",
        "kind": "new_project",
        "summary": "A lathe; =1+1",
        "expected_value": 1000.5,
        "account.id": "a",
        "account.name": "Acme",
        "account.employees": 250,
        "contact.id": "c",
        "contact.name": "Jo",
        "contact.email": "jo@acme.example",
        "prompted": True,
    },
    {
        "id": "43",
        "received_at": "2026-11-20 09:00",
        "kind": "information",
        "summary": "=cmd()",
        "account.id": "a",
        "account.name": "Acme",
    },
]


def two_requests(folder: Path, company: Any) -> Any:
    """The project, run once."""
    project = company(folder)
    project.write("rules/fields.yaml", "request: {machine: {type: choice, choices: [mill], about: Which machine}}\n")
    project.rules(ROUTING, "routing")
    project.rules(WAITING, "waiting")
    project.sound()
    project.take(ROWS, now="2026-11-20 09:05")
    project.first = project.run()
    return project


def run_here(*words: str, cwd: Path | None = None, **env: str) -> subprocess.CompletedProcess[str]:
    """The command as a user calls it, in a folder of their choice."""
    tool = Path(sys.executable).parent / "leadrelay"
    variables = {key: value for key, value in os.environ.items() if not key.startswith("LEADRELAY_")}
    result = subprocess.run(
        [str(tool), *words], cwd=cwd, env={**variables, **env}, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in result.stderr + result.stdout
    return result
