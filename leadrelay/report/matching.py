"""How a request was matched to its account, in words and as a document."""

from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from leadrelay.clock import iso
from leadrelay.store.matches import Match
from leadrelay.store.raw import Statement, listed

_NAMES = Statement("SELECT id, name FROM accounts WHERE id IN LISTED(:ids) AND name IS NOT NULL")


def names_of(conn: Connection, some: Iterable[Match]) -> dict[str, str]:
    """The names of the accounts that were considered, by id."""
    ids = {one.account for match in some for one in match.candidates}
    return dict(_NAMES.rows(conn, ids=listed(sorted(ids)))) if ids else {}


def as_dict(match: Match, names: Mapping[str, str], zone: ZoneInfo) -> dict[str, Any]:
    """A match as JSON shows it, with the evidence of each candidate."""
    return {
        "request": f"request/{match.request}",
        "since": iso(match.at, zone),
        "answer": match.answer,
        "account": f"account/{match.account}" if match.account else None,
        "given": match.given,
        "candidates": [
            {
                "account": f"account/{one.account}",
                "name": names.get(one.account),
                "answer": one.answer,
                "score": one.score,
                "evidence": [dict(zip(("kind", "weight", "text"), item, strict=True)) for item in one.evidence],
            }
            for one in match.candidates
        ],
        "settled": {"at": iso(match.settled_at, zone), "by": match.settled_by, "as": match.settled_as}
        if match.settled_at is not None
        else None,
    }


def as_lines(document: Mapping[str, Any]) -> list[str]:
    """What `as_dict` made, in lines for people."""
    said = ", ".join(f"{name} {value}" for name, value in document["given"].items()) or "nothing of its company"
    lines = [f"account of {document['request']}: {document['answer']}; it says {said}"]
    for one in document["candidates"]:
        evidence = "; ".join(item["text"] for item in one["evidence"])
        name = f" {one['name']}" if one["name"] else ""
        lines.append(f"  {one['account']}{name}: {one['answer']} ({one['score']:.2f}): {evidence}")
    if settled := document["settled"]:
        lines.append(f"  settled by {settled['by']} at {settled['at']}: {settled['as']}")
    return lines
