"""1,434 real permit applications, event by event: exactly the steps that plain sums give, whenever one sweeps.

The usual run takes every twelfth application; `make slow` takes them all."""

import shutil
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from pathlib import Path

import pytest

from leadrelay.act.sweep import Sweeper
from leadrelay.backtest.story import GoesLive
from leadrelay.clock import HOUR, Instant
from leadrelay.leads.fields import Value
from leadrelay.rulebook.load import load
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda, intake_writes, rulesets
from leadrelay.store.database import Database
from leadrelay.store.raw import Statement
from tests.backtest.agreement import assert_agrees
from tests.intake.world import ROOT, SHARED, world_of
from tests.shared.municipal import Look, Steps, Term, at_midnights, every, expected, terms

FILE = SHARED / "municipal_requests" / "receipt.csv"
pytestmark = [
    pytest.mark.shared,
    pytest.mark.skipif(not FILE.is_file(), reason="../shared/data is not here"),
]
FILES = {
    "rules/team.yaml": "people: [{id: an, name: An, email: an@example.com, manager: dirk},"
    " {id: dirk, name: Dirk, email: dirk@example.com}]",
    "rules/fields.yaml": "request: {halfway_at: {type: time}, deadline_at: {type: time}}",
    "rules/terms.yaml": """
rulebook: terms
about: Nudge at half the term, warn at the deadline, escalate a working day later.
subject: request
flow: escalate
hit: all
scope: {request.status: open}
rules:
  - id: nudge
    backfill: true
    when: {request.extra.halfway_at: {past: true}}
    then: [{notify: {to: an, template: nudge}}]
  - id: warn
    backfill: true
    when: {request.extra.deadline_at: {past: true}}
    then: [{notify: {to: an, template: overdue}}]
    later:
      - after: 1 working day
        then: [{notify: {to: dirk, template: escalated}}]
""",
    **{
        f"templates/{name}": (ROOT / "templates" / name).read_text("utf-8")
        for name in ("layout.html.j2", "layout.txt.j2")
        if (ROOT / "templates" / name).is_file()
    },
    **{
        f"templates/{language}/{name}.j2": (ROOT / f"templates/{language}/{name}.j2").read_text("utf-8")
        for language in ("en", "nl")
        for name in ("nudge", "overdue", "escalated")
    },
}
Event = tuple[Instant, dict[str, Value]]


@pytest.fixture(scope="module")
def rules() -> Ruleset:
    loaded = load(FILES)
    assert [one for one in loaded.errors if not one.code.startswith("template-")] == []
    return loaded.ruleset


@pytest.fixture(scope="module")
def imported(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Value]]:
    """What the shipped map makes of the file: the requests by id, with half of their term as a field of our own."""
    folder = tmp_path_factory.mktemp("municipal")
    shutil.copy(sqlite_template, folder / "leads.db")
    database = Database(f"sqlite:///{folder}/leads.db")
    world = world_of(database, folder)
    assert world.copied("municipal_requests/receipt.csv", "requests", "municipal_requests").taken == 8577
    names = ("id", "kind", "channel", "received_at", "closed_at")
    columns = f"{', '.join(names)}, json_extract(extra, '$.deadline_at') AS deadline_at"
    found: dict[str, dict[str, Value]] = {}
    for row in world.rows(f"SELECT {columns} FROM requests"):
        deadline = row.pop("deadline_at")
        halfway = row["received_at"] + (deadline - row["received_at"]) // 2
        found[row["id"]] = {**row, "extra.deadline_at": deadline, "extra.halfway_at": halfway}
    database.close()
    return found


