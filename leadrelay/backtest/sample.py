"""A sample of a company: some of its accounts at random, each with everybody and everything that belongs to it."""

from random import Random

from sqlalchemy import Connection

from leadrelay.backtest.telling import Keep
from leadrelay.store.raw import Statement

SEED = 2026
_CONTACTS = Statement("SELECT id, account FROM contacts")
_SUBJECTS = {
    kind: Statement(f"SELECT id, account, contact FROM {table}")
    for kind, table in (("request", "requests"), ("opportunity", "opportunities"))
}
_ACCOUNTS = Statement("SELECT id FROM accounts")


def sampled(conn: Connection, number: int, seed: int = SEED) -> Keep:
    """Whether a subject is in a sample of that many accounts; who has no account counts as one. The same seed gives the
    same sample."""
    home = {f"account/{row[0]}": f"account/{row[0]}" for row in _ACCOUNTS.rows(conn)}
    for name, account in _CONTACTS.rows(conn):
        home[f"contact/{name}"] = f"account/{account}" if account is not None else f"contact/{name}"
    for kind, statement in _SUBJECTS.items():
        for name, account, contact in statement.rows(conn):
            asker = home.get(f"contact/{contact}", f"{kind}/{name}")
            home[f"{kind}/{name}"] = f"account/{account}" if account is not None else asker
    homes = sorted(set(home.values()))
    chosen = set(Random(seed).sample(homes, min(number, len(homes))))
    return lambda subject: home.get(subject, subject) in chosen
