"""Which of the rules of an explanation act on nobody now: stopped by a person, or held by their limit."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from leadrelay.clock import iso
from leadrelay.rulebook.explain import Explanation
from leadrelay.rulebook.model import OTHERWISE
from leadrelay.store import halts

_MODES = {halts.STOPPED: "stopped", halts.LIMIT: "held"}
_LET_GO = {halts.STOPPED: "start", halts.LIMIT: "release"}


def mark_halted(conn: Connection, books: Iterable[Explanation], zone: ZoneInfo) -> list[dict[str, object]]:
    """Gives the explained rules that act on nobody the mode 'stopped' or 'held', and lists them with since when and
    why; times as ISO 8601."""
    halted = halts.limited(conn) | halts.stopped(conn)
    found: list[dict[str, object]] = []
    for book in books:
        for rule in book["rules"]:
            key = f"{book['rulebook']}/{OTHERWISE}" if rule["id"] == OTHERWISE else rule["id"]
            if (halt := halted.get(key)) is not None:
                rule["mode"] = _MODES[halt.what]
                reason = halt.reason or halts.BY_OPS
                found.append({"rule": key, "why": halt.what, "since": iso(halt.at, zone), "reason": reason})
    return found


def as_lines(halted: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """The same as text: a line for each."""
    for one in halted:
        mode, verb = _MODES[one["why"]], _LET_GO[one["why"]]
        yield f"{one['rule']} is {mode} since {one['since']} and does nothing: {one['reason']} (leadrelay rules {verb})"
