"""Writes a plan into the messages table: what is held, dropped, followed up, and the mails with what they carry."""

from collections.abc import Iterator, Mapping, Sequence
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from leadrelay.clock import Instant, datetime_of
from leadrelay.leads.team import Team
from leadrelay.messages.signal import Dropped, Held, Mail, Plan, Signal, Told, Why
from leadrelay.store.raw import Statement, insert, listed
from leadrelay.store.schema import messages
from notifications.message import Message, State
from notifications.planned import Row

_HOLD = Statement(
    "UPDATE messages SET state = 'held', not_before = :until, planned = :planned WHERE key = :key AND mail IS NULL"
)
_DROP = Statement(
    "UPDATE messages SET state = 'suppressed', planned = :planned, error = :planned, settled_at = :now"
    " WHERE key = :key AND mail IS NULL"
)
_TELL = Statement(
    "UPDATE messages SET state = :state, not_before = :at, planned = :planned, mail = :mail, told_at = :at,"
    " group_key = :group, watch_at = :watch, capped = :capped WHERE key = :key AND mail IS NULL"
)
_WATCH = Statement("UPDATE messages SET watch_at = :watch WHERE key = :key")
_NEW = insert(
    messages,
    ("key", "at", "to", "language", "template", "subject", "urgency", "reason", "decision", "follows", "repeats"),
    conflict="(key) DO NOTHING",
)
_ENVELOPE = insert(
    messages,
    (
        *("key", "at", "to", "language", "template", "subject", "urgency", "reason", "decision", "not_before"),
        *("mail", "told_at", "carries", "capped"),
    ),
    conflict="(key) DO NOTHING",
)
# A mail that is settled settles what it carries; of one that goes on, the messages are held in it.
_CARRY = Statement(
    "UPDATE messages SET state = e.state, error = e.error, address = e.address, sent_at = e.sent_at,"
    " channel = e.channel, settled_at = e.settled_at"
    " FROM messages e WHERE messages.mail IS NOT NULL AND messages.state IN ('held', 'unknown', 'dead')"
    " AND e.key = messages.mail AND e.carries > 0 AND messages.carries = 0 AND messages.state <> e.state"
    " AND e.state IN ('sent', 'dead', 'suppressed', 'unknown')"
)


class PlanWriter:
    """Writes one plan; `rows` are the messages that it was made from, by key."""

    def __init__(
        self, conn: Connection, rows: Mapping[str, Row], team: Team, language: str, zone: ZoneInfo, now: Instant
    ) -> None:
        self._conn, self._rows, self._team = conn, rows, team
        self._language, self._zone, self._now = language, zone, now
        self._new: dict[str, Message] = {}

    def write(self, plan: Plan) -> None:
        """Everything in the plan, each message's state with its reason."""
        self._write_new(plan.written)
        _DROP.many(
            self._conn, [{"key": one.key, "planned": dropped_text(one), "now": self._now} for one in plan.dropped]
        )
        _HOLD.many(self._conn, list(self._holds(plan.held)))
        told = {one.signal.key: one for one in plan.told}
        for mail in plan.mails:
            self._write_mail(mail, told)
        _WATCH.many(self._conn, [{"key": key, "watch": watch} for key, watch in plan.watched.items()])

    def _write_new(self, written: Sequence[Signal]) -> None:
        rows = []
        for one in written:
            origin = self._message(one.follows or "")
            person = self._team.people.get(one.to)
            what = f"told again ({one.again})" if one.again else f"nobody reacted to what {origin.to} was told"
            language = (person.language if person else None) or self._language
            values = {"language": language, "reason": f"{what}; {origin.reason}", "decision": origin.decision}
            rows.append(
                {
                    "key": one.key,
                    "at": one.at,
                    "to": one.to,
                    "template": one.template,
                    "subject": one.subject,
                    "urgency": one.urgency,
                    "follows": one.follows,
                    "repeats": one.again,
                    **values,
                }
            )
            self._new[one.key] = Message(
                0,
                one.key,
                one.at,
                one.to,
                "mail",
                language,
                one.template,
                one.subject,
                one.urgency,
                values["reason"],
                origin.decision,
            )
        _NEW.many(self._conn, rows)

    def _message(self, key: str) -> Message:
        return self._rows[key].message if key in self._rows else self._new[key]

    def _holds(self, held: Sequence[Held]) -> Iterator[dict[str, object]]:
        """Those whose state is not that already."""
        texts: dict[tuple[Why, Instant], str] = {}
        for one in held:
            if (one.why, one.until) not in texts:
                texts[one.why, one.until] = held_text(one, self._zone)
            planned = texts[one.why, one.until]
            row = self._rows.get(one.key)
            if row is None or (row.state, row.not_before, row.planned) != ("held", one.until, planned):
                yield {"key": one.key, "until": one.until, "planned": planned}

    def _write_mail(self, mail: Mail, told: Mapping[str, Told]) -> None:
        alone = mail.members == (mail.key,)
        if not alone:
            self._write_envelope(mail)
        text = None if mail.why is Why.ALONE else self._mail_text(mail)
        _TELL.many(
            self._conn,
            [
                {
                    "key": key,
                    "state": (State.PENDING if alone else State.HELD).value,
                    "at": mail.at,
                    "planned": text,
                    "mail": mail.key,
                    "group": told[key].group,
                    "watch": told[key].watch,
                    "capped": alone and mail.capped,
                }
                for key in mail.members
            ],
        )

    def _write_envelope(self, mail: Mail) -> None:
        members = [self._message(key) for key in mail.members]
        _ENVELOPE.run(
            self._conn,
            key=mail.key,
            at=mail.at,
            to=mail.to,
            language=members[0].language,
            template=mail.template,
            subject=mail.to if "/" in mail.to else f"person/{mail.to}",
            urgency="now" if any(one.urgency == "now" for one in members) else "digest",
            reason=f"{mail.why.value} of {len(members)} messages, each with its own reason",
            decision=members[0].decision,
            not_before=mail.at,
            mail=mail.key,
            told_at=mail.at,
            carries=len(members),
            capped=mail.capped,
        )

    def _mail_text(self, mail: Mail) -> str:
        number = f" with {len(mail.members) - 1} more" if len(mail.members) > 1 else ""
        return f"{mail.why.value} of {_minute(mail.at, self._zone)}{number}"


