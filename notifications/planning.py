"""Between the outbox's new messages and delivery: reads what waits, has it planned, and writes the plan down.

Where there is no rules/messages.yaml nothing is planned, and each message goes at once, by itself."""

from collections.abc import Iterable, Iterator
from zoneinfo import ZoneInfo

from msgspec.structs import replace
from sqlalchemy import Connection

from leadrelay.clock import HOUR, Instant
from leadrelay.duration import Duration
from leadrelay.messages.plan import plan
from leadrelay.messages.policy import Policy
from leadrelay.messages.readers import Readers
from leadrelay.messages.signal import REACTIONS, Mail, Plan, Signal, State, Told, Why
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.acts import snoozes
from leadrelay.store.database import Database
from leadrelay.store.owners import whole_team
from notifications import planned
from notifications.facts import Facts, FactsReader
from notifications.plan_writes import PlanWriter, carry, plan_anew, release
from notifications.planned import Row
from notifications.ready import Ready
from notifications.standing import Standings

_DAY = 24 * HOUR
_LONGEST = {"day": _DAY, "week": 7 * _DAY, "month": 31 * _DAY, "year": 366 * _DAY, "working day": 3 * _DAY}
"""How long a unit lasts at most, as far as it matters to look back; smaller ones count as a day at most."""
_SLACK = 30 * _DAY
"""The longest that working time may stand still."""


class Planning:
    """Plans the messages of one ruleset. `idle`: there is nothing to plan by."""

    def __init__(self, ruleset: Ruleset, language: str, zone: ZoneInfo, ready: Ready | None = None) -> None:
        self.ruleset, self.language, self.zone = ruleset, language, zone
        self.books = {rule.key: book.name for book, rule in ruleset.rules()}
        self.facts = ready.facts if ready else FactsReader(ruleset)
        self.standings = ready.standings if ready else Standings(ruleset)
        self.idle = ruleset.messages == Policy()
        self.horizon = _horizon(ruleset.messages)

    def plan(self, database: Database, now: Instant) -> Plan:
        """Plans what is due at `now`, in one unit of work. Raises NoDatabase, DatabaseBusy."""
        with database.begin() as conn:
            carry(conn)
            if self.idle:
                release(conn)
                return Plan()
            plan_anew(conn, now)
            return _Round(self, conn, now).run()


