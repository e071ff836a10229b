"""What people do at a look: they answer requests, close them, move deals on, do their tasks; some forget."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy import Connection

from leadrelay.clock import HOUR
from leadrelay.store import tasks
from leadrelay.store.raw import Statement
from simulation.company import Company, Seller
from simulation.looks import Look
from simulation.market import Row

DAY = 24 * HOUR
STAGES = ("qualified", "needs", "quote", "negotiation")
_REQUESTS = Statement(
    "SELECT id, owner, desk, received_at, first_response_at, match, triage, kind FROM requests"
    " WHERE status = 'open' AND owner IS NOT NULL ORDER BY id"
)
_DEALS = Statement(
    "SELECT id, owner, stage, stage_since FROM opportunities WHERE closed_at IS NULL AND owner IS NOT NULL ORDER BY id"
)
_CLOSINGS = (
    ("order", "Ordered by telephone"),
    ("archived", "No question for us"),
    ("marketing", "Nothing to win now"),
)
_ENDS = (
    ("won", "Our price and service"),
    ("lost", "Chose another supplier"),
    ("recycled", "Budget comes next year"),
)


class Acts(NamedTuple):
    """The rows that people's acts come down to."""

    requests: list[Row]
    deals: list[Row]


class Staff(NamedTuple):
    """The people of the company, and the dice of everything they do."""

    company: Company
    seed: int

    def act(self, conn: Connection, look: Look) -> Acts:
        """What those who are at work do now."""
        return Acts(list(self._answers(conn, look)), list(self._moves(conn, look)))

    def do_tasks(self, conn: Connection, look: Look) -> None:
        """Most tasks are done about their deadline, a few are forgotten."""
        for task in tasks.waiting(conn, look.now):
            who = self._there(task.owner, look)
            dice = self._dice(f"{task.subject}/{task.what}/{task.due_at}")
            late = 0 if dice.random() < 0.7 else dice.expovariate(1 / 3) if dice.random() < 0.85 else 1e6
            if who is not None and task.due_at + int(late * DAY) <= look.now:
                tasks.finish(conn, task, who.id, look.now)

    def _answers(self, conn: Connection, look: Look) -> Iterator[Row]:
        for name, owner, desk, received_at, answered_at, match, triage, kind in _REQUESTS.rows(conn):
            who = self._there(owner, look)
            if who is None:
                continue
            dice = self._dice(name)
            took = _hours(dice) * who.pace * HOUR
            if answered_at is None and received_at + took <= look.now:
                yield self._answer(name, desk, look, dice, bool(kind)) | _settled(match, triage)
            elif answered_at is not None and answered_at + int(_days(dice, 0.06, 2) * DAY) <= look.now:
                yield self._close(name, desk, look, dice)

    def _answer(self, name: str, desk: str | None, look: Look, dice: random.Random, clear: bool) -> Row:
        at = look.moment.isoformat()
        row: Row = {"id": name, "first_response_at": at, "last_touched_at": at}
        if not clear:
            row["kind"] = dice.choice(("new_project", "information", "other"))
        if desk in ("sales", "account_manager") and dice.random() < 0.7:
            row["expected_value"] = dice.choice((2_000, 8_000, 30_000, 120_000))
        return row

    def _close(self, name: str, desk: str | None, look: Look, dice: random.Random) -> Row:
        """Inside sales finishes what it can; what is more than that goes to field sales."""
        at = look.moment.isoformat()
        if desk == "inside_sales" and dice.random() < 0.2:
            return {"id": name, "desk": "sales", "expected_value": dice.choice((8_000, 30_000)), "last_touched_at": at}
        outcome, reason = dice.choice(_CLOSINGS)
        row: Row = {"id": name, "status": "closed", "outcome": outcome, "reason": reason}
        return row | {"closed_at": at, "last_touched_at": at}

    def _moves(self, conn: Connection, look: Look) -> Iterator[Row]:
        for name, owner, stage, since in _DEALS.rows(conn):
            dice = self._dice(f"{name}/{stage}")
            if self._there(owner, look) and (since or 0) + int(_days(dice, 0.08, 9) * DAY) <= look.now:
                yield _move(name, stage, look, dice)

    def _there(self, owner: str, look: Look) -> Seller | None:
        who = self.company.people.get(owner)
        return who if who is not None and who.at_work(look.day) else None

    def _dice(self, what: str) -> random.Random:
        return random.Random(f"{self.seed}/{what}")


def _hours(dice: random.Random) -> float:
    """How long a first answer takes somebody of ordinary pace; one in fifty never gets one."""
    way = dice.random()
    return 2 * dice.random() if way < 0.55 else 24 * dice.random() if way < 0.9 else 96.0 if way < 0.98 else 1e6


def _days(dice: random.Random, forgotten: float, mean: float) -> float:
    return 1e5 if dice.random() < forgotten else dice.expovariate(1 / mean)


def _settled(match: str | None, triage: str | None) -> Row:
    """Who answers a request of which the company was in doubt has asked."""
    doubt: Row = {"match": "new"} if match == "doubt" else {}
    return doubt | ({"triage": "new"} if triage == "doubt" else {})


def _move(name: str, stage: str, look: Look, dice: random.Random) -> Row:
    """The next stage, with what it asks for; after the last one the end."""
    row: Row = {"id": name, "last_touched_at": look.moment.isoformat()}
    place = STAGES.index(stage) if stage in STAGES else 0
    if place + 1 == len(STAGES) or dice.random() < 0.15:
        outcome, reason = dice.choices(_ENDS, (35, 40, 25))[0]
        return row | {"outcome": outcome, "reason": reason, "closed_at": look.moment.isoformat()}
    row |= {
        "stage": STAGES[place + 1],
        "next_step_at": (look.moment + timedelta(days=dice.randrange(3, 12))).isoformat(),
    }
    decision_on = look.moment.date() + timedelta(days=dice.randrange(20, 90))
    return row | {"decision_on": decision_on.isoformat(), "win_chance": (20, 35, 50, 75)[place + 1]}
