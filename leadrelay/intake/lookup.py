"""Who a name may be, and which known accounts are probably the same: questions of people, answered by the index."""

from collections.abc import Collection

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.intake.known import Known, Record, lower, name_key
from leadrelay.intake.match import Candidate, Given, Matcher
from leadrelay.intake.stored import accounts_with, contacts_with, records
from leadrelay.leads.fields import Value
from leadrelay.leads.mailbox import mailbox_of
from leadrelay.matching.keys import phone_key, sought_keys
from leadrelay.matching.phones import same_phone
from leadrelay.matching.policy import MatchPolicy
from leadrelay.matching.score import SAME
from leadrelay.store import match_index, merges
from leadrelay.store.raw import Statement

_SHARED = Statement(
    "SELECT key FROM match_keys WHERE subject LIKE 'account/%' GROUP BY key HAVING count(*) BETWEEN 2 AND :most"
)
_BATCH = 2_000
_TELLING = ("=", "@", "w", "d")
"""The keys that probable duplicates share."""


class Answer(Struct, frozen=True):
    """The accounts that a name may be, best first, and the contacts with that address or telephone number."""

    accounts: list[Candidate]
    contacts: list[Record]


class Double(Struct, frozen=True):
    """Two known accounts that are probably the same; `other` speaks of the evidence."""

    account: Record
    other: Candidate


def find(conn: Connection, given: Given, policy: MatchPolicy, free_mail: Collection[str]) -> Answer:
    """Whom a name, domain, email and phone (any of them) may be of."""
    known = Known()
    matcher = Matcher(known, free_mail, policy)
    name, domain, email, phone = (str(given.get(one) or "") for one in ("name", "domain", "email", "phone"))
    domain = lower(domain) or matcher.company_domain(email)
    filed = match_index.find(conn, sought_keys(name, policy.known_as) if name else ())
    callers = match_index.find(conn, {phone_key(phone)} - {""})
    ids = {one.partition("/")[2] for some in filed.values() for one in some if one.startswith("account/")}
    ids |= accounts_with(conn, {domain} - {""}, {name_key(name)} - {""})
    people = {one.partition("/")[2] for some in callers.values() for one in some}
    people |= contacts_with(conn, {email} - {""})
    known.add_stored("contact", records(conn, "contact", people))
    _read_accounts(conn, known, ids | {key for one in people if (key := _account_of(known, one))})
    contacts = [one for one in known.all_of("contact") if _reached(one, email, phone, policy)]
    tried = matcher.tried({"name": name or None, "domain": domain or None}, known.all_of("account"))
    best = sorted(tried, key=lambda one: (one.verdict.answer != SAME, -one.verdict.score, one.account.id))
    return Answer(best, contacts)


def duplicates(conn: Connection, policy: MatchPolicy, free_mail: Collection[str]) -> list[Double]:
    """Known accounts that are probably the same, by the index: those with names or a domain that say so."""
    keys = [str(key) for (key,) in _SHARED.rows(conn, most=match_index.MOST) if str(key)[0] in _TELLING]
    pairs: set[tuple[str, str]] = set()
    for start in range(0, len(keys), _BATCH):
        for some in match_index.find(conn, keys[start : start + _BATCH]).values():
            ids = sorted(one.partition("/")[2] for one in some)
            pairs.update((one, other) for place, one in enumerate(ids) for other in ids[place + 1 :])
    known = Known()
    matcher = Matcher(known, free_mail, policy)
    _read_accounts(conn, known, {key for pair in pairs for key in pair})
    found: list[Double] = []
    for one, other in sorted(pairs):
        left, right = known.find("account", one), known.find("account", other)
        if left is None or right is None or {f"account/{one}", f"account/{other}"} & known.merged.keys():
            continue
        tried = matcher.tried(left.values, [right])
        found += [Double(left, candidate) for candidate in tried if candidate.verdict.answer == SAME]
    return sorted(found, key=lambda one: -one.other.verdict.score)


def _read_accounts(conn: Connection, known: Known, ids: set[str]) -> None:
    known.merged.update(merges.merged(conn, (f"account/{one}" for one in ids)))
    known.add_stored("account", records(conn, "account", ids | set(known.merged.values())))


def _account_of(known: Known, contact: str) -> str | None:
    record = known.find("contact", contact)
    return record.text("account") if record else None


def _reached(contact: Record, email: str, phone: str, policy: MatchPolicy) -> bool:
    """Whether the address or the telephone number is really the contact's."""
    value: Value = contact.get("email")
    theirs = mailbox_of(value) if isinstance(value, str) else ""
    same_address = bool(email) and theirs == mailbox_of(email)
    return same_address or same_phone(contact.text("phone") or "", phone, policy.country)
