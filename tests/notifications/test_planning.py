"""Planning through the tables: what is held, merged, dropped or followed up, on both databases, and then delivered."""

import email
import email.policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from leadrelay.clock import HOUR, MINUTE
from leadrelay.duration import Duration
from leadrelay.leads.effects import Episode
from leadrelay.leads.team import Person, Team
from leadrelay.messages.policy import (
    Again,
    Cap,
    Digest,
    Inhibition,
    Match,
    Policy,
    Quiet,
    Route,
    Silence,
    Unheard,
)
from leadrelay.messages.times import parse_quiet
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import acts, episodes
from leadrelay.store.database import Database
from leadrelay.store.schema import messages, requests
from notifications.delivery import deliver
from notifications.outbox import first_ready
from tests.notifications.world import NOW, RULESET, SHIPPED, add_message, fill, settings

NOBODY: frozenset[str] = frozenset()
TEAM = Team(
    {
        **RULESET.team.people,
        "gea": Person("gea", "Gea", "gea@example.com", roles=("director",)),
    }
)
CAP = Cap(NOBODY, 2, Duration(1, "hour"))
AFTERNOON = Digest(NOBODY, (960,))
SIX_HOURS = NOW + 6 * HOUR + 47 * MINUTE


def ruleset(**parts: Any) -> Ruleset:
    return Ruleset(RULESET.rulebooks, TEAM, messages=Policy(**parts))


def run(database: Database, folder: Path, rules: Ruleset, now: int = NOW, **more: Any) -> dict[str, Any]:
    return deliver(database, rules, SHIPPED, settings(folder), now, clock=lambda: now, **more).as_dict()


def rows(database: Database) -> list[tuple[str, str, str | None]]:
    """(to, state, what the planner did) of everything that rules wrote and what followed on it, in order."""
    with database.read() as conn:
        wanted = select(messages.c.to, messages.c.state, messages.c.planned).where(messages.c.carries == 0)
        return [(row[0], row[1], row[2]) for row in conn.execute(wanted.order_by(messages.c.id))]


def mails(folder: Path) -> list[EmailMessage]:
    files = sorted((folder / "var/mail").glob("*.eml"))
    return [email.message_from_bytes(file.read_bytes(), policy=email.policy.default) for file in files]  # type: ignore[misc]


def test_a_digest_is_held_and_goes_as_one_mail_with_everything_in_it(database: Database, tmp_path: Path):
    rules = ruleset(digests=(AFTERNOON,))
    fill(database, "an", "an", urgency="digest")
    fill(database, "an")
    done = run(database, tmp_path, rules)
    assert (done["sent"], done["held"]) == (1, 2)
    held = ("an", "held", "digest until 2026-11-20 16:00")
    assert rows(database) == [held, held, ("an", "sent", None)]
    with database.read() as conn:
        assert first_ready(conn, NOW) == SIX_HOURS
    assert run(database, tmp_path, rules, SIX_HOURS - 1)["sent"] == 0
    done = run(database, tmp_path, rules, SIX_HOURS)
    assert (done["sent"], done["held"], done["pending"]) == (1, 0, 0)
    told = ("an", "sent", "digest of 2026-11-20 16:00 with 1 more")
    assert rows(database) == [told, told, ("an", "sent", None)]
    _, digest = mails(tmp_path)
    assert digest["Subject"] == "Je overzicht: 2 berichten, het eerste over De Vries & Zn <BV>"
    text, page = (part.get_content() for part in digest.iter_parts())
    assert text.count("(in het overzicht, request/42)") == 2 and text.count("A top customer wants to talk.") == 2
    assert page.count("<li") == 2 and "De Vries &amp; Zn &lt;BV&gt;" in page
    assert run(database, tmp_path, rules, SIX_HOURS + HOUR)["sent"] == 0
    assert len({mail["Message-ID"] for mail in mails(tmp_path)}) == 2


def test_quiet_hours_hold_and_a_cap_rolls_up(database: Database, tmp_path: Path):
    night = Quiet(NOBODY, parse_quiet({"monday-sunday": "19:00-10:00"}), bypass=frozenset(("nudge",)))
    rules = ruleset(quiet=(night,), caps=(CAP,))
    fill(database, *["an"] * 5)
    fill(database, "an", template="nudge")
    done = run(database, tmp_path, rules)
    assert (done["sent"], done["held"]) == (1, 5)
    assert rows(database)[0] == ("an", "held", "quiet hours until 2026-11-20 10:00")
    at_ten = NOW + 47 * MINUTE
    done = run(database, tmp_path, rules, at_ten)
    assert {row[2] for row in rows(database)[:5]} == {"roll-up of 2026-11-20 10:00 with 4 more"}
    assert len(mails(tmp_path)) == 2
    assert done["sent"] == 1


