"""What people do with a subject themselves: take, acknowledge, reassign, give, snooze, not interesting, unsubscribe.

Each is a function inside a unit of work that changes the state with its history (cause 'person an') and wakes the rules
that it concerns. `once` does one at most once per key, so that the same link followed twice does nothing twice.
"""

from collections.abc import Callable, Collection, Mapping
from enum import StrEnum
from typing import NamedTuple

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.act.acknowledge import take_note
from leadrelay.act.close_by_hand import Closing, end
from leadrelay.act.person import Doer
from leadrelay.clock import Instant
from leadrelay.leads.effects import GIVEN, PASSED_ON, NewMessage
from leadrelay.leads.fields import SUBJECTS, Value
from leadrelay.leads.team import Person, Team
from leadrelay.store import acts, history
from leadrelay.store.history import Entry
from leadrelay.store.intake_writes import stored_of, upsert
from leadrelay.store.write import add_messages

BY_HAND = "person"
"""What causes in history, and decisions of messages that a person's act has written, begin with."""
_REASONS: Mapping[str, Mapping[str, str]] = {
    "en": {
        GIVEN: "{name} ({cause}) gave this to you",
        PASSED_ON: "{name} ({cause}) passed this on to {new}",
    },
    "nl": {
        GIVEN: "{name} ({cause}) heeft dit aan jou gegeven",
        PASSED_ON: "{name} ({cause}) heeft dit overgedragen aan {new}",
    },
}


class State(StrEnum):
    """How an act ended: `already` was done before by the same link, `refused` could not be done."""

    DONE = "done"
    ALREADY = "already"
    REFUSED = "refused"


class Result(NamedTuple):
    """What came of an act; `what` is a word that the pages have a sentence for, `who` and `at` belong to it."""

    state: State
    what: str
    who: str = ""
    at: Instant = 0


class Hand(Struct, frozen=True):
    """Who acts, when, and among whom; `templates` are the names of the project's message templates, `language` the
    company's."""

    person: Person
    now: Instant
    team: Team
    language: str = "en"
    templates: Collection[str] = ()

    @property
    def cause(self) -> str:
        """What history says of it."""
        return f"{BY_HAND} {self.person.id}"


def once(
    conn: Connection, key: str, act: str, subject: str, person: str, now: Instant, do: Callable[[int], Result]
) -> Result:
    """Does it (with the number of the act) unless this key was used before; what is refused may be tried again."""
    number = acts.claim(conn, key, now, person, act, subject)
    if number is None:
        before = acts.find(conn, key)
        assert before is not None
        return Result(State.ALREADY, act, before.person, before.at)
    result = do(number)
    if result.state is State.REFUSED:
        acts.release(conn, key)
    return result


def take(conn: Connection, subject: str, hand: Hand, number: int) -> Result:
    """Whoever acts becomes the owner; the former one is told. Who is the owner already says so: it is touched."""
    return give(conn, subject, hand.person, hand, number)


def reassign(conn: Connection, subject: str, to: str, hand: Hand, number: int) -> Result:
    """A colleague becomes the owner, or the deputy of one who is away, as `assign` in a rule would have it; both are
    told. Whether the colleague has much on hand already is for people to judge."""
    new = stand_in(hand.team, to, hand.now)
    return give(conn, subject, new, hand, number) if new else Result(State.REFUSED, "nobody", to)


def stand_in(team: Team, name: str, now: Instant) -> Person | None:
    """The person, or of who is away the deputy, or the deputy's deputy; None when that comes to nobody."""
    seen: set[str] = set()
    wanted: str | None = name
    while wanted is not None and wanted not in seen:
        seen.add(wanted)
        person = team.people.get(wanted)
        if person is None or not person.active:
            return None
        absence = team.absence(person, now)[0]
        if absence is None:
            return person
        wanted = absence.deputy
    return None


def acknowledge(conn: Connection, subject: str, hand: Hand) -> Result:
    """The open episodes of the subject climb and repeat no further."""
    if _state_of(conn, subject) is None:
        return Result(State.REFUSED, "gone")
    kind, _, name = subject.partition("/")
    stopped = take_note(conn, kind, name, hand.person.id, hand.now)
    return Result(State.DONE, "acknowledged" if stopped else "nothing_waits")