_RELEASE = Statement(
    "UPDATE messages SET state = 'pending', planned = NULL,"
    " not_before = CASE WHEN substr(planned, 1, 7) = 'snoozed' THEN not_before ELSE 0 END"
    " WHERE state = 'held' AND mail IS NULL"
)


def release(conn: Connection) -> None:
    """Lets go what is held by a policy that is no longer there."""
    _RELEASE.run(conn)


def carry(conn: Connection) -> None:
    """Gives messages that went in a mail the state of that mail, once it is final or in doubt."""
    _CARRY.run(conn)


# Planned, but never handed over, because its carrier was out of order: no failure of its own, and no doubt.
_STRANDED = "m.state = 'failed' AND m.mail = m.key AND m.attempts = 0 AND m.doubts = 0"
_WAITED = "m.state IN ('pending', 'failed', 'leased')"  # in the words of the partial index
_STRANDED_READERS = Statement(
    f'SELECT DISTINCT m."to" FROM messages m WHERE {_WAITED} AND {_STRANDED} AND m.not_before <= :now'
)
_MAILS_OF = f'SELECT m.key FROM messages m WHERE {_WAITED} AND {_STRANDED} AND m."to" IN LISTED(:to)'
_PLAN_ANEW = Statement(
    "UPDATE messages SET state = 'pending', not_before = 0, planned = NULL, error = NULL, mail = NULL, told_at = NULL,"
    f" group_key = NULL, watch_at = NULL, capped = FALSE WHERE carries = 0 AND state IN ('held', 'failed')"
    f" AND mail IN ({_MAILS_OF})"
)
_UNWRAP = Statement(f"DELETE FROM messages WHERE carries > 0 AND key IN ({_MAILS_OF})")


def plan_anew(conn: Connection, now: Instant) -> None:
    """Lets go of mails that wait for their carrier to come back: what they say is planned again, with what has come
    since, so that a backlog goes together, within caps and quiet hours, and reminders count from when it went. What a
    person has settled or sent by itself in the meantime stays as it is."""
    readers = [row[0] for row in _STRANDED_READERS.rows(conn, now=now)]
    if readers:
        _PLAN_ANEW.run(conn, to=listed(readers))
        _UNWRAP.run(conn, to=listed(readers))


def held_text(held: Held, zone: ZoneInfo) -> str:
    """'quiet hours until 2026-11-20 07:30'."""
    return f"{held.why.value} until {_minute(held.until, zone)}"


def dropped_text(dropped: Dropped) -> str:
    """'silenced: Els calls all her quotes herself', or what is no longer true in its own words."""
    if dropped.why is Why.OVER:
        return dropped.detail
    return f"{dropped.why.value}: {dropped.detail}"


def _minute(at: Instant, zone: ZoneInfo) -> str:
    return datetime_of(at, zone).strftime("%Y-%m-%d %H:%M")
