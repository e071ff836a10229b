"""What the tests of messages share: a project's settings, a team, subjects and messages in a database."""

from collections.abc import Mapping
from pathlib import Path

from sqlalchemy import Connection, insert, select

from leadrelay.clock import parse_time
from leadrelay.leads.team import Person, Team
from leadrelay.rulebook.model import Notify, Rule, Rulebook, Ruleset
from leadrelay.settings_model import Settings
from leadrelay.store import addresses
from leadrelay.store.database import Database
from leadrelay.store.schema import accounts, contacts, messages, requests
from leadrelay.zone import zone_of

ROOT = Path(__file__).parents[2]
SHIPPED = {str(path.relative_to(ROOT)): path.read_text("utf-8") for path in (ROOT / "templates").rglob("*.j2")}
NAMES = sorted(Path(path).stem for path in SHIPPED if path.startswith("templates/en/"))
NOW = parse_time("2026-11-20 09:13", zone_of("Europe/Amsterdam"))
TEAM = Team(
    {
        person.id: person
        for person in (
            Person("an", "An Peeters", "an@example.com", language="nl"),
            Person("bram", "Bram Øst", "bram@exämple.com"),
            Person("cor", "Cor de Jong", ""),
            Person("dirk", "Dirk", "dirk@example.com", active=False),
            Person("evi", "Evi", "evi@example.com\r\nBcc: all@example.com"),
        )
    }
)
RULE = Rule("key-account", "key-account", then=(Notify(("an",), "key_account"),), about="A top customer wants to talk.")
RULESET = Ruleset((Rulebook("routing", "request", "route", rules=(RULE,)),), TEAM)


def settings(folder: Path) -> Settings:
    """Settings of a company that writes to `folder`/var/mail."""
    written: Mapping[str, object] = {
        "company": {"name": "Werkplaats BV", "language": "nl"},
        "mail": {"from": "Verkoop <verkoop@werkplaats.example>"},
    }
    return Settings.of(folder, written)


def fill(database: Database, *to: str, **more: object) -> list[int]:
    """A request with contact and account, and a message about it to each of these; the ids of the messages."""
    with database.begin() as conn:
        _subjects(conn)
        return [add_message(conn, one, **more) for one in to]


def _subjects(conn: Connection) -> None:
    if conn.execute(select(requests.c.id)).first():
        return
    conn.execute(insert(accounts).values(id="1", name="De Vries & Zn <BV>", tier="key"))
    conn.execute(insert(contacts).values(id="3", name="Sanne", email="sanne@devries.example", account="1"))
    addresses.fill(conn, NOW)
    values = {"id": "42", "kind": "renewal", "summary": "Terms\r\nof {{ 7*7 }}", "contact": "3", "account": "1"}
    conn.execute(
        insert(requests).values(**values, received_at=NOW, status="open", owner="an", expected_value=1_250_000)
    )


def add_message(conn: Connection, to: str, **more: object) -> int:
    """One message in the outbox, about request/42."""
    number = len(conn.execute(select(messages.c.id)).all())
    values = {
        "key": f"key-account|request/42|{number}|0|key_account|{to}",
        "at": NOW,
        "to": to,
        "language": "nl",
        "template": "key_account",
        "subject": "request/42",
        "urgency": "now",
        "reason": "routing/key-account: A top customer wants to talk. (account.tier: key)",
        "decision": f"key-account|request/42|{number}|0",
        **more,
    }
    found = conn.execute(insert(messages).values(**values).returning(messages.c.id)).scalar_one()
    return int(found)


def states(database: Database) -> list[tuple[str, str, str | None]]:
    """(to, state, error) of every message, in order."""
    with database.read() as conn:
        rows = conn.execute(select(messages.c.to, messages.c.state, messages.c.error).order_by(messages.c.id))
        return [(row[0], row[1], row[2]) for row in rows]
