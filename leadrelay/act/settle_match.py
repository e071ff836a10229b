"""A person settles who asks: the request is of a known account, or of a new one."""

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.errors import NoDoubt, UnknownSubject
from leadrelay.leads.fields import Value
from leadrelay.store import matches
from leadrelay.store.intake_writes import stored_of, upsert
from leadrelay.store.matches import Match
from leadrelay.store.raw import Statement

NEW = "new"
_OTHERS = Statement(
    "SELECT 1 FROM requests WHERE contact = :contact AND id <> :request"
    " UNION ALL SELECT 1 FROM opportunities WHERE contact = :contact LIMIT 1"
)


def settle(conn: Connection, request: str, account: str | None, person: str, now: Instant) -> str | None:
    """Settles the doubt about a request, by its id: it is of this account, or (None) of a new one, made of what the
    request said of its company. Returns the account's id, None when it said nothing.

    `request.match` becomes same or new, and a triage that was in doubt is done anew. Raises UnknownSubject, NoDoubt."""
    subject, cause = f"request/{request}", f"person {person}"
    values = stored_of(conn, "request", {request}).get(request)
    if values is None:
        raise UnknownSubject(subject=subject)
    match = matches.of(conn, request)
    if match is None or match.answer != "doubt":
        raise NoDoubt(subject=subject, why="how it was matched left none")
    if account is not None and account not in stored_of(conn, "account", {account}):
        raise UnknownSubject(subject=f"account/{account}")
    what = f"account/{account}" if account is not None else NEW
    if not matches.settle(conn, request, what, person, now):
        raise NoDoubt(subject=subject, why=f"{match.settled_by} has settled it as {match.settled_as}")
    if account is None:
        account = _new_account(conn, match, now, cause)
    _move_contact(conn, values, account, now, cause)
    changed: dict[str, Value] = {"match": "same" if what != NEW else NEW, "account": account}
    if values.get("triage") == "doubt":
        changed["triage"] = None
    upsert(conn, "request", [{"id": request, **changed}], now, cause)
    return account


def _new_account(conn: Connection, match: Match, now: Instant, cause: str) -> str | None:
    given = {name: value for name, value in match.given.items() if not name.startswith("contact.")}
    if not given.get("name") and not given.get("domain"):
        return None
    key = f"a-request-{match.request}"
    upsert(conn, "account", [{**given, "id": key}], now, cause)
    return key


def _move_contact(conn: Connection, request: dict[str, Value], account: str | None, now: Instant, cause: str) -> None:
    """A contact that came with the doubtful request, and has nothing else, goes with it."""
    key, before = request.get("contact"), request.get("account")
    contact = stored_of(conn, "contact", {str(key)}).get(str(key)) if key else None
    if contact is None or contact.get("account") not in (None, before):
        return
    if contact.get("account") is None or not _OTHERS.rows(conn, contact=str(key), request=str(request["id"])):
        upsert(conn, "contact", [{"id": str(key), "account": account}], now, cause)
