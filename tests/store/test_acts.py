"""Acts by hand are done once by their key; snoozed subjects wait, for their reader alone."""

from sqlalchemy import select

from leadrelay.clock import HOUR
from leadrelay.leads.effects import NewMessage
from leadrelay.store import acts
from leadrelay.store.database import Database
from leadrelay.store.schema import messages
from leadrelay.store.write import add_messages

NOW = 1_800_000_000_000_000


def owed(key: str, to: str = "an", subject: str = "request/42") -> NewMessage:
    return NewMessage(to, "nudge", "en", subject, "now", "why", key, "r|request/42|1|0")


def waits(database: Database) -> dict[str, int]:
    with database.read() as conn:
        return {row[0]: row[1] for row in conn.execute(select(messages.c.key, messages.c.not_before))}


def test_an_act_is_claimed_once_until_it_is_released(database: Database) -> None:
    with database.begin() as conn:
        number = acts.claim(conn, "k", NOW, "an", "take", "request/42")
        assert number is not None
        assert acts.claim(conn, "k", NOW + 1, "bram", "take", "request/42") is None
        assert acts.find(conn, "k") == acts.Act(number, NOW, "an")
        acts.release(conn, "k")
        assert acts.find(conn, "k") is None
        assert acts.claim(conn, "k", NOW + 2, "bram", "take", "request/42") is not None


def test_snoozing_holds_old_and_new_messages_until_it_is_over(database: Database) -> None:
    until = NOW + HOUR
    with database.begin() as conn:
        add_messages(conn, [owed("old"), owed("old other", to="bram"), owed("old else", subject="request/1")], NOW)
        assert acts.snooze(conn, "an", "request/42", until) == 1
        add_messages(conn, [owed("new"), owed("new other", to="bram")], NOW + 1)
        add_messages(conn, [owed("after")], until)
        assert acts.snoozes(conn, NOW) == {("an", "request/42"): until}
        assert acts.snoozes(conn, until) == {}
    held = {"old": until, "new": until}
    assert waits(database) == {
        name: held.get(name, 0) for name in ("old", "old other", "old else", "new", "new other", "after")
    }


def test_a_later_snooze_counts_and_sent_messages_stay(database: Database) -> None:
    with database.begin() as conn:
        add_messages(conn, [owed("one"), owed("sent")], NOW)
        conn.execute(messages.update().where(messages.c.key == "sent").values(state="sent"))
        acts.snooze(conn, "an", "request/42", NOW + HOUR)
        acts.snooze(conn, "an", "request/42", NOW + 2 * HOUR)
        acts.snooze(conn, "an", "request/42", NOW + HOUR)  # shorter: what is held already stays so
        assert acts.snoozes(conn, NOW) == {("an", "request/42"): NOW + HOUR}
    assert waits(database) == {"one": NOW + 2 * HOUR, "sent": 0}
