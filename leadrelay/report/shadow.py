"""Rules in shadow against what was really done: how often the outcome would have been the same, and how it differs.

What was really done is what the same rulebook decided about the subject in the same look; failing that what the flow
did in it, as with a whole rulebook in shadow; failing that what had last decided about the subject before, or else
what decided first after it.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import orjson
from msgspec import Struct, field
from sqlalchemy import Connection

from leadrelay.clock import Instant, iso
from leadrelay.rulebook.model import Ruleset
from leadrelay.store.audit_subjects import CHUNK, pages
from leadrelay.store.raw import Statement, listed

EXAMPLES = 3
"""So many subjects are named for each way in which the outcome would have been another one."""
_COLUMNS = "id, at, flow, rulebook, rule, rule_key, subject, step, actions"
_SHADOW = Statement(
    f"SELECT {_COLUMNS} FROM decisions WHERE id > :after AND mode = 'shadow' AND at >= :since"
    f" AND (:key = '' OR rule_key = :key) ORDER BY id LIMIT {CHUNK}"
)
_REAL = Statement(
    f"SELECT {_COLUMNS} FROM decisions WHERE subject IN LISTED(:subjects) AND mode = 'live' AND step = '0' ORDER BY id"
)
_NAMES = {
    kind: Statement(sql)
    for kind, sql in (
        (
            "request",
            "SELECT r.id, a.name FROM requests r JOIN accounts a ON a.id = r.account WHERE r.id IN LISTED(:ids)",
        ),
        (
            "opportunity",
            "SELECT o.id, a.name FROM opportunities o JOIN accounts a ON a.id = o.account WHERE o.id IN LISTED(:ids)",
        ),
        ("contact", "SELECT id, name FROM contacts WHERE id IN LISTED(:ids)"),
        ("account", "SELECT id, name FROM accounts WHERE id IN LISTED(:ids)"),
    )
}
_NOTHING = "nothing"
NOBODY = "no rule"


class Decision(NamedTuple):
    """One row of the decisions."""

    id: int
    at: Instant
    flow: str
    rulebook: str
    rule: str
    key: str
    subject: str
    step: str
    actions: str


class Difference(Struct):
    """One way in which the outcome would have been another one: who really decided, and what would differ."""

    decided_by: str
    how: str
    count: int = 0
    examples: list[str] = field(default_factory=list)


class Compared(Struct):
    """A rule in shadow: how often it would have acted, what of it would have changed nothing, what would have."""

    rulebook: str
    rule: str
    key: str
    first_at: Instant | None = None
    last_at: Instant | None = None
    acted: int = 0
    steps: int = 0
    same: int = 0
    differences: dict[tuple[str, str], Difference] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)

    @property
    def different(self) -> int:
        """On how many the outcome would have been another one."""
        return sum(one.count for one in self.differences.values())

    def as_dict(self, zone: ZoneInfo) -> dict[str, Any]:
        """As `rules shadow --json` lists it; times as ISO 8601."""
        ways = sorted(self.differences.values(), key=lambda one: (-one.count, one.decided_by, one.how))
        return {
            "rule": self.rule,
            "rulebook": self.rulebook,
            "key": self.key,
            "first_at": None if self.first_at is None else iso(self.first_at, zone),
            "last_at": None if self.last_at is None else iso(self.last_at, zone),
            "would_have_acted": self.acted,
            "steps": self.steps,
            "same": self.same,
            "different": self.different,
            "differences": [
                {"decided_by": one.decided_by, "how": one.how, "count": one.count, "examples": one.examples}
                for one in ways
            ],
            "messages": dict(sorted(self.messages.items())),
        }


def compare(conn: Connection, ruleset: Ruleset, key: str = "", since: Instant = 0) -> list[Compared]:
    """Every rule that is in shadow or was (or the one with this key), with what it recorded since then; read in parts,
    so that memory stays flat."""
    found = {
        rule.key: Compared(book.name, rule.id, rule.key)
        for book, rule in ruleset.rules()
        if rule.mode == "shadow" and key in ("", rule.key)
    }
    rows: list[Decision] = []
    for row in pages(conn, _SHADOW, 0, since=since, key=key):
        rows.append(Decision(*row))
        if len(rows) == CHUNK:
            _compare(conn, rows, found)
            rows.clear()
    _compare(conn, rows, found)
    for one in found.values():
        _name(conn, one.differences.values())
    return sorted(found.values(), key=lambda one: (-one.acted, one.key))


def _compare(conn: Connection, rows: list[Decision], found: dict[str, Compared]) -> None:
    real: dict[str, list[Decision]] = defaultdict(list)
    for row in _REAL.rows(conn, subjects=listed({one.subject for one in rows})):
        real[row[6]].append(Decision(*row))
    for shadow in rows:
        one = found.setdefault(shadow.key, Compared(shadow.rulebook, shadow.rule, shadow.key))
        would = outcome([shadow])
        one.first_at, one.last_at = one.first_at or shadow.at, shadow.at
        one.messages.update(reader for _, reader in sorted(would.told))
        if shadow.step != "0":
            one.steps += 1
            continue
        one.acted += 1
        done = _really(shadow, real[shadow.subject])
        how = differences(outcome(done), would)
        if not how:
            one.same += 1
            continue
        by = ", ".join(dict.fromkeys(each.rule if each.rule != "otherwise" else each.key for each in done)) or NOBODY
        way = one.differences.setdefault((by, how), Difference(by, how))
        way.count += 1
        if len(way.examples) < EXAMPLES:
            way.examples.append(shadow.subject)


def _really(shadow: Decision, real: Iterable[Decision]) -> list[Decision]:
    """What was done in the place of a decision in shadow."""
    flow = [one for one in real if one.flow == shadow.flow]
    book = [one for one in flow if one.rulebook == shadow.rulebook]
    for found in (book, flow):
        if at_once := [one for one in found if one.at == shadow.at]:
            return at_once
    either = book or flow
    return [one for one in either if one.id < shadow.id][-1:] or either[:1]


class Outcome(NamedTuple):
    """What decisions come to: fields and the like by name, and (template, reader) of each message."""

    set: Mapping[str, str]
    told: frozenset[tuple[str, str]]


def outcome(decisions: Iterable[Decision]) -> Outcome:
    """What these decisions together did, or would have done."""
    given: dict[str, str] = {}
    told: set[tuple[str, str]] = set()
    for one in decisions:
        for action in orjson.loads(one.actions):
            told |= {(action["template"], reader) for reader in action.get("notify") or ()}
            given |= dict(_given(action))
    return Outcome(given, frozenset(told))


def _given(action: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What an action gives its subject, by name."""
    for word, name in (("route", "desk"), ("assign", "owner"), ("close", "outcome"), ("leave", "off the list")):
        if action.get(word):
            yield name, str(action[word] if word != "leave" else action["list"])
    if action.get("qualify"):
        yield "stage", str(action["stage"])
    if action.get("nurture"):
        yield "list", str(action["list"])
    if action.get("task"):
        yield f"task '{action['what']}'", str(action["task"])
    for path, value in (action.get("set") or {}).items():
        yield path, str(value)


