"""Taking note: a person says 'I know', and the open episodes of a subject climb and repeat no further."""

from sqlalchemy import Connection

from leadrelay.act.person import named
from leadrelay.clock import Instant
from leadrelay.errors import UnknownRule, UnknownSubject
from leadrelay.rulebook.model import Ruleset
from leadrelay.store import agenda, episodes, history
from leadrelay.store.database import Database
from leadrelay.store.history import Entry
from leadrelay.store.raw import Statement
from leadrelay.store.schema import TABLES

FIELD = "acknowledged"
"""What history calls it; its value is the rules that it stopped."""
_EXISTS = {kind: Statement(f"SELECT 1 FROM {table.name} WHERE id = :id") for kind, table in TABLES.items()}


def acknowledge(
    database: Database, ruleset: Ruleset, kind: str, name: str, person: str, now: Instant, rule: str | None = None
) -> list[str]:
    """Acknowledges every open episode of a subject, or that of one rule (by its id); it ends none of them.

    Returns the keys of the rules that it stopped, also in history, by 'person ID'. What was acknowledged before stays
    with whoever did it. Raises UnknownSubject, UnknownPerson, UnknownRule."""
    subject = f"{kind}/{name}"
    key = _key_of(ruleset, rule) if rule else ""
    with database.begin() as conn:
        if not _EXISTS[kind].rows(conn, id=name):
            raise UnknownSubject(subject=subject)
        named(conn, ruleset.team, person)
        return take_note(conn, kind, name, person, now, key)


def take_note(conn: Connection, kind: str, name: str, person: str, now: Instant, key: str = "") -> list[str]:
    """The same inside of a unit of work, for somebody and something that are known to exist; `key`: of one rule."""
    subject = f"{kind}/{name}"
    stopped = episodes.acknowledge(conn, subject, person, now, key)
    if stopped:
        history.append(conn, now, [Entry(subject, FIELD, None, tuple(stopped), f"person {person}")])
        agenda.touch(conn, kind, [name], now)  # what it waited for is not coming any more
    return stopped


def _key_of(ruleset: Ruleset, name: str) -> str:
    for _, rule in ruleset.rules():
        if name in (rule.key, rule.id):
            return rule.key
    raise UnknownRule(rule=name, hint=" 'leadrelay due SUBJECT' shows the rules that wait for something.")
