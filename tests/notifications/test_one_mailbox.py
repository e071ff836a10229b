"""Every mail to contacts asks the suppression list last, and a mailbox gets each mail once, whatever its records do."""

from pathlib import Path
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select, text

from leadrelay.act import by_hand
from leadrelay.act.consent import Said, write
from leadrelay.act.merge import merge, undo
from leadrelay.clock import HOUR, Instant
from leadrelay.errors import CannotMerge, CannotUndo, UnknownSubject
from leadrelay.leads.mailbox import mailbox_of
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import suppress, upsert
from leadrelay.store.merges import every
from leadrelay.store.schema import contacts, messages
from leadrelay.store.tables import metadata
from notifications.delivery import deliver
from notifications.outcome import ACCEPTED, Outcome, Sending
from notifications.parcel import Parcel
from tests.notifications import world as told
from tests.notifications.world import NOW, RULESET, SHIPPED, add_message

ADDRESSES = {
    "jan": ("jan@bücher.example", "JAN@Bücher.example", " jan@xn--bcher-kva.example "),
    "piet": ("piet@x.example", "Piet@X.EXAMPLE"),
    "an": ("an@y.example", "AN@y.example."),
}
RECORDS = ("1", "2", "3", "4")
STEPS = ("0", "1")


class Post:
    """A carrier that takes everything and keeps which mailbox got which mail."""

    safe = True

    def __init__(self) -> None:
        self.taken: list[tuple[str, str]] = []

    def deliver(self, parcel: Parcel, sending: Sending) -> Outcome:
        self.taken.append((mailbox_of(parcel.reader.address), parcel.message.step))
        sending()
        return ACCEPTED

    def close(self) -> None:
        """Nothing is open."""


def send(database: Database, folder: Path, now: Instant = NOW) -> tuple[list[tuple[str, str]], list[Any]]:
    post = Post()
    done = deliver(database, RULESET, SHIPPED, told.settings(folder), now, carrier=post, clock=lambda: now).as_dict()
    undelivered: Any = done["undelivered"]
    return post.taken, [one["reason"] for one in undelivered]


def owe(database: Database, contact: str, step: str = "0") -> None:
    subject = f"contact/{contact}"
    decision = f"seq/cold|{subject}|1|{step}"
    with database.begin() as conn:
        key = f"{decision}|nurture_mail|{subject}"
        if conn.execute(select(messages.c.id).where(messages.c.key == key)).first() is None:
            add_message(conn, subject, key=key, decision=decision, template="nurture_mail", subject=subject)


def take(database: Database, *rows: dict[str, Any]) -> None:
    with database.begin() as conn:
        upsert(conn, "contact", rows, NOW, "import a.csv")


def test_two_records_of_one_address_get_each_mail_once(database: Database, tmp_path: Path) -> None:
    take(database, {"id": "1", "email": "jan@x.example"}, {"id": "2", "email": "JAN@X.example "})
    for contact in ("1", "2"):
        for step in STEPS:
            owe(database, contact, step)
    taken, why = send(database, tmp_path)
    assert sorted(taken) == [("jan@x.example", "0"), ("jan@x.example", "1")]
    assert why == ["contact/2 has an address that was given this mail already"]


def test_a_mail_that_is_tried_again_is_no_second_one(database: Database, tmp_path: Path) -> None:
    take(database, {"id": "1", "email": "jan@x.example"})
    owe(database, "1")
    assert send(database, tmp_path)[0] == [("jan@x.example", "0")]
    with database.begin() as conn:
        conn.execute(messages.update().values(state="failed", not_before=0))
    assert send(database, tmp_path)[0] == [("jan@x.example", "0")]


@pytest.mark.parametrize("flag", ["objected_at", "unsubscribed_at", "bounced_at"])
def test_the_list_is_asked_last_whatever_the_record_says(database: Database, tmp_path: Path, flag: str) -> None:
    """Even where a record was written past everything that keeps it in step with the list."""
    take(database, {"id": "1", "email": "jan@x.example", "consent": True})
    owe(database, "1")
    with database.begin() as conn:
        suppress(conn, "Jan@X.example", flag, NOW, "inbox", NOW)
        conn.execute(text(f"UPDATE contacts SET {flag} = NULL"))
    taken, [why] = send(database, tmp_path)
    assert taken == [] and why.startswith("contact/1 ")


def test_mail_to_a_record_that_was_merged_away_asks_the_kept_one(database: Database, tmp_path: Path) -> None:
    take(database, {"id": "1", "email": "jan@x.example"}, {"id": "2", "email": "jan@home.example"})
    owe(database, "2")
    with database.begin() as conn:
        merge(conn, "contact", "1", "2", "ines", NOW)
        write(conn, "1", Said.OBJECTED, "telephone", "person ines", NOW)
    assert send(database, tmp_path) == ([], ["contact/1 has objected"])


