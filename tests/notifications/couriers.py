"""Delivery by real processes that are killed with -9 at the worst moments, and the count of what came of it."""

import multiprocessing
import os
import random
import signal
import threading
from collections import Counter
from dataclasses import dataclass, field
from multiprocessing.connection import wait
from pathlib import Path
from typing import Any

from sqlalchemy import insert, select

from leadrelay.clock import system_clock
from leadrelay.store.database import Database
from leadrelay.store.schema import contacts, messages, requests
from notifications.mail import message_id
from notifications.message import Message
from tests.notifications.smtp_server import PostOffice, SmtpServer
from tests.notifications.world import NOW, RULESET, SHIPPED

WORKERS = 2
SENDER = "Verkoop <verkoop@werkplaats.example>"


def deliver_all(database_url: str, folder: str, mail: str) -> None:
    """What one worker process does: delivers until nothing is left, or it is killed."""
    from leadrelay.settings_model import Settings
    from notifications.delivery import deliver

    written = {"mail": {"url": mail, "from": SENDER}, "company": {"language": "nl"}}
    database, settings = Database(database_url), Settings.of(Path(folder), written)
    while True:
        done = deliver(database, RULESET, SHIPPED, settings, NOW + 10**9, clock=system_clock)
        if not done.claimed:
            return


@dataclass
class Killer:
    """Kills a worker at random steps of the server: before RCPT, with the mail there and unanswered, after it."""

    kills: int
    chance: float
    random: random.Random
    workers: dict[int, Any] = field(default_factory=dict)
    killed: Counter[str] = field(default_factory=Counter)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, step: str) -> None:
        with self.lock:
            if self.killed.total() >= self.kills or self.random.random() > self.chance:
                return
            alive = [process for process in self.workers.values() if process.exitcode is None]
            if alive:
                os.kill(self.random.choice(alive).pid, signal.SIGKILL)
                self.killed[step] += 1


@dataclass(frozen=True)
class Count:
    """What came of it. `twice`: sent again though nobody had a doubt, or to a prospect; `again`: internal alerts that
    were in doubt, sent once more with the same Message-ID, and arrived both times."""

    kills: int
    states: dict[str, int]
    lost: int
    twice: int
    again: int
    doubted: int
    unknown_arrived: int


def fill_outbox(database: Database, number: int) -> None:
    """So many messages, every other one to a prospect, each about a request of its own."""
    with database.begin() as conn:
        conn.execute(
            insert(contacts),
            [{"id": str(one), "name": "S", "email": f"c{one}@devries.example"} for one in range(number)],
        )
        conn.execute(
            insert(requests),
            [{"id": str(one), "kind": "other", "received_at": NOW, "status": "open"} for one in range(number)],
        )
        conn.execute(insert(messages), [_message(one) for one in range(number)])


def _message(one: int) -> dict[str, Any]:
    to = f"contact/{one}" if one % 2 else "an"
    decision = f"key-account|request/{one}|1|0"
    about = {"subject": f"request/{one}", "decision": decision, "reason": "why"}
    how = {"language": "nl", "template": "key_account", "urgency": "now"}
    return {"key": f"{decision}|key_account|{to}", "at": NOW, "to": to, **about, **how}


def chaos(database: Database, url: str, folder: Path, number: int, kills: int, seed: int = 1) -> Count:
    """Delivers `number` messages with two workers, of which one is killed `kills` times, and counts."""
    fill_outbox(database, number)
    database.close()
    killer = Killer(kills, 1.2 * kills / (4 * number), random.Random(seed))
    office = PostOffice(watch=killer)
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(
        ["tests.notifications.couriers", "notifications.delivery", "notifications.apprise_mail"]
    )
    with SmtpServer(office) as server:
        mail = f"smtp://127.0.0.1:{server.port}?timeout=20"

        def start() -> None:
            process = context.Process(target=deliver_all, args=(url, str(folder), mail))
            process.start()
            with killer.lock:
                killer.workers[process.sentinel] = process

        for _ in range(WORKERS):
            start()
        while killer.workers:
            for sentinel in wait(list(killer.workers)):
                with killer.lock:
                    process = killer.workers.pop(sentinel)
                    process.join()
                if process.exitcode != 0 or _left(database):
                    start()
    return _count(database, office, killer)


def _left(database: Database) -> bool:
    """Whether something is still to be done."""
    with database.read() as conn:
        states = conn.execute(select(messages.c.state).distinct()).scalars().all()
    return bool({"pending", "failed", "leased", "sending"} & set(states))


def _count(database: Database, office: PostOffice, killer: Killer) -> Count:
    arrived = Counter(office.ids())
    with database.read() as conn:
        rows = conn.execute(select(messages)).mappings().all()
    lost = twice = again = doubted = unknown_arrived = 0
    for row in rows:
        one = Message(row["id"], row["key"], row["at"], row["to"], "mail", "nl", "x", "x", "now", "x", row["decision"])
        times = arrived.pop(message_id(one, SENDER), 0)
        lost += row["state"] == "sent" and times == 0
        unknown_arrived += row["state"] == "unknown" and times > 0
        doubted += row["doubts"] > 0
        if times > 1:
            allowed = not row["to"].startswith("contact/") and times <= 1 + row["doubts"]
            again, twice = again + allowed, twice + (not allowed)
    assert not arrived, "mails that no message asked for"
    states = Counter(row["state"] for row in rows)
    return Count(killer.killed.total(), dict(states), lost, twice, again, doubted, unknown_arrived)
