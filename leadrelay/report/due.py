"""What is coming as a document: rows of plain values with times as ISO 8601, and the same as text for people."""

from collections.abc import Iterable, Mapping
from typing import Any

Row = Mapping[str, Any]

_WILL = {
    "begins": "will come to hold",
    "ends": "will hold no more",
    "step": "does step {step}",
    "repeat": "does {step}",
    "task": "is due",
    "look": "is looked at",
}
_MODES = {
    "shadow": " (shadow: recorded only)",
    "held": " (held: it acts on nobody until it is released)",
    "stopped": " (stopped: it acts on nobody until it is started)",
}


def as_text(document: Mapping[str, Any]) -> str:
    """The document of `due --json` as a person reads it."""
    lines = [_headline(document)]
    for row in document["due"]:
        lines += _entry(row, named="subject" not in document)
    return "\n".join(lines)


def _headline(document: Mapping[str, Any]) -> str:
    if "subject" in document:
        coming = "this is coming if no field changes" if document["due"] else "nothing is coming by itself"
        return f"{document['subject']} at {_short(document['now'])}: {coming}"
    waiting = [f"{count} for {flow}" for flow, count in document["due_now"].items() if count]
    if not document["due"]:
        return f"At {_short(document['now'])} nothing is due, now or later."
    return f"At {_short(document['now'])}; due now: {', '.join(waiting) or 'nothing'}. What comes next:"


def _entry(row: Row, named: bool) -> Iterable[str]:
    """A line that says what happens when, and one with the arithmetic."""
    about = f"{row['subject']}  " if named else ""
    yield f"\n{_short(row['at'])}  {about}{_what(row)}{_MODES.get(row['mode'], '')}{_place(row)}"
    yield f"    {row['arithmetic']}"


def _what(row: Row) -> str:
    will = _WILL[row["what"]].format(step=row["step"])
    if row["what"] == "task":
        return "a task is overdue" if row["overdue"] else f"a task {will}"
    return f"{row['rulebook']}/{row['rule']} {will}" if row["rule"] else f"{row['flow']}: it {will}"


def _place(row: Row) -> str:
    return f"  [{row['file']}:{row['line']}]" if row["file"] else ""


def _short(time: str) -> str:
    """2026-11-20 09:13, out of ISO 8601."""
    return time[:16].replace("T", " ")