class Step(NamedTuple):
    """Something that happens, to which records or in which way."""

    what: str
    record: str = "1"
    other: str = "2"
    who: str = "jan"
    spelled: int = 0


_records = st.sampled_from(RECORDS)
_steps = st.builds(
    Step,
    st.sampled_from(("import", "yes", "merge", "unmerge", "withdraw", "object", "link", "came_back", "owe", "send")),
    _records,
    _records,
    st.sampled_from(sorted(ADDRESSES)),
    st.integers(0, 2),
)


class Life:
    """The database, and beside it a plain oracle: which mailboxes said no last, and what each was sent."""

    def __init__(self, database: Database, folder: Path) -> None:
        self.database, self.folder, self.now = database, folder, NOW
        self.no: set[str] = set()
        self.sent: list[tuple[str, str]] = []

    def do(self, step: Step) -> None:
        self.now += HOUR
        if step.what == "send":
            taken, _ = send(self.database, self.folder, self.now)
            refused = [one for one in taken if one[0] in self.no]
            assert refused == [], (refused, self.no)
            self.sent += taken
            assert len(self.sent) == len(set(self.sent)), self.sent
        elif step.what == "owe":
            owe(self.database, step.record, STEPS[step.spelled % 2])
        else:
            getattr(self, f"_{step.what}")(step)

    def _import(self, step: Step) -> None:
        spellings = ADDRESSES[step.who]
        row = {
            "id": step.record,
            "email": spellings[step.spelled % len(spellings)],
            "consent": step.spelled == 0 or None,
        }
        with self.database.begin() as conn:
            upsert(conn, "contact", [row, {**row, "unsubscribed_at": None}], self.now, "import a.csv")

    def _yes(self, step: Step) -> None:
        mailbox = self._mailbox(step.record)
        if mailbox is not None:
            with self.database.begin() as conn:
                write(conn, step.record, Said.GIVEN, "telephone", "person ines", self.now)
            self.no.discard(mailbox)

    def _withdraw(self, step: Step) -> None:
        self._says(step, lambda conn: write(conn, step.record, Said.WITHDRAWN, "mail", "person ines", self.now))

    def _object(self, step: Step) -> None:
        self._says(step, lambda conn: write(conn, step.record, Said.OBJECTED, "mail", "person ines", self.now))

    def _link(self, step: Step) -> None:
        self._says(step, lambda conn: by_hand.unsubscribe(conn, f"contact/{step.record}", self.now))

    def _came_back(self, step: Step) -> None:
        with self.database.begin() as conn:
            suppress(conn, ADDRESSES[step.who][0], "bounced_at", self.now, "inbox", self.now)

    def _says(self, step: Step, way: Any) -> None:
        mailbox = self._mailbox(step.record)
        if mailbox is not None:
            with self.database.begin() as conn:
                way(conn)
            self.no.add(mailbox)

    def _merge(self, step: Step) -> None:
        try:
            with self.database.begin() as conn:
                merge(conn, "contact", step.record, step.other, "ines", self.now)
        except (CannotMerge, UnknownSubject):
            return

    def _unmerge(self, step: Step) -> None:
        with self.database.read() as conn:
            numbers = [one.id for one in every(conn)]
        try:
            with self.database.begin() as conn:
                undo(conn, numbers[-1 - step.spelled % len(numbers)] if numbers else 0, "ines", self.now)
        except CannotUndo:
            return

    def _mailbox(self, record: str) -> str | None:
        with self.database.read() as conn:
            email = conn.execute(select(contacts.c.email).where(contacts.c.id == record)).scalar()
        return mailbox_of(email) if email else None


def emptied(database: Database) -> Database:
    with database.begin() as conn:
        for table in reversed(metadata.sorted_tables):
            if table.name != "address_keys":
                conn.execute(delete(table))
    return database


def interleaved(database: Database, folder: Path, steps: list[Step]) -> None:
    life = Life(emptied(database), folder)
    for number, who in enumerate(("jan", "jan", "piet", "an"), start=1):
        life.do(Step("import", str(number), who=who, spelled=number % 3))
    for step in steps:
        life.do(step)
    life.do(Step("send"))
    if not {one.what for one in steps} & {"withdraw", "object", "link", "came_back", "import", "merge"}:
        owed = {(life._mailbox(one.record), STEPS[one.spelled % 2]) for one in steps if one.what == "owe"}
        assert set(life.sent) == owed, "nobody said no, so all of it goes"


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_steps, min_size=4, max_size=16))
def test_no_mail_after_a_no_and_none_twice(sqlite_database: Database, tmp_path: Path, steps: list[Step]) -> None:
    interleaved(sqlite_database, tmp_path, steps)


@pytest.mark.slow
@settings(max_examples=1_500, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(_steps, min_size=8, max_size=40))
def test_no_mail_after_a_no_and_none_twice_at_length(
    sqlite_database: Database, tmp_path: Path, steps: list[Step]
) -> None:
    interleaved(sqlite_database, tmp_path, steps)