class Replay:
    """A database in which applications come in and are settled as they were."""

    def __init__(self, database: Database, rules: Ruleset, requests: Mapping[str, Mapping[str, Value]]) -> None:
        self.database = database
        self.sweeper = Sweeper(database, rules)
        self.events = sorted(_events(requests), key=lambda event: event[0])
        self.start = self.events[0][0]
        with database.begin() as conn:
            rulesets.put_live(conn, "x", FILES, self.start, "test")
            agenda.touch_all(conn, rules, self.start)

    def at_due_moments(self, end: Instant) -> None:
        """Sweeps whenever something is due, and at no other time."""
        for moment, values in self.events:
            self._sweep_what_is_due(moment - 1)
            self._happens(moment, values)
        self._sweep_what_is_due(end)

    def at(self, moments: Iterator[Instant]) -> None:
        """Sweeps at these moments, after what happened before them."""
        ahead = iter(self.events)
        event, due = next(ahead, None), self._earliest()
        for now in moments:
            while event is not None and event[0] <= now:
                self._happens(*event)
                event, due = next(ahead, None), now
            if due <= now:  # a sweep without anything due does nothing, and there are thousands
                self.sweeper.sweep("escalate", now)
                due = self._earliest()

    def steps(self) -> Steps:
        """What was done, and that nothing was done twice or left out on the way to the outbox."""
        with self.database.read() as conn:
            rows = Statement("SELECT subject, rule, step, at, mode FROM decisions").rows(conn)
            messages = Statement("SELECT count(DISTINCT decision), count(*) FROM messages").rows(conn)
        found = {(subject.partition("/")[2], rule, step): at for subject, rule, step, at, _ in rows}
        assert {row[4] for row in rows} == {"live"}
        assert len(found) == len(rows) == messages[0][0] == messages[0][1]
        return found

    def _happens(self, moment: Instant, values: dict[str, Value]) -> None:
        with self.database.begin() as conn:
            intake_writes.upsert(conn, "request", [values], moment, "import receipt.csv")

    def _sweep_what_is_due(self, until: Instant) -> None:
        while (now := self._earliest()) <= until:
            self.sweeper.sweep("escalate", now)

    def _earliest(self) -> Instant:
        with self.database.read() as conn:
            return agenda.earliest(conn).get("escalate", 2**62)


def _events(requests: Mapping[str, Mapping[str, Value]]) -> Iterator[Event]:
    for name, request in requests.items():
        came, went = request["received_at"], request["closed_at"]
        assert isinstance(came, int)
        first = {**request, "status": "open", "closed_at": None}
        if isinstance(went, int) and went <= came:
            yield came, {**first, "status": "closed", "closed_at": went}
            continue
        yield came, first
        if isinstance(went, int):
            yield went, {"id": name, "status": "closed", "outcome": "archived", "reason": "settled", "closed_at": went}


EVERY = [pytest.param(20, id="sample"), pytest.param(1, id="all", marks=pytest.mark.slow)]
END = date(2013, 3, 1)
DAYS = at_midnights(date(2010, 9, 30), END)
HOURS_FROM = DAYS[0][0]


def hourly() -> Iterator[Instant]:
    return iter(range(HOURS_FROM, DAYS[0][-1], HOUR))


@pytest.mark.parametrize("nth", EVERY)
def test_sweeps_at_due_moments_daily_and_hourly(
    nth: int,
    rules: Ruleset,
    imported: dict[str, dict[str, Value]],
    sqlite_template: Path,
    tmp_path: Path,
) -> None:
    chosen = sorted(terms(FILE).items())[::nth]
    story = dict(chosen)
    requests = {name: imported[name] for name in story}
    sums: dict[str, Steps] = {}
    looks: dict[str, Look] = {"due": lambda moment: moment, "daily": DAYS[1], "hourly": every(HOUR, HOURS_FROM)}
    for way, look in looks.items():
        shutil.copy(sqlite_template, tmp_path / f"{way}.db")
        database = Database(f"sqlite:///{tmp_path}/{way}.db")
        replay = Replay(database, rules, requests)
        if way == "due":
            replay.at_due_moments(DAYS[0][-1])
        else:
            replay.at(iter(DAYS[0]) if way == "daily" else hourly())
        sums[way] = replay.steps()
        database.close()
        assert sums[way] == expected(story, look), way
        assert agrees(tmp_path / f"{way}.db", rules) == len(sums[way])
    for later in ("hourly", "daily"):
        assert later_only(sums["due"], sums[later], story)


def agrees(file: Path, rules: Ruleset) -> int:
    """That a backtest of what was just lived through takes the very same decisions; how many there are."""
    database = Database(f"sqlite:///{file}")
    with database.read() as conn:
        (version,) = rulesets.log(conn)
    try:
        return assert_agrees(database, [GoesLive(version.live_at, rules, rules.team)])
    finally:
        database.close()


def later_only(exact: Steps, swept: Steps, story: Mapping[str, Term]) -> bool:
    """Sweeping seldom makes steps later, and leaves out only those of what was settled in between."""
    assert set(swept) <= set(exact)
    assert all(swept[key] >= exact[key] for key in swept)
    lost = set(exact) - set(swept)
    assert all(story[name].end is not None for name, _, _ in lost)
    return len(swept) > len(exact) * 0.9


def test_the_sums_are_about_something() -> None:
    steps = expected(terms(FILE), lambda moment: moment)
    kinds = Counter((rule, step) for _, rule, step in steps)
    assert kinds == {("nudge", "0"): 1218, ("warn", "0"): 482, ("warn", "1"): 407}
