"""The requests that came in last, each with its contact and account: what simulations take as an example."""

from sqlalchemy import Connection

from leadrelay.leads.fields import Value
from leadrelay.store.intake_writes import stored_of
from leadrelay.store.raw import Statement

_LATEST = Statement("SELECT id FROM requests ORDER BY received_at DESC, id DESC LIMIT :number")


def latest_requests(conn: Connection, number: int) -> list[dict[str, dict[str, Value]]]:
    """At most so many, the oldest of them first: the stored fields of request, contact and account by name."""
    ids = [row[0] for row in reversed(_LATEST.rows(conn, number=number))]
    requests = stored_of(conn, "request", set(ids))
    linked = {
        kind: stored_of(conn, kind, {str(one[kind]) for one in requests.values() if one[kind]})
        for kind in ("contact", "account")
    }
    return [
        {"request": requests[one], **{kind: found.get(str(requests[one][kind]), {}) for kind, found in linked.items()}}
        for one in ids
    ]