def differences(done: Outcome, would: Outcome) -> str:
    """'desk: inside_sales -> sales; owner: bram -> an; told: nobody -> an (hello)', empty if it is the same."""
    parts = [
        f"{name}: {done.set.get(name, _NOTHING)} -> {would.set.get(name, _NOTHING)}"
        for name in dict.fromkeys((*done.set, *would.set))
        if done.set.get(name) != would.set.get(name)
    ]
    if done.told != would.told:
        parts.append(f"told: {_told(done)} -> {_told(would)}")
    return "; ".join(parts)


def _told(one: Outcome) -> str:
    return ", ".join(f"{_reader(reader)} ({template})" for template, reader in sorted(one.told)) or "nobody"


def _reader(reader: str) -> str:
    """Contacts are all alike here: what they are told differs, not who they are."""
    return reader.partition("/")[0]


def _name(conn: Connection, ways: Iterable[Difference]) -> None:
    """The examples with their names: 'request/42 (Groot BV)'."""
    for way in ways:
        names: dict[str, str] = {}
        for kind, statement in _NAMES.items():
            ids = [one.partition("/")[2] for one in way.examples if one.startswith(f"{kind}/")]
            if ids:
                names |= {f"{kind}/{name}": said for name, said in statement.rows(conn, ids=listed(ids)) if said}
        way.examples = [f"{one} ({names[one]})" if one in names else one for one in way.examples]