class _Round:
    """One plan: what it is made from, and what comes of it."""

    def __init__(self, planning: Planning, conn: Connection, now: Instant) -> None:
        self._planning, self._conn, self._now = planning, conn, now
        self._team = whole_team(conn, planning.ruleset.team)
        self._readers = Readers(planning.ruleset.messages, self._team, planning.ruleset.calendars)
        self._rows: dict[str, Row] = {}
        self._accounts: dict[str, str] = {}
        self._snoozed = snoozes(conn, now)

    def run(self) -> Plan:
        """Reads, plans and writes."""
        planning, conn, now = self._planning, self._conn, self._now
        watched = planned.watched(conn, now)
        readers = planned.due_readers(conn, now) | self._followers(watched)
        if not readers:
            return Plan()
        waiting = planned.waiting(conn, readers)
        told = {row.message.key: row for row in (*self._inhibitors(waiting), *watched)}
        self._rows = {row.message.key: row for row in (*planned.followed(conn, watched), *waiting, *told.values())}
        self._accounts = planned.accounts_of(conn, {row.message.subject for row in self._rows.values()})
        since = now - planning.horizon
        state = State(
            tuple(self._signal(row) for row in waiting),
            tuple(self._told(list(told.values()))),
            tuple(Mail("", to, at, "", (), Why.ALONE) for to, at in planned.recent_mails(conn, readers, since)),
            planned.last_of_groups(conn, readers, since),
        )
        made = self._plan(state)
        PlanWriter(conn, self._rows, self._team, planning.language, planning.zone, now).write(made)
        return made

    def _plan(self, state: State) -> Plan:
        """The plan, made again as long as something that would go with others turns out to be no longer true; what
        goes by itself is looked at by delivery."""
        while True:
            made = plan(self._readers, state, self._now)
            merged = [key for mail in made.mails if len(mail.members) > 1 for key in mail.members if key in self._rows]
            over = self._objections([self._rows[key] for key in merged])
            if not over:
                return made
            waiting = tuple(replace(one, over=over.get(one.key, one.over)) for one in state.waiting)
            state = replace(state, waiting=waiting)

    def _followers(self, watched: Iterable[Row]) -> set[str]:
        """Whoever may be told something because nobody reacted."""
        found = set()
        for row in watched:
            route = self._readers.of(row.message.to).route(self._signal(row))
            found |= {row.message.to, *(self._readers.people(route.escalate.to) if route.escalate else ())}
        return found

    def _inhibitors(self, waiting: Iterable[Row]) -> list[Row]:
        """What was told and may mute something that waits."""
        inhibitions = self._planning.ruleset.messages.inhibitions
        mutes = frozenset(template for one in inhibitions for template in one.mutes)
        subjects = {row.message.subject for row in waiting if row.message.template in mutes}
        if not subjects:
            return []
        if any(one.same == "account" for one in inhibitions):
            accounts = planned.accounts_of(self._conn, subjects)
            subjects |= planned.subjects_of(self._conn, accounts.values())
        return planned.told(self._conn, subjects, {template for one in inhibitions for template in one.by})

    def _signal(self, row: Row) -> Signal:
        message = row.message
        return Signal(
            key=message.key,
            at=message.at,
            to=message.to,
            template=message.template,
            subject=message.subject,
            urgency=message.urgency,
            rule=message.rule,
            rulebook=self._planning.books.get(message.rule, ""),
            account=self._accounts.get(message.subject),
            snoozed=self._snoozed.get((message.to, message.subject), 0),
            follows=row.follows,
            again=row.repeats,
        )

    def _told(self, rows: list[Row]) -> Iterator[Told]:
        """What was told, with whether it is still true and whether anybody reacted."""
        over, subjects = self._objections(rows), {row.message.subject for row in rows}
        facts = self._planning.facts.read(self._conn, subjects, self._now)
        acts = planned.last_acts(self._conn, subjects)
        for row in rows:
            subject, key = row.message.subject, row.message.key
            touched = _touched(subject, facts.get(subject, {}))
            reacted = max(filter(None, (acts.get(subject), touched)), default=None)
            signal = replace(self._signal(row), over=over.get(key, ""), acknowledged_at=reacted)
            assert row.told_at is not None
            yield Told(signal, row.told_at, row.group_key or key, row.watch_at)

    def _objections(self, rows: list[Row]) -> dict[str, str]:
        """Why messages should not go any more, by key."""
        if not rows:
            return {}
        messages = [row.message for row in rows]
        facts = self._planning.facts.read(self._conn, {one.subject for one in messages}, self._now)
        standings = self._planning.standings
        found = standings.read(self._conn, messages)
        whys = {
            one.key: standings.objection(one, found, facts.get(one.subject), self._team, self._now) for one in messages
        }
        return {key: why for key, why in whys.items() if why}


def _touched(subject: str, facts: Facts) -> Instant | None:
    """When a person last did something about a subject; one that is closed needs nothing any more."""
    kind = subject.partition("/")[0]
    times = [facts.get(f"{kind}.{name}") for name in REACTIONS]
    return max((at for at in times if isinstance(at, int)), default=None)


def _horizon(policy: Policy) -> int:
    """How far back mails may matter, in microseconds."""
    spans = [cap.per for cap in policy.caps]
    spans += [route.interval for route in policy.routes if route.interval]
    return max(map(_longest, spans), default=0)


def _longest(span: Duration) -> int:
    return span.amount * _LONGEST.get(span.unit, _DAY if span.unit.startswith("working") else HOUR) + _SLACK
