"""Tells marketing systems what happened on nurture lists: each change once, in order, again later when it fails."""

import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct

from leadrelay.clock import MINUTE, Clock, Instant, iso, system_clock
from leadrelay.errors import BadSettings
from leadrelay.store import leases
from leadrelay.store.database import Database
from leadrelay.store.holder import new_token
from notifications.marketing import queue
from notifications.marketing.queue import Push, Settled
from notifications.marketing.system import Again, Refused, System, Told
from notifications.outbox import MOST_FAILURES, wait_after
from notifications.permission import FIELDS, Permission

if TYPE_CHECKING:
    from leadrelay.settings_model import MarketingSettings, Settings

BATCH = 50
LEASE = 10 * MINUTE
"""How long a batch may take before another process may take over."""
IN_A_ROW = 3
"""After so many failures in a row the system is left alone until the next run."""


class Pushed(Struct):
    """What one run told one system."""

    system: str
    sent: int = 0
    failed: int = 0
    dead: int = 0

    def as_dict(self) -> dict[str, object]:
        """As `push --json` and `run --json` print it."""
        return {"system": self.system, "sent": self.sent, "failed": self.failed, "dead": self.dead}


def push_all(
    database: Database, settings: "Settings", now: Instant, only: str | None = None, clock: Clock = system_clock
) -> list[Pushed]:
    """Tells every system of the settings (or `only` one) what it has not been told yet.

    A system that another process is telling just now is left to it. Raises BadSettings, NoDatabase, DatabaseBusy."""
    done = []
    for name, one in settings.marketing.items():
        if only in (None, name):
            done.append(_push(database, settings, name, one, now, clock))
    return done


def _push(
    database: Database, settings: "Settings", name: str, one: "MarketingSettings", now: Instant, clock: Clock
) -> Pushed:
    summary, token, lease = Pushed(name), new_token(), f"push {name}"
    with database.begin() as conn:
        if not leases.take(conn, lease, token, clock(), clock() + LEASE):
            return summary
        queue.take_up(conn, name, one.lists, one.kind == "webhook" and not one.lists, now)
    system = system_of(name, one)
    try:
        run = _Run(database, settings, name, one, system, summary, now)
        while run.batch():
            with database.begin() as conn:
                if not leases.hold(conn, lease, token, clock(), clock() + LEASE):
                    break
    finally:
        system.close()
        with database.begin() as conn:
            leases.release(conn, lease, token)
    return summary


def system_of(name: str, one: "MarketingSettings", environment: Mapping[str, str] = os.environ) -> System:
    """The system that a section of the settings names. Raises BadSettings when its secret is not in the environment."""
    secret = environment.get(one.secret_env, "")
    if not secret:
        raise BadSettings(file="the environment", what=f"{one.secret_env} is not set, and [marketing.{name}] needs it")
    from notifications.marketing.listmonk import Listmonk  # here, because httpx takes a while to import
    from notifications.marketing.mautic import Mautic
    from notifications.marketing.webhook import Webhook

    if one.kind == "webhook":
        return Webhook(one.url, secret, one.timeout)
    if one.kind == "listmonk":
        return Listmonk(one.url, one.user or "leadrelay", secret, one.timeout)
    return Mautic(one.url, one.user or "leadrelay", secret, one.timeout, oauth2=one.oauth2)


class _Run:
    """One run against one system."""

    def __init__(
        self,
        database: Database,
        settings: "Settings",
        name: str,
        one: "MarketingSettings",
        system: System,
        summary: Pushed,
        now: Instant,
    ) -> None:
        self._database, self._zone, self._name, self._settings = database, settings.zone, name, one
        self._system, self._summary, self._now = system, summary, now
        self._in_a_row = 0

    def batch(self) -> bool:
        """Tells a batch; False when there is nothing more, or the system does not answer. Each is settled at once, so
        that a process that dies has at most one open question."""
        with self._database.read() as conn:
            found = queue.due(conn, self._name, self._now, BATCH)
        for push in found:
            settled = self._one(push)
            with self._database.begin() as conn:
                queue.settle(conn, [settled], self._now)
            if self._in_a_row >= IN_A_ROW:
                return False
        return bool(found)

    def _one(self, push: Push) -> Settled:
        attempts = push.attempts + 1
        try:
            for told in self._told(push):
                self._system.tell(told)
        except Again as error:
            self._in_a_row += 1
            dead = attempts >= MOST_FAILURES
            again = self._now + wait_after(attempts, push.key)
            return self._settled(push, "dead" if dead else "failed", attempts, 0 if dead else again, str(error))
        except Refused as error:
            return self._settled(push, "dead", attempts, 0, str(error))
        self._in_a_row = 0
        return self._settled(push, "sent", attempts, 0, None)

    def _settled(self, push: Push, state: str, attempts: int, again: Instant, error: str | None) -> Settled:
        setattr(self._summary, state, getattr(self._summary, state) + 1)
        return Settled(push.id, state, attempts, again, error)

    def _told(self, push: Push) -> Iterator[Told]:
        """What to say of it as things are now: who may not be written to any more does not join over there."""
        webhook = self._settings.kind == "webhook"
        refused = Permission().refusal(push.contact, {name: getattr(push, name) for name in FIELDS})
        if not webhook and (not push.email or (push.what == "joined" and refused)):
            return
        yield Told(
            key=push.key,
            what=push.what,
            contact=push.contact,
            list=push.list,
            target=self._settings.lists.get(push.list),
            reason=push.reason,
            at=iso(push.at, self._zone),
            name=push.name or "",
            email=push.email or "",
            language=push.language or "",
        )