def snooze(conn: Connection, subject: str, until: Instant, hand: Hand) -> Result:
    """Whoever acts hears nothing of this subject until then; what others get, and what rules do, goes on."""
    if _state_of(conn, subject) is None:
        return Result(State.REFUSED, "gone")
    acts.snooze(conn, hand.person.id, subject, until)
    history.append(conn, hand.now, [Entry(subject, "snoozed", None, until, hand.cause)])
    return Result(State.DONE, "snoozed", at=until)


def not_interesting(conn: Connection, subject: str, why: str, hand: Hand) -> Result:
    """An open request is closed as archived, with who said so and why; a closed one keeps its outcome."""
    values = _state_of(conn, subject)
    kind = subject.partition("/")[0]
    if values is None or kind != "request":
        return Result(State.REFUSED, "gone" if values is None else "only_requests")
    if _closed(kind, values):
        return Result(State.REFUSED, "closed")
    reason = f"not interesting, says {hand.person.name}" + (f": {why}" if why else "")
    end(conn, Closing(subject, "archived", reason, Doer(hand.person), hand.now), values)
    return Result(State.DONE, "archived")


def unsubscribe(conn: Connection, contact: str, now: Instant, source: str = "unsubscribe link") -> Result:
    """A contact (contact/3) gets no more mail; who has unsubscribed before stays so since then, by that `source`."""
    values = _state_of(conn, contact) if contact.startswith("contact/") else None
    if values is None:
        return Result(State.REFUSED, "gone")
    name = contact.partition("/")[2]
    changed: dict[str, Value] = {"unsubscribed_at": values.get("unsubscribed_at") or now}
    if values.get("consent") is not False:
        changed |= {"consent": False, "consent_source": source, "consent_at": now}
    upsert(conn, "contact", [{"id": name, **changed}], now, f"contact {name}")
    return Result(State.DONE, "unsubscribed")


def give(conn: Connection, subject: str, new: Person, hand: Hand, number: int) -> Result:
    """Another owner, unless it is closed or has none; those whom it concerns and who did not do it are told."""
    kind, _, name = subject.partition("/")
    values = _state_of(conn, subject)
    if values is None or kind == "contact":
        return Result(State.REFUSED, "gone")
    if _closed(kind, values):
        return Result(State.REFUSED, "closed")
    former = values.get("owner")
    touched: dict[str, Value] = {} if kind == "account" else {"last_touched_at": hand.now}
    if former == new.id:
        if touched and new.id == hand.person.id:
            upsert(conn, kind, [{"id": name, **touched}], hand.now, hand.cause)
        return Result(State.DONE, "has_it", new.id)
    upsert(conn, kind, [{"id": name, "owner": new.id, **touched}], hand.now, hand.cause)
    told = {GIVEN: new, PASSED_ON: hand.team.people.get(str(former))}
    owed = [
        _message(person, template, subject, new, hand, number)
        for template, person in told.items()
        if person is not None and person.active and person.id != hand.person.id and template in hand.templates
    ]
    add_messages(conn, owed, hand.now)
    return Result(State.DONE, "given", new.id)


def _message(to: Person, template: str, subject: str, new: Person, hand: Hand, number: int) -> NewMessage:
    """A message that a colleague's act has led to."""
    language = to.language or hand.language
    words = _REASONS.get(language, _REASONS["en"])[template]
    reason = words.format(name=hand.person.name, cause=hand.cause, new=new.name)
    decision = f"{hand.cause}|{subject}|{number}|0"
    return NewMessage(to.id, template, language, subject, "now", reason, f"{decision}|{template}|{to.id}", decision)


def _state_of(conn: Connection, subject: str) -> dict[str, Value] | None:
    """The stored fields of a subject by name; None when it does not exist."""
    kind, _, name = subject.partition("/")
    return stored_of(conn, kind, {name}).get(name) if kind in SUBJECTS else None


def _closed(kind: str, values: Mapping[str, Value]) -> bool:
    if kind == "request":
        return values.get("status") == "closed"
    return kind == "opportunity" and values.get("closed_at") is not None
