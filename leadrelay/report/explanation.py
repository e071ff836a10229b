"""Why a subject went where it went: each rulebook's decision with the facts that it saw, and how it stands now."""

from collections.abc import Callable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.clock import Instant, iso
from leadrelay.errors import UnknownRule, UnknownSubject
from leadrelay.report import halted, matching
from leadrelay.report.halted import mark_halted
from leadrelay.rulebook.condition import Facts, Moment
from leadrelay.rulebook.explain import Explanation, explain, render
from leadrelay.rulebook.explain_stages import explain_stages, render_stages
from leadrelay.rulebook.model import Rulebook, Ruleset
from leadrelay.rulebook.owner_calendar import moment_for
from leadrelay.store import matches
from leadrelay.store.past import facts_at
from leadrelay.store.raw import Statement

_COLUMNS = ("at", "rulebook", "rule", "episode", "step", "ruleset", "mode", "actions", "history_id")
_DECISIONS = Statement(
    f"SELECT {', '.join(_COLUMNS)} FROM decisions WHERE subject = :subject AND at <= :at ORDER BY id"
)
_MESSAGES = Statement(
    "SELECT at, \"to\", template, state, coalesce(error, planned, '') FROM messages"
    " WHERE subject = :subject AND at <= :at AND carries = 0 ORDER BY id"
)


class Made(Struct, frozen=True):
    """A decision that was made about the subject."""

    at: Instant
    rulebook: str
    rule: str
    episode: int
    step: str
    ruleset: int
    mode: str
    actions: list[dict[str, Any]]
    history_id: int

    def as_dict(self, zone: ZoneInfo) -> dict[str, object]:
        """As `explain --json` lists it."""
        return {
            "at": iso(self.at, zone),
            "rulebook": self.rulebook,
            "rule": self.rule,
            "episode": self.episode,
            "step": self.step,
            "ruleset": self.ruleset,
            "mode": self.mode,
            "actions": self.actions,
        }


