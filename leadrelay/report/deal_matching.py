"""Which running deal a request was found to be about, in words and as a document."""

from collections.abc import Mapping
from typing import Any
from zoneinfo import ZoneInfo

from leadrelay.clock import iso
from leadrelay.store.deal_matches import DealMatch

_THROUGH = {
    "person": "the asker's, with another company",
    "account": "of the asker's company",
    "parent": "of a parent company",
}


def as_dict(match: DealMatch, zone: ZoneInfo) -> dict[str, Any]:
    """How the deal was found as JSON shows it, with the evidence for each that was considered."""
    return {
        "request": f"request/{match.request}",
        "since": iso(match.at, zone),
        "answer": match.answer,
        "deal": f"opportunity/{match.deal}" if match.deal else None,
        "candidates": [
            {
                "deal": f"opportunity/{one.deal}",
                "through": one.through,
                "seller": one.owner,
                "fits": one.fits,
                "evidence": [dict(zip(("kind", "text"), item, strict=True)) for item in one.evidence],
            }
            for one in match.weighed
        ],
        "settled": {"at": iso(match.settled_at, zone), "by": match.settled_by, "as": match.settled_as}
        if match.settled_at is not None
        else None,
    }


def as_lines(document: Mapping[str, Any]) -> list[str]:
    """What `as_dict` made, in lines for people."""
    lines = [f"deal of {document['request']}: {document['answer']}{' ' + document['deal'] if document['deal'] else ''}"]
    for one in document["candidates"]:
        evidence = "; ".join(item["text"] for item in one["evidence"]) or "nothing points at it"
        seller = f", of {one['seller']}" if one["seller"] else ""
        lines.append(f"  {one['deal']}{seller} ({_THROUGH[one['through']]}): {evidence}")
    if settled := document["settled"]:
        lines.append(f"  settled by {settled['by']} at {settled['at']}: {settled['as']}")
    return lines
