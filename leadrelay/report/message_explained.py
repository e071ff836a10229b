"""Why somebody got a message: the rule with the facts that it saw, what the planner did, and what became of it."""

import re
from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection

from leadrelay.clock import Instant, iso
from leadrelay.errors import UnknownMessage
from leadrelay.messages.policy import MERGED
from leadrelay.messages.readers import Readers
from leadrelay.messages.signal import Signal
from leadrelay.rulebook.condition import Moment
from leadrelay.rulebook.explain import Explanation, explain
from leadrelay.rulebook.explain_words import render_rule
from leadrelay.rulebook.model import Rule, Ruleset
from leadrelay.rulebook.owner_calendar import moment_for
from leadrelay.store.past import facts_at
from leadrelay.store.raw import Statement

_COLUMNS = (
    *("id", "key", "at", "to", "address", "channel", "language", "template", "subject", "urgency", "state", "reason"),
    *("decision", "attempts", "not_before", "sent_at", "error", "doubts", "settled_at", "mail", "planned", "told_at"),
    *("group_key", "follows", "repeats", "carries", "capped"),
)
_ONE = Statement("SELECT " + ", ".join(f'"{name}"' for name in _COLUMNS) + " FROM messages WHERE id = :number")
_BY_KEY = Statement("SELECT id, template, state, planned, capped FROM messages WHERE key = :key")
_IN_MAIL = Statement(
    'SELECT id, template, subject, state FROM messages WHERE "to" = :to AND mail = :mail AND carries = 0 ORDER BY id'
)
_DECISION = Statement(
    "SELECT at, rulebook, rule, step, ruleset, mode, subject, history_id FROM decisions WHERE key = :key"
)
_NUMBER = re.compile(r"message/([0-9]{1,18})")
VersionOf = Callable[[int], Ruleset | None]


def number_of(text: str) -> int | None:
    """17 of 'message/17'; None of what names no message."""
    found = _NUMBER.fullmatch(text)
    return int(found[1]) if found else None


def explained(conn: Connection, number: int, ruleset: Ruleset, version_of: VersionOf, now: Instant) -> dict[str, Any]:
    """The JSON of `explain message/17`: the contract's shape with the one rule that wrote it, and `message`, `plan` and
    `outcome`. `ruleset` is in force now, `version_of` knows the others. Raises UnknownMessage."""
    rows = _ONE.rows(conn, number=number)
    if not rows:
        raise UnknownMessage(number=number)
    row = dict(zip(_COLUMNS, rows[0], strict=True))
    made = next(iter(_DECISION.rows(conn, key=row["decision"])), None)
    rules = (version_of(made[4]) if made else None) or ruleset
    zone = ruleset.calendars["default"].zone
    person = rules.team.people.get(row["to"])
    return {
        "subject": f"message/{number}",
        "at": iso(now, zone),
        "ruleset": made[4] if made else None,
        "message": {
            "to": row["to"],
            "name": person.name if person else None,
            "about": row["subject"],
            "template": row["template"],
            "urgency": row["urgency"],
            "language": row["language"],
            "written_at": iso(row["at"], zone),
            "reason": row["reason"],
            "follows": _follows(conn, row),
        },
        "rulebooks": [] if made is None else _rulebooks(conn, made, rules),
        "decision": None if made is None else {"at": iso(made[0], zone), "step": made[3], "mode": made[5]},
        "plan": _plan(conn, row, made, rules, zone),
        "outcome": _outcome(row, zone),
    }


def _rulebooks(conn: Connection, made: tuple[Any, ...], rules: Ruleset) -> list[Explanation]:
    """The rulebook with the rule alone, as they were and with the facts that they saw."""
    at, name, rule, _step, _version, _mode, subject, history_id = made
    book = next((one for one in rules.rulebooks if one.name == name), None)
    facts = facts_at(conn, subject, at, before=history_id, team=rules.team, fields=rules.fields)
    if book is None or facts is None:
        return []
    told = explain(book, facts, moment_for(book, facts, Moment(at, rules.calendars), rules.team))
    shown = [one for one in told["rules"] if one["id"] == rule]
    return [told | {"rules": shown, "nearest": None, "step_of": _step_of(book.every_rule(), rule, made[3])}]


def _step_of(rules: tuple[Rule, ...], name: str, step: str) -> str:
    """What a step is: at once, so long after the rule came to hold, or a repeat."""
    rule = next((one for one in rules if one.id == name), None)
    if rule is None or step == "0":
        return "at once"
    if step.isdigit() and int(step) <= len(rule.later):
        return f"{rule.later[int(step) - 1].after} after it came to hold"
    number = step.removeprefix("repeat-")
    return f"repeat {number}, every {rule.repeat.every}" if rule.repeat else f"step {step}"


def _follows(conn: Connection, row: Mapping[str, Any]) -> dict[str, Any] | None:
    """The message that it repeats, or escalates because nobody reacted."""
    found = _BY_KEY.rows(conn, key=row["follows"]) if row["follows"] else []
    return {"message": found[0][0], "again": row["repeats"] or None} if found else None


