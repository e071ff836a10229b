"""The running deals that requests may be about: of the asker, of their account, and of every parent above it (M3)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.leads.fields import Value
from leadrelay.matching.deals import ACCOUNT, PARENT, PERSON, Asked, Deal
from leadrelay.store.raw import Statement, listed

_FACTS = "id, account, contact, product, name, owner"
_OF_COMPANIES = Statement(
    f"SELECT {_FACTS} FROM opportunities WHERE closed_at IS NULL AND account IN LISTED(:accounts)"
)
_OF_PEOPLE = Statement(
    f"SELECT {_FACTS} FROM opportunities WHERE closed_at IS NULL AND contact IN LISTED(:contacts) UNION"
    f" SELECT {_FACTS} FROM opportunities WHERE closed_at IS NULL AND id IN (SELECT opportunity FROM opportunity_people"
    " WHERE kind = 'contact' AND role = 'decider' AND member IN LISTED(:contacts))"
)
_DECIDERS = Statement(
    "SELECT opportunity, member FROM opportunity_people WHERE kind = 'contact' AND role = 'decider'"
    " AND opportunity IN LISTED(:deals)"
)
_QUOTES = Statement("SELECT opportunity, id FROM quotes WHERE opportunity IN LISTED(:deals) ORDER BY id")
_ACCOUNTS = Statement("SELECT id, parent, name FROM accounts WHERE id IN LISTED(:accounts)")
Request = Mapping[str, Value]
"""A request's fields by name."""


class _Row(Struct, frozen=True):
    """A running deal as it is stored, with the contacts who ask about it and the numbers of its quotes."""

    id: str
    account: str | None
    product: str | None
    name: str | None
    owner: str | None
    contacts: tuple[str, ...]
    quotes: tuple[int, ...]

    def through(self, way: str) -> Deal:
        """The deal as one that may be meant."""
        return Deal(self.id, way, self.contacts, self.product, self.name, self.owner, self.quotes)


class RunningDeals:
    """The deals around some requests, read at once."""

    def __init__(self, conn: Connection, requests: Iterable[Request]) -> None:
        some = list(requests)
        contacts = {one for request in some if (one := _text(request, "contact")) is not None}
        self._parents: dict[str, str | None] = {}
        self._names: dict[str, str | None] = {}
        self._read_families(conn, {one for request in some if (one := _text(request, "account")) is not None})
        rows = _OF_COMPANIES.rows(conn, accounts=listed(self._parents)) if self._parents else []
        rows += _OF_PEOPLE.rows(conn, contacts=listed(contacts)) if contacts else []
        self._of_account: dict[str | None, list[_Row]] = {}
        self._of_person: dict[str, list[_Row]] = {}
        self._file({row[0]: row for row in rows}, conn)

    def asked_by(self, request: Request) -> tuple[Asked, list[Deal]]:
        """What one of the requests says of the deal that it is about, and every running deal that it may be."""
        contact, account = _text(request, "contact"), _text(request, "account")
        deals: dict[str, Deal] = {}
        for one in self._of_person.get(contact or "", ()):
            deals[one.id] = one.through(PERSON)
        for place, company in enumerate(self._family(account)):
            for one in self._of_account.get(company, ()):
                deals[one.id] = one.through(PARENT if place else ACCOUNT)
        asked = Asked(contact, _text(request, "product"), _text(request, "summary"), self._names.get(account or ""))
        return asked, list(deals.values())

    def _family(self, account: str | None) -> list[str]:
        """The account and every parent above it; a circle of parents ends where it closes."""
        found: list[str] = []
        while account is not None and account not in found:
            found.append(account)
            account = self._parents.get(account)
        return found

    def _read_families(self, conn: Connection, accounts: set[str]) -> None:
        """The accounts and, level by level, all that are above them."""
        left = accounts
        while left:
            self._parents |= dict.fromkeys(left)
            for account, parent, name in _ACCOUNTS.rows(conn, accounts=listed(sorted(left))):
                self._parents[account], self._names[account] = parent, name
            above = {parent for account in left if (parent := self._parents[account]) is not None}
            left = above - self._parents.keys()

    def _file(self, rows: Mapping[str, Sequence[Any]], conn: Connection) -> None:
        if not rows:
            return
        deciders, quotes = (_by_deal(one.rows(conn, deals=listed(rows))) for one in (_DECIDERS, _QUOTES))
        for key, account, primary, product, name, owner in rows.values():
            contacts = tuple(dict.fromkeys(one for one in (primary, *deciders.get(key, ())) if one is not None))
            deal = _Row(key, account, product, name, owner, contacts, tuple(map(int, quotes.get(key, ()))))
            self._of_account.setdefault(account, []).append(deal)
            for contact in contacts:
                self._of_person.setdefault(contact, []).append(deal)


def _by_deal(rows: Iterable[tuple[Any, ...]]) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for deal, what in rows:
        found.setdefault(deal, []).append(what)
    return found


def _text(values: Request, name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) else None
