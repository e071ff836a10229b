"""The one suppression list: what was said of a mailbox holds for every record that has it, and outlives them.

A withdrawal on any record, by whatever way, is learned by the list (`follow`), and every other record of that mailbox,
and whatever the record was merged into, is made as strict. What would loosen a record comes through only from a person,
or with a yes that is later than the no (`held`).

Mailboxes (leads/mailbox.py says what is one) are kept as keyed hashes.
"""

import hashlib
import hmac
from collections.abc import Collection, Iterable, Mapping

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.leads.consent import said_no
from leadrelay.leads.effects import Change
from leadrelay.leads.fields import Value
from leadrelay.leads.mailbox import mailbox_of
from leadrelay.store import merges
from leadrelay.store.raw import Statement, listed

BY_A_PERSON = ("person ", "command line")
"""What the cause of a change that a person made begins with."""
ELSEWHERE = "said with the same address"
"""The source of a no that another record of the mailbox has."""
FLAGS = ("objected_at", "unsubscribed_at", "bounced_at")
"""Fields of a contact that the list has too, under the same names; `consent: no` is its `refused_at`."""
TELLING = frozenset({"email", "consent", "consent_at", *FLAGS})
"""The fields of a contact whose changes the list wants to know."""

_KEY = Statement("SELECT key FROM address_keys WHERE name = 'mailbox'")
_LIST = "objected_at, unsubscribed_at, refused_at, bounced_at, forgotten_at"
_FIND = Statement(f"SELECT mailbox, {_LIST} FROM suppressions WHERE mailbox IN LISTED(:boxes)")
_LATEST = (
    "{0} = CASE WHEN suppressions.{0} IS NULL OR excluded.{0} > suppressions.{0} THEN excluded.{0}"
    " ELSE suppressions.{0} END"
)
_OR_LATER = ", ".join(_LATEST.format(name) for name in ("objected_at", "unsubscribed_at", "refused_at"))
_LEARN = Statement(
    "INSERT INTO suppressions (mailbox, objected_at, unsubscribed_at, refused_at)"
    " SELECT mailbox, max(objected_at), max(unsubscribed_at),"
    " max(CASE WHEN NOT consent THEN coalesce(consent_at, :now) END) FROM contacts"
    " WHERE id IN LISTED(:ids) AND mailbox IS NOT NULL"
    " AND (objected_at IS NOT NULL OR unsubscribed_at IS NOT NULL OR NOT consent) GROUP BY mailbox"
    f" ON CONFLICT (mailbox) DO UPDATE SET {_OR_LATER}"
)
_LEARN_BOUNCES = Statement(
    "INSERT INTO suppressions (mailbox, bounced_at) SELECT mailbox, max(bounced_at) FROM contacts"
    " WHERE id IN LISTED(:ids) AND mailbox IS NOT NULL AND bounced_at IS NOT NULL GROUP BY mailbox"
    " ON CONFLICT (mailbox) DO UPDATE SET bounced_at = excluded.bounced_at"
)
_SUPPRESS = {
    name: Statement(
        f"INSERT INTO suppressions (mailbox, {name}) VALUES (:box, :at) ON CONFLICT (mailbox) DO UPDATE SET"
        f" {_LATEST.format(name)}"
    )
    for name in ("objected_at", "unsubscribed_at", "refused_at", "bounced_at", "forgotten_at")
}
_LIFT = {
    name: Statement(f"UPDATE suppressions SET {name} = NULL WHERE mailbox IN LISTED(:boxes) AND forgotten_at IS NULL")
    for name in ("objected_at", "unsubscribed_at", "refused_at", "bounced_at")
}
_RECORD = "c.id, c.objected_at, c.unsubscribed_at, c.bounced_at, c.consent, c.consent_at, c.consent_source"
_LOOSER = Statement(
    f"SELECT {_RECORD}, s.objected_at, s.unsubscribed_at, s.refused_at, s.bounced_at"
    " FROM contacts c JOIN suppressions s ON s.mailbox = c.mailbox"
    " WHERE c.mailbox IN (SELECT o.mailbox FROM contacts o WHERE o.id IN LISTED(:ids))"
    " AND (s.objected_at IS NOT NULL AND c.objected_at IS NULL"
    " OR s.unsubscribed_at IS NOT NULL AND c.unsubscribed_at IS NULL"
    " OR s.bounced_at IS NOT NULL AND c.bounced_at IS NULL"
    " OR s.refused_at IS NOT NULL AND (c.consent OR c.consent IS NULL)) ORDER BY c.id"
)
_FLAGS_OF = Statement(f"SELECT {_RECORD}, c.mailbox FROM contacts c WHERE c.id IN LISTED(:ids)")
_WITH = Statement("SELECT id, mailbox FROM contacts WHERE mailbox IN LISTED(:boxes) ORDER BY id")
_SECOND = Statement(
    "SELECT contact FROM second_addresses WHERE state = 'kept' AND mailbox IN LISTED(:boxes) ORDER BY 1"
)
_FORGOTTEN = Statement(
    "SELECT c.id, s.forgotten_at FROM contacts c JOIN suppressions s ON s.mailbox = c.mailbox"
    " WHERE c.id IN LISTED(:ids) AND s.forgotten_at IS NOT NULL"
)
_REMEMBER = Statement("UPDATE suppressions SET forgotten_at = NULL WHERE mailbox = :box")
_SOME = Statement("SELECT id, email FROM contacts WHERE id > :after AND email IS NOT NULL ORDER BY id LIMIT 5000")
_BOX = Statement("UPDATE contacts SET mailbox = :box WHERE id = :id")


