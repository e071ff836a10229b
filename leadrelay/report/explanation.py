"""Why a subject went where it went: each rulebook's decision with the facts that it saw, and how it stands now."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Protocol
from zoneinfo import ZoneInfo

import orjson
from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.clock import Instant, iso
from leadrelay.errors import UnknownRule
from leadrelay.report import deal_matching, halted, matching
from leadrelay.report.halted import mark_halted
from leadrelay.rulebook.condition import Facts, Moment
from leadrelay.rulebook.evaluate import paths
from leadrelay.rulebook.explain import Explanation, explain
from leadrelay.rulebook.explain_stages import explain_stages, render_stages
from leadrelay.rulebook.explain_words import in_short, render
from leadrelay.rulebook.model import FLOWS, Rule, Rulebook, Ruleset
from leadrelay.rulebook.owner_calendar import moment_for
from leadrelay.store import deal_matches, matches
from leadrelay.store.past import facts_at, unknown
from leadrelay.store.raw import Statement

_COLUMNS = ("at", "rulebook", "rule", "episode", "step", "ruleset", "mode", "actions", "history_id")
_DECISIONS = Statement(
    f"SELECT {', '.join(_COLUMNS)} FROM decisions WHERE subject = :subject AND at <= :at ORDER BY id"
)
_MESSAGES = Statement(
    "SELECT id, at, \"to\", template, state, coalesce(error, planned, ''), settled_at FROM messages"
    " WHERE subject = :subject AND at <= :at AND carries = 0 ORDER BY id"
)


class Turning(Protocol):
    """A rule that comes to decide (`holds`), or ceases to, at a moment, if no field changes; `why` is the sum."""

    @property
    def at(self) -> Instant: ...  # noqa: D102
    @property
    def rule(self) -> Rule: ...  # noqa: D102
    @property
    def holds(self) -> bool: ...  # noqa: D102
    @property
    def why(self) -> str: ...  # noqa: D102


Foresee = Callable[[Rulebook], Iterable[Turning]]
"""What time alone will do to a rulebook's decision about the subject."""


def nothing_foreseen(_book: Rulebook) -> Iterable[Turning]:
    """For those who do not ask what is coming."""
    return ()