def test_silenced_inhibited_and_outdated_messages_say_so(database: Database, tmp_path: Path):
    silence = Silence(Match(template=frozenset(("assigned",))), NOW + HOUR, "she knows")
    inhibition = Inhibition(frozenset(("escalated",)), frozenset(("nudge",)))
    rules = ruleset(silences=(silence,), inhibitions=(inhibition,))
    fill(database, "an", template="escalated")
    assert run(database, tmp_path, rules)["sent"] == 1
    fill(database, "an", template="assigned")
    fill(database, "an", template="nudge")
    done = run(database, tmp_path, rules, NOW + MINUTE)
    assert done["sent"] == 0
    assert rows(database)[1:] == [
        ("an", "suppressed", "silenced: she knows"),
        ("an", "suppressed", "inhibited: escalated to an about request/42"),
    ]


def test_what_is_merged_is_looked_at_again_before_it_goes(database: Database, tmp_path: Path):
    rules = ruleset(digests=(AFTERNOON,))
    fill(database, *["an"] * 3, urgency="digest")
    run(database, tmp_path, rules)
    with database.begin() as conn:
        episode = Episode("key-account", "request/42", 1, NOW, ended_at=NOW + HOUR)
        episodes.begin(conn, [episode])
        conn.execute(update(messages).where(messages.c.id == 2).values(decision="key-account|request/42|1|1"))
    run(database, tmp_path, rules, SIX_HOURS)
    assert [state for _, state, _ in rows(database)] == ["sent", "suppressed", "sent"]
    assert rows(database)[1][2] == "no longer true"
    assert mails(tmp_path)[-1]["Subject"].startswith("Je overzicht: 2 berichten")


UNHEARD = Route("all", escalate=Unheard(Duration(1, "hour"), ("director",), "escalated"))


@pytest.mark.parametrize("reaction", ["none", "touched", "closed", "act"])
def test_nobody_reacts_and_somebody_else_is_told(database: Database, tmp_path: Path, reaction: str):
    rules = ruleset(routes=(UNHEARD,))
    fill(database, "an")
    run(database, tmp_path, rules)
    with database.begin() as conn:
        if reaction == "act":
            acts.claim(conn, "link", NOW + MINUTE, "an", "take", "request/42")
        elif reaction != "none":
            column = {"touched": "last_touched_at", "closed": "closed_at"}[reaction]
            conn.execute(update(requests).values({column: NOW + MINUTE}))
        assert first_ready(conn, NOW) == NOW + HOUR
    run(database, tmp_path, rules, NOW + HOUR)
    told = [("gea", "sent", None)] if reaction == "none" else []
    assert rows(database) == [("an", "sent", None), *told]
    run(database, tmp_path, rules, NOW + 5 * HOUR)
    assert len(rows(database)) == 1 + len(told)
    if told:
        with database.read() as conn:
            row = conn.execute(select(messages).where(messages.c.to == "gea")).mappings().one()
        assert row["reason"].startswith("nobody reacted to what an was told; routing/key-account")
        assert (row["template"], row["urgency"], row["language"]) == ("escalated", "now", "nl")
        assert row["follows"] == "key-account|request/42|0|0|key_account|an"


def test_what_nobody_acknowledges_is_told_again_in_one_mail(database: Database, tmp_path: Path):
    rules = ruleset(routes=(Route("all", by=("template",), repeat=Again(Duration(1, "hour"), 1)),))
    fill(database, "an", "an")
    for hours in range(4):
        run(database, tmp_path, rules, NOW + hours * HOUR)
    assert [mail["Subject"][:21] for mail in mails(tmp_path)] == ["2 berichten ineens, h"] * 2
    assert [row[1] for row in rows(database)] == ["sent"] * 4


def test_it_is_told_again_as_often_as_the_route_says(database: Database, tmp_path: Path):
    fill(database, "an")
    rules = ruleset(routes=(Route("all", repeat=Again(Duration(1, "hour"), 3)),))
    sent = [run(database, tmp_path, rules, NOW + hours * HOUR)["sent"] for hours in range(6)]
    assert sent == [1, 1, 1, 1, 0, 0]