class Suppression(Struct, frozen=True):
    """What holds for a mailbox: since when, for each way of saying no; `forgotten_at`: nothing else may be known."""

    objected_at: Instant | None = None
    unsubscribed_at: Instant | None = None
    refused_at: Instant | None = None
    bounced_at: Instant | None = None
    forgotten_at: Instant | None = None

    def strictest(self, other: "Suppression") -> "Suppression":
        """Both at once; where both say something, the later moment."""
        pairs = {name: (getattr(self, name), getattr(other, name)) for name in self.__struct_fields__}
        return Suppression(**{name: _later(*pair) for name, pair in pairs.items()})

    @property
    def facts(self) -> dict[str, Value]:
        """The same as fields of a contact."""
        flags: dict[str, Value] = {name: getattr(self, name) for name in FLAGS}
        return flags | {"consent": None if self.refused_at is None else False}

    @property
    def said_no_at(self) -> Instant | None:
        """When marketing mail was last declined; None if it was not."""
        return _later(_later(self.objected_at, self.unsubscribed_at), self.refused_at)


FREE = Suppression()
"""Nothing is known against a mailbox."""


def boxes_of(conn: Connection, written: Iterable[Value]) -> dict[str, str]:
    """The mailboxes of written addresses, as keyed hashes, by what was written; empty ones have none."""
    mailboxes = {text: mailbox_of(text) for text in written if isinstance(text, str) and text.strip()}
    if not mailboxes:
        return {}
    key = bytes.fromhex(_KEY.rows(conn)[0][0])
    return {text: hmac.digest(key, one.encode(), hashlib.sha256).hex()[:40] for text, one in mailboxes.items()}


def standing(conn: Connection, boxes: Collection[str]) -> dict[str, Suppression]:
    """What holds for these mailboxes (keyed hashes); those of which nothing is known are left out."""
    rows = _FIND.rows(conn, boxes=listed(sorted(boxes))) if boxes else []
    return {box: Suppression(*flags) for box, *flags in rows}


def standing_of(conn: Connection, written: str | None) -> Suppression:
    """What holds for the mailbox of a written address."""
    boxes = list(boxes_of(conn, [written]).values())
    return standing(conn, boxes).get(boxes[0], FREE) if boxes else FREE


def refusal(conn: Connection, contact: str) -> str | None:
    """Why a contact (its id) gets no marketing mail, by its record or by its mailbox; None if it may."""
    rows = _FLAGS_OF.rows(conn, ids=listed([contact]))
    if not rows:
        return None
    said = _said_by(rows[0]).strictest(standing(conn, {rows[0][-1]}).get(rows[0][-1], FREE) if rows[0][-1] else FREE)
    return said_no(f"contact/{contact}", said.facts)