class Inquiry(Struct, frozen=True):
    """A question about one subject at one moment. `version_of` gives the rules of a version that was live once."""

    conn: Connection
    ruleset: Ruleset
    subject: str
    at: Instant
    version_of: Callable[[int], Ruleset | None]

    @property
    def zone(self) -> ZoneInfo:
        """The zone that times are shown in."""
        return self.ruleset.calendars["default"].zone

    def answer(self, rule: str | None = None) -> dict[str, Any]:
        """The contract's JSON of `explain`; with `rule`, only that one. Raises UnknownSubject, UnknownRule."""
        facts = facts_at(self.conn, self.subject, self.at, team=self.ruleset.team, fields=self.ruleset.fields)
        if facts is None:
            raise UnknownSubject(subject=self.subject)
        made = self.made()
        kind = self.subject.partition("/")[0]
        books = [book for book in self.ruleset.rulebooks if book.subject == kind]
        shown = [self._rulebook(book, facts, made) for book in sorted(books, key=_running_order)]
        if rule is not None:
            shown = _only(shown, rule)
        standing = self._stages(facts) if kind == "opportunity" and rule is None else {}
        return {
            "subject": self.subject,
            "at": iso(self.at, self.zone),
            "ruleset": self.ruleset.version,
            **self._match(),
            "halted": mark_halted(self.conn, shown, self.zone),
            "rulebooks": shown,
            **standing,
            "decisions": [one.as_dict(self.zone) for one in made],
            "messages": self._messages(),
        }

    def _stages(self, facts: Facts) -> dict[str, Explanation]:
        """Where an open opportunity stands, if there are stages or gates."""
        stages = self.ruleset.stages
        if not (stages.stages or stages.gates) or facts.get("opportunity.closed_at") is not None:
            return {}
        return {"stages": explain_stages(stages, facts, Moment(self.at, self.ruleset.calendars), self.zone)}

    def made(self) -> list[Made]:
        """What was decided about the subject up to the moment, oldest first."""
        rows = _DECISIONS.rows(self.conn, subject=self.subject, at=self.at)
        return [Made(**{**dict(zip(_COLUMNS, row, strict=True)), "actions": orjson.loads(row[-2])}) for row in rows]

    def _match(self) -> dict[str, object]:
        """How the request's account was found, if that was written by then."""
        kind, _, name = self.subject.partition("/")
        match = matches.of(self.conn, name) if kind == "request" else None
        if match is None or match.at > self.at:
            return {}
        return {"match": matching.as_dict(match, matching.names_of(self.conn, [match]), self.zone)}

    def _messages(self) -> list[dict[str, object]]:
        """The messages about the subject that were written up to the moment, with what became of each and why."""
        return [
            {"at": iso(at, self.zone), "to": to, "template": template, "state": state, "reason": reason}
            for at, to, template, state, reason in _MESSAGES.rows(self.conn, subject=self.subject, at=self.at)
        ]

    def _rulebook(self, book: Rulebook, facts: Facts, made: list[Made]) -> Explanation:
        """As it stood when the rulebook last decided, if it ever did, with when it will next change as of now."""
        moment = Moment(self.at, self.ruleset.calendars)
        now = explain(book, facts, moment_for(book, facts, moment, self.ruleset.team))
        last = next((one for one in reversed(made) if one.rulebook == book.name and one.step == "0"), None)
        if last is None:
            return now | {"decided_at": None, "decided_by": None, "decides_now": now["decided"]}
        if book.hit == "all" and last.rule not in now["decided"]:  # its episode is over; what it saw would mislead
            return now | {"decided_at": None, "decided_by": None, "decides_now": now["decided"]}
        seen = self._as_seen(book, last) or now
        current = {one["id"]: one for one in now["rules"]}
        for one in seen["rules"]:
            standing = current.get(one["id"], {})
            one["holds_now"] = standing.get("holds", False)
            one["changes_at"] = standing.get("changes_at")
        return seen | {
            "decided_at": iso(last.at, self.zone),
            "decided_by": last.ruleset,
            "decides_now": now["decided"],
            "changes_at": now["changes_at"],
        }

    def _as_seen(self, book: Rulebook, last: Made) -> Explanation | None:
        """The explanation with the rules and the facts of the moment of the decision."""
        rules = self.version_of(last.ruleset) or self.ruleset
        then = next((one for one in rules.rulebooks if one.name == book.name), None)
        facts = facts_at(self.conn, self.subject, last.at, before=last.history_id, team=rules.team, fields=rules.fields)
        if then is None or facts is None:
            return None
        return explain(then, facts, moment_for(then, facts, Moment(last.at, rules.calendars), rules.team))


def _running_order(book: Rulebook) -> tuple[str, int, str]:
    order = ("route", "escalate", "nudge", "nurture")
    return str(order.index(book.flow)), book.order, book.name


def _only(shown: list[Explanation], rule: str) -> list[Explanation]:
    """The rulebook that has the rule, with that rule alone. Raises UnknownRule."""
    for book in shown:
        found = [one for one in book["rules"] if one["id"] == rule]
        if found:
            return [book | {"rules": found}]
    raise UnknownRule(rule=rule, hint=" 'leadrelay explain' without --rule shows all of them.")


def as_text(document: Mapping[str, Any]) -> str:
    """The answer as a person reads it."""
    lines = [f"{document['subject']} at {document['at']}, rules version {document['ruleset']}"]
    lines += halted.as_lines(document["halted"])
    if "match" in document:
        lines += ["", *matching.as_lines(document["match"])]
    for book in document["rulebooks"]:
        lines += ["", render(book)]
    if "stages" in document:
        lines += ["", render_stages(document["stages"])]
    if document["messages"]:
        lines += ["", "messages:"]
    for one in document["messages"]:
        why = f" ({one['reason']})" if one["reason"] else ""
        lines.append(f"  {one['at']} {one['template']} to {one['to']}: {one['state']}{why}")
    return "\n".join(lines)