def _plan(
    conn: Connection, row: Mapping[str, Any], made: tuple[Any, ...] | None, rules: Ruleset, zone: ZoneInfo
) -> dict[str, Any]:
    """How it was to go: its route, with what it was grouped, what held it, and what else was in the mail."""
    merged = row["mail"] is not None and row["mail"] != row["key"]
    mail = next(iter(_BY_KEY.rows(conn, key=row["mail"])), None) if merged else None
    beside = _IN_MAIL.rows(conn, to=row["to"], mail=row["mail"]) if merged or row["carries"] else []
    return {
        "route": _route(row, made, rules),
        "group": row["group_key"],
        "said": row["planned"],
        "held_until": iso(row["not_before"], zone) if row["state"] == "held" and row["not_before"] else None,
        "told_at": iso(row["told_at"], zone) if row["told_at"] else None,
        "mail": mail[0] if mail else None,
        "as": mail[1] if mail and mail[1] in MERGED else None,
        "with": [{"message": one[0], "template": one[1], "about": one[2]} for one in beside if one[0] != row["id"]],
        "capped": bool(row["capped"] or (mail and mail[4])),
    }


def _route(row: Mapping[str, Any], made: tuple[Any, ...] | None, rules: Ruleset) -> dict[str, Any] | None:
    """The route of rules/messages.yaml that it takes, by the rules of the version that wrote it."""
    if made is None or not row["decision"]:
        return None
    reader = Readers(rules.messages, rules.team, rules.calendars).of(row["to"])
    signal = Signal(
        row["key"],
        row["at"],
        row["to"],
        row["template"],
        row["subject"],
        row["urgency"],
        row["decision"].partition("|")[0],
        made[1],
    )
    route = reader.route(signal)
    return {
        "name": route.name,
        "by": list(route.by),
        "wait": str(route.wait) if route.wait else None,
        "interval": str(route.interval) if route.interval else None,
        "digest": reader.for_digest(signal, route),
    }


def _outcome(row: Mapping[str, Any], zone: ZoneInfo) -> dict[str, Any]:
    """What became of it, as far as that is known."""
    return {
        "state": row["state"],
        "channel": row["channel"],
        "address": row["address"],
        "attempts": row["attempts"],
        "doubts": row["doubts"],
        "sent_at": iso(row["sent_at"], zone) if row["sent_at"] else None,
        "settled_at": iso(row["settled_at"], zone) if row["settled_at"] else None,
        "error": row["error"],
    }


def as_text(document: Mapping[str, Any]) -> str:
    """The answer as its reader would ask for it."""
    message, made = document["message"], document["decision"]
    name = f" ({message['name']})" if message["name"] else ""
    lines = [
        f"{document['subject']} to {message['to']}{name}: {message['template']} about {message['about']}",
        f"  why: {message['reason']}",
    ]
    if message["follows"]:
        again = (
            f"again, for the {message['follows']['again']}. time"
            if message["follows"]["again"]
            else "for somebody else"
        )
        lines.append(f"  it says {again} what message/{message['follows']['message']} said: nobody reacted")
    for book in document["rulebooks"]:
        when = f"{_short(made['at'])}, {book['step_of']}, rules version {document['ruleset']}"
        for rule in book["rules"]:
            lines += ["", f"{book['rulebook']}, {when}", *render_rule(rule, [rule["id"]])]
    lines += ["", *_plan_lines(document["plan"], message), *_outcome_lines(document["outcome"])]
    return "\n".join(lines)


def _plan_lines(plan: Mapping[str, Any], message: Mapping[str, Any]) -> list[str]:
    lines = [f"planned: written {_short(message['written_at'])}, urgency {message['urgency']}"]
    if route := plan["route"]:
        grouped = "each by itself" if route["by"] == ["message"] else f"grouped by {', '.join(route['by'])}"
        waits = f", waiting {route['wait']} for more" if route["wait"] else ""
        spaced = f", a mail every {route['interval']} at most" if route["interval"] else ""
        digest = ", for the digest" if route["digest"] else ""
        lines.append(f"  route {route['name']}: {grouped}{waits}{spaced}{digest}")
    if plan["said"]:
        lines.append(f"  {plan['said']}")
    if plan["with"]:
        others = ", ".join(f"message/{one['message']} {one['template']} about {one['about']}" for one in plan["with"])
        lines.append(f"  in one mail with {others}")
    if plan["capped"]:
        lines.append("  it counts for the reader's cap")
    return lines


def _outcome_lines(outcome: Mapping[str, Any]) -> list[str]:
    to = f" to {outcome['address']}" if outcome["address"] else ""
    sent = f" {_short(outcome['sent_at'])} by {outcome['channel']}{to}" if outcome["sent_at"] else ""
    failed = f", {outcome['attempts']} failed attempts before" if outcome["attempts"] else ""
    why = f": {outcome['error']}" if outcome["error"] else ""
    return [f"outcome: {outcome['state']}{sent}{failed}{why}"]


def _short(time: str) -> str:
    """2026-11-20 09:13, out of ISO 8601."""
    return time[:16].replace("T", " ")