def contacts_at(conn: Connection, written: Iterable[Value]) -> list[str]:
    """The ids of the contacts with one of these mailboxes, in order; then those that have one as their second."""
    boxes = listed(sorted(set(boxes_of(conn, written).values())))
    rows = [*_WITH.rows(conn, boxes=boxes), *_SECOND.rows(conn, boxes=boxes)] if boxes != "[]" else []
    return list(dict.fromkeys(str(row[0]) for row in rows))


def suppress(conn: Connection, written: str, flag: str, at: Instant) -> list[str]:
    """Notes for a mailbox that `flag` (objected_at, bounced_at …) holds since `at`; the contacts that have it, which
    the caller has follow."""
    for box in boxes_of(conn, [written]).values():
        _SUPPRESS[flag].run(conn, box=box, at=at)
    return contacts_at(conn, [written])


def forgotten(conn: Connection, written: Collection[Value]) -> dict[str, Instant]:
    """Of these written addresses those whose mailbox was forgotten, and when."""
    boxes = boxes_of(conn, written)
    found = standing(conn, set(boxes.values()))
    at = {text: found[box].forgotten_at for text, box in boxes.items() if box in found}
    return {text: moment for text, moment in at.items() if moment is not None}


def forgotten_contacts(conn: Connection, contacts: Collection[str]) -> dict[str, Instant]:
    """Of these contacts those that were forgotten, and when."""
    rows = _FORGOTTEN.rows(conn, ids=listed(sorted(contacts))) if contacts else []
    return dict(rows)


def remember(conn: Connection, written: str) -> bool:
    """Takes back that a mailbox is to be forgotten, not its objection; whether it was."""
    found = bool(forgotten(conn, [written]))
    for box in boxes_of(conn, [written]).values():
        _REMEMBER.run(conn, box=box)
    return found


def follow(conn: Connection, contacts: Collection[str], bounced: Collection[str], now: Instant) -> list[Change]:
    """The list learns what these contacts say now, and what came back (`bounced`); returns what other records of their
    mailboxes, and those that they were merged into, have to change to be as strict. Their cause is to be filled in."""
    if not contacts:
        return []
    _LEARN.run(conn, ids=listed(contacts), now=now)
    if bounced:
        _LEARN_BOUNCES.run(conn, ids=listed(bounced))
    changes: dict[tuple[str, str], Change] = {}
    for row in _LOOSER.rows(conn, ids=listed(contacts)):
        record, said = row[:7], Suppression(*row[7:])
        changes.update(((one.id, one.field), one) for one in _tightening(record, said))
    for one in _for_kept(conn, contacts):
        changes.setdefault((one.id, one.field), one)
    return list(changes.values())


def held(conn: Connection, rows: list[Mapping[str, Value]], cause: str) -> list[Mapping[str, Value]]:
    """Rows about contacts without what would loosen a no. A person may take one back; a file or a form only with a yes
    that is later, and never an objection. What is taken back holds for every record of the mailbox."""
    doubtful = [row for row in rows if _loosens(row)]
    if not doubtful:
        return rows
    records = {row[0]: row for row in _FLAGS_OF.rows(conn, ids=listed(str(row["id"]) for row in doubtful))}
    boxes = boxes_of(conn, [row.get("email") for row in doubtful])
    theirs = {str(row[-1]) for row in records.values() if row[-1]}
    listed_as = standing(conn, {*boxes.values(), *theirs})
    kept: list[Mapping[str, Value]] = []
    for row in rows:
        if not _loosens(row):
            kept.append(row)
            continue
        record = records.get(str(row["id"]))
        own = {box for box in (record and record[-1], boxes.get(str(row.get("email")))) if box}
        said = _said_by(record) if record else FREE
        for box in own:
            said = said.strictest(listed_as.get(box, FREE))
        lifted, left = _judged(row, said, by_person=cause.startswith(BY_A_PERSON))
        kept.append(left)
        if lifted:
            kept += _lift(conn, own, lifted, left)
    return kept