def test_a_snoozed_message_waits_and_others_about_it_do_not_wake_it(database: Database, tmp_path: Path):
    rules = ruleset(caps=(CAP,))
    fill(database, "an")
    with database.begin() as conn:
        acts.snooze(conn, "an", "request/42", NOW + HOUR)
    run(database, tmp_path, rules)
    fill(database, "an", template="nudge", subject="contact/3")
    run(database, tmp_path, rules, NOW + MINUTE)
    assert rows(database) == [("an", "held", "snoozed until 2026-11-20 10:13"), ("an", "sent", None)]
    run(database, tmp_path, rules, NOW + HOUR)
    assert [row[1] for row in rows(database)] == ["sent", "sent"]


def test_a_mail_that_fails_keeps_its_messages_and_goes_again_as_the_same_mail(database: Database, tmp_path: Path):
    rules = ruleset(digests=(AFTERNOON,))
    fill(database, "an", "an", urgency="digest")
    run(database, tmp_path, rules)
    (tmp_path / "var").mkdir(exist_ok=True)
    (tmp_path / "var/mail").write_text("in the way")
    done = run(database, tmp_path, rules, SIX_HOURS)
    assert (done["failed"], done["held"]) == (1, 2)
    (tmp_path / "var/mail").unlink()
    fill(database, "an", urgency="digest", at=SIX_HOURS + MINUTE)  # too late for this one
    assert run(database, tmp_path, rules, SIX_HOURS + HOUR)["sent"] == 1
    assert [state for _, state, _ in rows(database)] == ["sent", "sent", "held"]
    assert len(mails(tmp_path)) == 1


@pytest.mark.parametrize(("to", "state"), [("cor", "dead"), ("dirk", "suppressed")])
def test_a_mail_to_whom_it_cannot_go_takes_its_messages_with_it(
    database: Database, tmp_path: Path, to: str, state: str
):
    fill(database, to, to, urgency="digest")
    run(database, tmp_path, ruleset(digests=(Digest(NOBODY, (553,)),)))  # 09:13
    assert [row[1] for row in rows(database)] == [state, state]


def test_without_the_policy_what_it_held_goes(database: Database, tmp_path: Path):
    fill(database, "an", urgency="digest")
    assert run(database, tmp_path, ruleset(digests=(AFTERNOON,)))["held"] == 1
    assert run(database, tmp_path, RULESET, NOW + MINUTE)["sent"] == 1


def test_a_message_that_comes_after_the_plan_waits_for_the_next(sqlite_database: Database, tmp_path: Path):
    rules = ruleset(digests=(AFTERNOON,))
    fill(sqlite_database, "an")

    def one_more() -> bool:
        with sqlite_database.begin() as conn:
            add_message(conn, "an", urgency="digest")
        return True

    run(sqlite_database, tmp_path, rules, go_on=one_more)
    assert [row[1] for row in rows(sqlite_database)] == ["sent", "pending"]
    assert run(sqlite_database, tmp_path, rules)["held"] == 1


def test_a_thousand_messages_are_a_handful_of_mails(sqlite_database: Database, tmp_path: Path):
    rules = ruleset(caps=(Cap(NOBODY, 6, Duration(1, "hour"), bypass=frozenset(("key_account",))),))
    with sqlite_database.begin() as conn:
        fill_many = [
            {
                "key": f"r|request/{number}|1|0|new_request|an",
                "at": NOW,
                "to": "an",
                "language": "nl",
                "template": "new_request",
                "subject": f"request/{number}",
                "urgency": "now",
                "reason": "why",
                "decision": f"gone|request/{number}|1|0",
            }
            for number in range(1000)
        ]
        conn.execute(insert(requests), [{"id": str(number), "status": "open"} for number in range(1000)])
        conn.execute(insert(messages), fill_many)
    fill(sqlite_database, "an")
    run(sqlite_database, tmp_path, rules)
    assert sorted(mail["X-Leadrelay-Template"] for mail in mails(tmp_path)) == ["key_account", "rollup"]
    (rollup,) = (mail for mail in mails(tmp_path) if mail["X-Leadrelay-Template"] == "rollup")
    text, _ = (part.get_content() for part in rollup.iter_parts())
    assert "+ 800 meer" in text
    assert {row[1] for row in rows(sqlite_database)} == {"sent"}
