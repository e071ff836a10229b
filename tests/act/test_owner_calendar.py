"""`calendar: owner`: working time goes by the calendar of whoever owns the subject, wherever it is asked for."""

import pytest

from leadrelay.act.sweep import sweep
from leadrelay.act.trial import run_tests
from leadrelay.clock import Instant
from leadrelay.report.explanation import Inquiry
from leadrelay.rulebook.load import Loaded, load
from leadrelay.rulebook.owner_calendar import name_for
from leadrelay.store import agenda, intake_writes, rulesets
from leadrelay.store.database import Database
from leadrelay.store.raw import Statement
from tests.act.builders import at

FILES = {
    "rules/calendar.yaml": """
calendars:
  default: {zone: Europe/Amsterdam, holidays: NL, hours: {monday-friday: 09:00-17:30}}
  around: {zone: Europe/Amsterdam, hours: {monday-sunday: 00:00-24:00}}
""",
    "rules/team.yaml": """
people:
  - {id: an, name: An, email: an@example.com, calendar: around}
  - {id: bram, name: Bram, email: bram@example.com}
  - {id: cor, name: Cor, email: cor@example.com, pools: [night]}
  - {id: evi, name: Evi, email: evi@example.com, pools: [night], calendar: default}
pools:
  night: {lead: cor, calendar: around}
""",
    "rules/waiting.yaml": """
rulebook: waiting
subject: request
flow: nudge
hit: all
calendar: owner
scope: {request.status: open}
rules:
  - id: waits
    when: {request.received_at: {older_than: 2 working hours}}
    then: [{notify: {to: request.owner, template: nudge}}]
    later:
      - after: 1 working hour
        then: [{notify: {to: bram, template: overdue}}]
    repeat: {every: 10 working hours, at_most: 1}
""",
    "templates/en/nudge.j2": "",
    "templates/en/overdue.j2": "",
}
FRIDAY = at("2026-11-20 16:30")  # the default calendar closes at 17:30 and opens on Monday at 09:00
AROUND = ["2026-11-20 18:30", "2026-11-20 19:30", "2026-11-21 04:30"]
DEFAULT = ["2026-11-23 10:00", "2026-11-23 11:00", "2026-11-24 11:30"]


@pytest.fixture(scope="module")
def rules() -> Loaded:
    loaded = load(FILES)
    assert [one for one in loaded.errors if not one.code.startswith("template-")] == []
    return loaded


def put(database: Database, rules: Loaded, **owners: str | None) -> None:
    with database.begin() as conn:
        rulesets.put_live(conn, "x", FILES, FRIDAY, "test")
        agenda.touch_all(conn, rules.ruleset, FRIDAY)
        given = [
            {"id": name, "received_at": FRIDAY, "status": "open", "owner": owner} for name, owner in owners.items()
        ]
        intake_writes.upsert(conn, "request", given, FRIDAY, "import x.csv")


def run_on(database: Database, rules: Loaded, until: Instant) -> None:
    """Sweeps at every due moment."""
    now = FRIDAY
    while now <= until:
        sweep(database, rules.ruleset, "nudge", now)
        with database.read() as conn:
            now = max(now + 1, agenda.earliest(conn).get("nudge", until + 1))


def steps(database: Database) -> dict[str, list[Instant]]:
    found: dict[str, list[Instant]] = {}
    with database.read() as conn:
        for subject, moment in Statement("SELECT subject, at FROM decisions ORDER BY id").rows(conn):
            found.setdefault(subject.removeprefix("request/"), []).append(moment)
    return found


def test_conditions_ladder_and_repeats_go_by_the_owners_calendar(database: Database, rules: Loaded) -> None:
    put(database, rules, a="an", b="bram", c="cor", e="evi", n=None, s="a stranger")
    run_on(database, rules, at("2026-11-25 00:00"))
    around, default = ([at(text) for text in texts] for texts in (AROUND, DEFAULT))
    assert steps(database) == {"a": around, "b": default, "c": around, "e": default, "n": default, "s": default}


def test_another_owner_brings_another_calendar(database: Database, rules: Loaded) -> None:
    put(database, rules, a="an", b="bram")
    with database.begin() as conn:
        given = [{"id": "a", "owner": "bram"}, {"id": "b", "owner": "an"}]
        intake_writes.upsert(conn, "request", given, FRIDAY + 1, "person dirk")
    run_on(database, rules, at("2026-11-25 00:00"))
    assert steps(database) == {"a": [at(text) for text in DEFAULT], "b": [at(text) for text in AROUND]}


@pytest.mark.parametrize(("owner", "moments"), [("an", AROUND), ("bram", DEFAULT), ("cor", AROUND)])
def test_explain_counts_in_it_too(sqlite_database: Database, rules: Loaded, owner: str, moments: list[str]) -> None:
    put(sqlite_database, rules, a=owner)
    with sqlite_database.read() as conn:
        (book,) = Inquiry(conn, rules.ruleset, "request/a", FRIDAY, lambda _: None).answer()["rulebooks"]
    assert book["rules"][0]["changes_at"] == moments[0].replace(" ", "T") + ":00+01:00"


@pytest.mark.parametrize(("owner", "moments"), [("an", AROUND), ("bram", DEFAULT)])
def test_and_so_do_rule_tests(owner: str, moments: list[str]) -> None:
    tests = "".join(
        f"  - test: {kind}\n    now: 2026-11-20 16:30\n    given: {{request: {{owner: {owner}}}}}\n"
        f"    after: {(at(moments[0]) - FRIDAY) // 60_000_000 - early} minutes\n    expect: {{waiting: {wanted}}}\n"
        for kind, early, wanted in (("in time", 0, "waits"), ("a minute early", 1, "nothing"))
    )
    loaded = load(FILES | {"rules/tests/x.yaml": f"tests:\n{tests}"})
    assert [one.differences for one in run_tests(loaded)] == [(), ()]


def test_whose_calendar_it_is(rules: Loaded) -> None:
    team = rules.ruleset.team
    people = ("an", "bram", "cor", "evi", "nobody", None)
    assert [name_for(one, team) for one in people] == ["around", "default", "around", "default", "default", "default"]
    assert team.pools["night"].calendar == "around"