def facts_for(
    rules: Ruleset,
    conn: Connection,
    subject: str,
    at: Instant,
    before: int | None = None,
    known: Instant | None = None,
) -> Facts | None:
    """The facts of a subject at a moment as `facts_at` has them, with no more counting than these rules read."""
    kind = subject.partition("/")[0]
    read = {path for book in rules.rulebooks if book.subject == kind for path in paths(book)} | set(rules.stages.paths)
    return facts_at(conn, subject, at, before, rules.team, read, rules.fields, known)


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
    """A question about one subject at one moment, at which `ruleset` was in force. `version_of` gives the rules of a
    version that was live once."""

    conn: Connection
    ruleset: Ruleset
    subject: str
    at: Instant
    version_of: Callable[[int], Ruleset | None]
    foresee: Foresee = nothing_foreseen

    @property
    def zone(self) -> ZoneInfo:
        """The zone that times are shown in."""
        return self.ruleset.calendars["default"].zone

    def answer(self, rule: str | None = None) -> dict[str, Any]:
        """The contract's JSON of `explain`; with `rule`, only that one. Raises UnknownSubject, UnknownRule."""
        facts = facts_for(self.ruleset, self.conn, self.subject, self.at)
        if facts is None:
            raise unknown(self.conn, self.subject, self.at, self.zone)
        made = self.made()
        kind = self.subject.partition("/")[0]
        books = sorted((book for book in self.ruleset.rulebooks if book.subject == kind), key=_running_order)
        if rule is None:
            shown = [self._rulebook(book, facts, made) for book in books]
        else:
            name = rule.rpartition("/")[2]
            shown = [_only(self._rulebook(book, facts, made, name), name) for book in _that_has(rule, books)]
        standing = self._stages(facts) if kind == "opportunity" and rule is None else {}
        return {
            "subject": self.subject,
            "at": iso(self.at, self.zone),
            "ruleset": self.ruleset.version,
            **self._match(),
            **self._deal(),
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

    def _deal(self) -> dict[str, object]:
        """Which running deal the request was found to be about."""
        kind, _, name = self.subject.partition("/")
        found = deal_matches.of(self.conn, [name]).get(name) if kind == "request" else None
        if found is None or found.at > self.at:
            return {}
        return {"deal": deal_matching.as_dict(found, self.zone)}

    def _match(self) -> dict[str, object]:
        """How the request's account was found, if that was written by then."""
        kind, _, name = self.subject.partition("/")
        match = matches.of(self.conn, name) if kind == "request" else None
        if match is None or match.at > self.at:
            return {}
        return {"match": matching.as_dict(match, matching.names_of(self.conn, [match]), self.zone)}

    def _messages(self) -> list[dict[str, object]]:
        """The messages about the subject that were written up to the moment, with what became of each and why."""
        found = []
        for number, at, to, template, state, reason, settled_at in _MESSAGES.rows(
            self.conn, subject=self.subject, at=self.at
        ):
            told = {"message": number, "at": iso(at, self.zone), "to": to, "template": template}
            if settled_at is not None and settled_at > self.at:  # what became of it came later
                state, reason = "pending", ""
            found.append({**told, "state": state, "reason": reason})
        return found

    def _rulebook(self, book: Rulebook, facts: Facts, made: list[Made], only: str | None = None) -> Explanation:
        """As it stood when the rulebook last decided, if it ever did, with when it will next change as of now."""
        moment = moment_for(book, facts, Moment(self.at, self.ruleset.calendars), self.ruleset.team)
        now = explain(book, facts, moment)
        last = next((one for one in reversed(made) if one.rulebook == book.name and one.step == "0"), None)
        # Of an episode that is over, what the rule saw would mislead.
        is_over = last is not None and book.hit == "all" and last.rule not in now["decided"]
        seen = None if last is None or is_over else self._as_seen(book, last, only)
        told = {"by_itself": self._by_itself(book), "decides_now": now["decided"]}
        if last is None or is_over:
            full = explain(book, facts, moment, self.ruleset.fields, only)
            return full | {"decided_at": None, "decided_by": None, **told}
        seen = seen or now
        current = {one["id"]: one for one in now["rules"]}
        for one in seen["rules"]:
            standing = current.get(one["id"], {})
            one["holds_now"] = standing.get("holds", False)
            one["changes_at"] = standing.get("changes_at")
        return seen | {
            "decided_at": iso(last.at, self.zone),
            "decided_by": last.ruleset,
            **told,
            "changes_at": now["changes_at"],
        }

    def _by_itself(self, book: Rulebook) -> list[dict[str, object]]:
        return [
            {"at": iso(one.at, self.zone), "rule": one.rule.id, "holds": one.holds, "arithmetic": one.why}
            for one in self.foresee(book)
        ]

    def _as_seen(self, book: Rulebook, last: Made, only: str | None) -> Explanation | None:
        """The explanation with the rules and the facts of the moment of the decision."""
        rules = self.version_of(last.ruleset) or self.ruleset
        then = next((one for one in rules.rulebooks if one.name == book.name), None)
        facts = facts_for(rules, self.conn, self.subject, last.at, before=last.history_id)
        if then is None or facts is None:
            return None
        moment = moment_for(then, facts, Moment(last.at, rules.calendars), rules.team)
        return explain(then, facts, moment, rules.fields, only)


def _running_order(book: Rulebook) -> tuple[int, int, str]:
    return FLOWS.index(book.flow), book.order, book.name


def _that_has(rule: str, books: Iterable[Rulebook]) -> list[Rulebook]:
    """The first rulebook that has the rule. Raises UnknownRule."""
    found = [book for book in books if any(rule in (one.id, one.key) for one in book.every_rule())]
    if not found:
        raise UnknownRule(rule=rule, hint=" 'leadrelay explain' without --rule shows all of them.")
    return found[:1]


def _only(book: Explanation, name: str) -> Explanation:
    """The rulebook with that rule alone."""
    near = book["nearest"] if book["nearest"] and book["nearest"]["rule"] == name else None
    return book | {
        "rules": [one for one in book["rules"] if one["id"] == name],
        "nearest": near,
        "by_itself": [one for one in book["by_itself"] if one["rule"] == name],
    }


def as_text(document: Mapping[str, Any], every_line: bool = True) -> str:
    """The answer as a person reads it: in short, or with `every_line` of every rule."""
    lines = [f"{document['subject']} at {document['at']}, rules version {document['ruleset']}"]
    lines += halted.as_lines(document["halted"])
    if "match" in document:
        lines += ["", *matching.as_lines(document["match"])]
    if "deal" in document:
        lines += ["", *deal_matching.as_lines(document["deal"])]
    for book in document["rulebooks"]:
        lines += ["", render(book) if every_line else in_short(book)]
    if "stages" in document:
        lines += ["", render_stages(document["stages"])]
    if document["messages"]:
        lines += ["", "messages:"]
    for one in document["messages"]:
        why = f" ({one['reason']})" if one["reason"] else ""
        lines.append(f"  message/{one['message']} {one['at']} {one['template']} to {one['to']}: {one['state']}{why}")
    return "\n".join(lines)