def fill(conn: Connection, now: Instant) -> None:
    """Gives every contact its mailbox, and the list what they say."""
    after = ""
    while some := _SOME.rows(conn, after=after):
        boxes = boxes_of(conn, [email for _, email in some])
        _BOX.many(conn, [{"id": key, "box": boxes[email]} for key, email in some if email in boxes])
        ids = [key for key, _ in some]
        follow(conn, ids, ids, now)
        after = ids[-1]


def _later(one: Instant | None, other: Instant | None) -> Instant | None:
    known = [at for at in (one, other) if at is not None]
    return max(known, default=None)


def _said_by(record: tuple[Value, ...]) -> Suppression:
    """What a record itself says; a no without a time counts as the earliest."""
    _, objected, unsubscribed, bounced, consent, consent_at, *_ = record
    refused = (consent_at or 0) if consent is not None and not consent else None
    return Suppression(objected, unsubscribed, refused, bounced)  # type: ignore[arg-type]


def _tightening(record: tuple[Value, ...], said: Suppression) -> list[Change]:
    """What a record must change to be as strict as what was said."""
    key = str(record[0])
    own = _said_by(record)
    changes = [
        Change("contact", key, name, None, getattr(said, name), "")
        for name in FLAGS
        if getattr(own, name) is None and getattr(said, name) is not None
    ]
    if said.refused_at is not None and own.refused_at is None:
        consent, consent_at, source = record[4:7]
        old = None if consent is None else bool(consent)
        changes.append(Change("contact", key, "consent", old, False, ""))
        changes.append(Change("contact", key, "consent_source", source, ELSEWHERE, ""))
        changes.append(Change("contact", key, "consent_at", consent_at, said.refused_at, ""))
    return changes


def _for_kept(conn: Connection, contacts: Collection[str]) -> list[Change]:
    """What those must change that these contacts were merged into: a no is the person's, a bounce the address's."""
    into = merges.merged(conn, [f"contact/{one}" for one in contacts])
    if not into:
        return []
    kept = {gone.partition("/")[2]: key for gone, key in into.items()}
    records = {row[0]: row for row in _FLAGS_OF.rows(conn, ids=listed({*kept, *kept.values()}))}
    changes = []
    for gone, key in kept.items():
        if gone in records and key in records:
            said = _said_by(records[gone])
            person = Suppression(said.objected_at, said.unsubscribed_at, said.refused_at)
            changes += _tightening(records[key], person)
    return changes


def _loosens(row: Mapping[str, Value]) -> bool:
    return row.get("consent") is True or any(name in row and row[name] is None for name in FLAGS)


def _judged(row: Mapping[str, Value], said: Suppression, by_person: bool) -> tuple[dict[str, Value], dict[str, Value]]:
    """What the row may take back (to be given to all records of the mailbox), and what is left of the row."""
    left = dict(row)
    loose = {name: None for name in FLAGS if name in row and row[name] is None and getattr(said, name) is not None}
    yes = {name: row[name] for name in ("consent", "consent_source", "consent_at") if name in row}
    agrees = row.get("consent") is True
    if by_person:
        return {**loose, **(yes if agrees and said.refused_at is not None else {})}, left
    at, no_at = row.get("consent_at"), said.said_no_at
    if agrees and no_at is not None:
        later = isinstance(at, int) and at > no_at
        if later and said.objected_at is None and said.forgotten_at is None:
            again: dict[str, Value] = {**yes, "unsubscribed_at": None}
            return again, {**left, **again}
        for name in yes:
            del left[name]
    for name in loose:
        del left[name]
    return {}, left


def _lift(
    conn: Connection, boxes: Collection[str], lifted: Mapping[str, Value], row: Mapping[str, Value]
) -> list[Mapping[str, Value]]:
    """Takes it from the list, and gives the other records of the mailbox the same."""
    for name in lifted.keys() & set(FLAGS):
        _LIFT[name].run(conn, boxes=listed(boxes))
    if "consent" in lifted:
        _LIFT["refused_at"].run(conn, boxes=listed(boxes))
    others = [key for key, _ in _WITH.rows(conn, boxes=listed(boxes)) if key != row["id"]]
    return [{"id": key, **lifted} for key in others]
