"""Rules at work: per rule how often it decided, and what came of it, counted by the database in a few statements."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from sqlalchemy import Connection

from leadrelay.clock import Instant, iso
from leadrelay.rulebook.model import Rule, Ruleset
from leadrelay.store.raw import Statement, listed

OFTEN, OFTEN_SHARE = 5, 0.2
"""A rule that people overrode so many times, and in so large a share of its decisions, is most likely wrong."""
LATE_SHARE = 0.5
"""A rule of whose requests so large a share (and at least OFTEN) was answered late needs another ladder, or people."""

_DECIDED = Statement(
    "SELECT rule_key, min(rulebook), min(rule), max(at), sum(CASE WHEN mode = 'live' AND step = '0' THEN 1 ELSE 0 END),"
    " sum(CASE WHEN mode = 'live' AND step <> '0' THEN 1 ELSE 0 END), sum(CASE WHEN mode = 'shadow' THEN 1 ELSE 0 END),"
    " sum(CASE WHEN mode = 'cut' THEN 1 ELSE 0 END) FROM decisions WHERE at >= :since GROUP BY rule_key"
)
# A deadline is the first task that the decision made, or the first rung of its ladder, whichever was missed.
_ANSWERED = Statement(
    "SELECT rule_key, verdict, count(*) FROM (SELECT d.rule_key,"
    " CASE WHEN t.due_at < coalesce(r.first_response_at, :now) THEN 'late'"
    " WHEN rung.at IS NOT NULL AND (r.first_response_at IS NULL OR r.first_response_at > rung.at) THEN 'late'"
    " WHEN r.first_response_at IS NULL THEN 'waiting' ELSE 'in_time' END AS verdict"
    " FROM decisions d JOIN requests r ON r.id = substr(d.subject, 9)"
    " LEFT JOIN (SELECT cause, min(due_at) AS due_at FROM tasks GROUP BY cause) t ON t.cause = d.key"
    " LEFT JOIN (SELECT rule_key, subject, episode, min(at) AS at FROM decisions WHERE step = '1'"
    " GROUP BY rule_key, subject, episode) rung"
    " ON rung.rule_key = d.rule_key AND rung.subject = d.subject AND rung.episode = d.episode"
    " WHERE d.at >= :since AND d.mode = 'live' AND d.step = '0' AND d.subject LIKE 'request/%'"
    " AND (t.due_at IS NOT NULL OR d.rule_key IN LISTED(:ladders))"
    " AND (r.first_response_at IS NULL OR r.first_response_at >= d.at)) AS judged GROUP BY rule_key, verdict"
)
# What a person replaced is what the rule had set last; an opportunity that goes on to a later stage is no correction.
_OVERRIDDEN = Statement(
    "WITH corrected AS (SELECT DISTINCT d.rule_key, d.key, p.field FROM history p JOIN history r"
    " ON r.subject = p.subject AND r.field = p.field AND r.id < p.id AND r.new = p.old JOIN decisions d"
    " ON d.key = r.cause"
    " WHERE p.at >= :since AND p.cause LIKE 'person %' AND p.field IN ('owner', 'desk', 'stage', 'status', 'outcome')"
    " AND p.new IS NOT NULL AND p.new <> p.old AND d.at >= :since AND d.mode = 'live'"
    " AND NOT EXISTS (SELECT 1 FROM history x WHERE x.subject = p.subject AND x.field = p.field"
    " AND x.id > r.id AND x.id < p.id)"
    " AND NOT EXISTS (SELECT 1 FROM stage_moves s WHERE p.field = 'stage' AND s.opportunity = substr(p.subject, 13)"
    " AND s.at = p.at AND s.move IN ('forward', 'fast_forward')))"
    " SELECT rule_key, field, count(*) FROM corrected GROUP BY rule_key, field"
    " UNION ALL SELECT rule_key, '', count(DISTINCT key) FROM corrected GROUP BY rule_key"
)
_ACKNOWLEDGED = Statement("SELECT rule_key, count(*) FROM episodes WHERE acknowledged_at >= :since GROUP BY rule_key")
_MESSAGES = Statement(
    "SELECT d.rule_key, m.state, count(*) FROM messages m JOIN decisions d ON d.key = m.decision"
    " WHERE d.at >= :since AND m.carries = 0 GROUP BY d.rule_key, m.state"
)
_SENT, _KEPT_BACK, _LOST = ("sent",), ("suppressed",), ("dead", "unknown")


class RuleStats(Struct):
    """One rule at work. `decided`: how often it decided (its `then`, live); `steps`: later steps and repeats.

    `in_time`, `late`, `waiting`: of the requests it decided that had a deadline; `overridden`: decisions that a person
    put right, with what by field; `messages` by what became of them. `mode`: also stopped, held or gone."""

    key: str
    rulebook: str
    rule: str
    place: str = ""
    mode: str = "gone"
    decided: int = 0
    last_at: Instant | None = None
    steps: int = 0
    shadow: int = 0
    cut: int = 0
    in_time: int = 0
    late: int = 0
    waiting: int = 0
    overridden: int = 0
    overridden_fields: dict[str, int] = field(default_factory=dict)
    acknowledged: int = 0
    messages: Counter[str] = field(default_factory=Counter)

    @property
    def overridden_share(self) -> float:
        """Of its decisions, the share that people put right; one that it made before counts at most as one."""
        return min(1.0, self.overridden / self.decided) if self.decided else 0.0

    @property
    def late_share(self) -> float:
        """Of the requests whose deadline is met or missed, the share that was answered late."""
        return self.late / (self.late + self.in_time) if self.late else 0.0

    @property
    def never_fired(self) -> bool:
        """Whether it decided nothing at all, not even as a shadow."""
        return not (self.decided or self.steps or self.shadow or self.cut)

    @property
    def flags(self) -> list[str]:
        """What needs attention, the worst first."""
        found = {
            "overridden often": self.overridden >= OFTEN and self.overridden_share >= OFTEN_SHARE,
            "answered late often": self.late >= OFTEN and self.late_share >= LATE_SHARE,
            "cut": self.cut > 0,
            self.mode: self.mode in ("stopped", "held"),
            "never fired": self.never_fired and self.mode not in ("off", "gone"),
        }
        return [flag for flag, holds in found.items() if holds]

    def as_dict(self, zone: ZoneInfo) -> dict[str, Any]:
        """As `rules stats --json` lists it; times as ISO 8601."""
        return {
            "rule": self.rule,
            "rulebook": self.rulebook,
            "key": self.key,
            "place": self.place,
            "mode": self.mode,
            "decided": self.decided,
            "last_at": None if self.last_at is None else iso(self.last_at, zone),
            "steps": self.steps,
            "shadow": self.shadow,
            "cut": self.cut,
            "answered": {"in_time": self.in_time, "late": self.late, "waiting": self.waiting},
            "overridden": {
                "decisions": self.overridden,
                "share": round(self.overridden_share, 3),
                "fields": self.overridden_fields,
            },
            "acknowledged": self.acknowledged,
            "messages": {
                "sent": _total(self.messages, _SENT),
                "suppressed": _total(self.messages, _KEPT_BACK),
                "dead": _total(self.messages, _LOST),
                "waiting": self.messages.total() - _total(self.messages, (*_SENT, *_KEPT_BACK, *_LOST)),
            },
            "never_fired": self.never_fired,
            "flags": self.flags,
        }


def stats(
    conn: Connection, ruleset: Ruleset, modes: Mapping[str, str], now: Instant, since: Instant = 0
) -> list[RuleStats]:
    """Every rule of the ruleset, and those gone that decided since then, what needs attention first; `modes` of rules
    that are stopped or held, by key."""
    found = {
        rule.key: RuleStats(rule.key, book.name, rule.id, _place(rule), modes.get(rule.key, rule.mode))
        for book, rule in ruleset.rules()
    }
    for key, rulebook, rule, last_at, *numbers in _DECIDED.rows(conn, since=since):
        one = found.setdefault(key, RuleStats(key, rulebook, rule))
        one.last_at, (one.decided, one.steps, one.shadow, one.cut) = last_at, map(int, numbers)
    ladders = listed(rule.key for _, rule in ruleset.rules() if rule.later)
    for key, verdict, number in _ANSWERED.rows(conn, since=since, now=now, ladders=ladders):
        setattr(found[key], verdict, number)
    for key, name, number in _OVERRIDDEN.rows(conn, since=since):
        if name:
            found[key].overridden_fields[name] = number
        else:
            found[key].overridden = number
    for key, number in _ACKNOWLEDGED.rows(conn, since=since):
        if key in found:
            found[key].acknowledged = number
    for key, state, number in _MESSAGES.rows(conn, since=since):
        found[key].messages[state] += number
    return sorted(found.values(), key=_urgency)


def _place(rule: Rule) -> str:
    return f"{rule.place.file}:{rule.place.line}" if rule.place.file else ""


def _total(messages: Mapping[str, int], states: Iterable[str]) -> int:
    return sum(messages.get(state, 0) for state in states)


_FIRST = ("overridden often", "answered late often", "cut", "stopped", "held", "never fired")


def _urgency(one: RuleStats) -> tuple[int, float, int, str]:
    flag = _FIRST.index(one.flags[0]) if one.flags else len(_FIRST)
    return flag, -max(one.overridden_share, one.late_share), -one.decided, one.key
