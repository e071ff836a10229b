"""The company that chaos tests run: rules whose outcome depends on what went before, and requests step by step.

In even steps files come in and the clock stands still, in odd steps the clock moves on: else the outcome would hang on
which of two processes is quicker, and two runs could not be compared.
"""

import csv
import random
import shutil
from datetime import datetime, timedelta
from pathlib import Path

from leadrelay.clock import Instant, instant_of
from leadrelay.zone import zone_of

ROOT = Path(__file__).parents[2]
SETTINGS = """
first_run_limit = 1000000
[company]
name = "Chaos BV"
language = "en"
[serve]
poll = 0.02
[database]
url = "{url}"
"""
TEAM = """
people:
  - {id: an, name: An Peeters, email: an@example.com, language: nl}
  - {id: bram, name: Bram, email: bram@example.com}
  - {id: cor, name: Cor, email: cor@example.com}
  - {id: dirk, name: Dirk, email: dirk@example.com, roles: [director]}
pools:
  inside: {members: [an, bram, cor], lead: dirk}
  field: {members: [bram, cor, dirk], lead: dirk}
"""
ROUTING = """
rulebook: routing
about: Round robin and least loaded, each depending on what went before.
subject: request
flow: route
hit: first
scope: {request.desk: {known: false}, request.status: open}
rules:
  - id: large
    when: {request.expected_value: {at_least: 50000}}
    then:
      - route: sales
      - assign: {pool: field, by: least_loaded}
      - notify: {to: [request.owner, director], template: new_request, urgency: now}
      - task: {for: request.owner, what: Plan a visit, due: 1 day}
  - id: only-information
    when: {request.kind: information}
    then: [{close: {outcome: archived, reason: only information}}]
otherwise:
  - route: inside_sales
  - assign: {pool: inside, by: round_robin}
  - notify: {to: request.owner, template: new_request, urgency: now}
  - task: {for: request.owner, what: Give a first answer, due: 4 hours}
"""
ESCALATION = """
rulebook: escalation
about: A ladder with three rungs.
subject: request
flow: escalate
hit: all
scope: {request.status: open, request.desk: {known: true}, request.first_response_at: {known: false}}
rules:
  - id: waits
    when: {request.received_at: {older_than: 1 hour}}
    then: [{notify: {to: request.owner, template: overdue, urgency: now}}]
    later:
      - after: 1 hour
        then: [{notify: {to: director, template: escalated, urgency: now}}]
      - after: 3 hours
        then: [{notify: {to: {pool: field}, template: escalated, urgency: now}}]
"""
NUDGES = """
rulebook: nudges
about: Repeats.
subject: request
flow: nudge
hit: all
scope: {request.status: open, request.first_response_at: {known: true}}
rules:
  - id: go-on
    when: {request.first_response_at: {older_than: 1 hour}}
    then: [{notify: {to: request.owner, template: nudge, urgency: now}}]
    repeat: {every: 90 minutes, at_most: 3}
"""
ASKERS = """
rulebook: askers
about: Counts over other subjects.
subject: contact
flow: nurture
hit: all
rules:
  - id: asks-often
    when: {contact.requests_12m: {at_least: 3}}
    then: [{nurture: {list: regulars}}]
"""
RULES = {
    "team": TEAM,
    "routing": ROUTING,
    "escalation": ESCALATION,
    "nudges": NUDGES,
    "askers": ASKERS,
}
START = datetime(2026, 11, 19, 8, tzinfo=zone_of("Europe/Amsterdam"))
STEP = timedelta(minutes=30)
FILES = 3
"""How many files come in at each even step."""
ROWS = 4
"""How many requests a file has."""


def make_project(folder: Path, url: str) -> Path:
    """A project folder on the database at `url`."""
    (folder / "rules").mkdir(parents=True)
    shutil.copytree(ROOT / "templates", folder / "templates")
    (folder / "leadrelay.toml").write_text(SETTINGS.format(url=url))
    for name, text in RULES.items():
        (folder / f"rules/{name}.yaml").write_text(text)
    return folder


def moment(step: int) -> Instant:
    """The time at which a step is lived."""
    return instant_of(START + (step + 1) // 2 * STEP)


def files_until(step: int) -> int:
    """How many files have come in when a step is over."""
    return (step // 2 + 1) * FILES


def write_files(folder: Path, steps: int, seed: int) -> None:
    """What comes in: requests that are older from file to file, and answers to some that came in before."""
    dice = random.Random(seed)
    folder.mkdir(parents=True)
    known: list[str] = []
    files = files_until(steps - 1)
    for number in range(files):
        now = START + number // FILES * STEP
        rows = [_request(dice, number * ROWS + row, now) for row in range(ROWS)] if number < files * 0.7 else []
        answered = dice.sample(known, k=min(len(known), 4))
        rows += [{"id": one, "first_response_at": now.isoformat()} for one in answered]
        known = [one for one in known if one not in answered] + [str(row["id"]) for row in rows if "kind" in row]
        with (folder / f"{number:05}.csv").open("w", newline="") as file:
            writer = csv.DictWriter(file, ["id", *_request(random.Random(0), 0, now), "first_response_at"][1:])
            writer.writeheader()
            writer.writerows(rows)


def _request(dice: random.Random, number: int, now: datetime) -> dict[str, object]:
    asker = dice.randrange(60)
    return {
        "id": f"R{number:06}",
        "received_at": (now - timedelta(minutes=20) + timedelta(seconds=number % (FILES * ROWS) * 20)).isoformat(),
        "kind": dice.choice(("new_project", "renewal", "information", "other")),
        "expected_value": dice.choice(("", "1000", "60000", "250000")),
        "contact.name": f"Asker {asker}",
        "contact.email": f"asker{asker}@company{asker % 20}.example",
        "account.name": f"Company {asker % 20}",
        "account.domain": f"company{asker % 20}.example",
    }
