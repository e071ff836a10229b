"""Reads `expect:` of a rule test: rules, fields, messages, tasks and mails, held against what the rules know."""

from collections.abc import Collection, Sequence
from collections.abc import Mapping as Dictionary
from typing import NamedTuple

from msgspec import Struct

from leadrelay.clock import Instant, parse_time
from leadrelay.errors import BadTime
from leadrelay.leads.fields import SUBJECTS, Field, Type, Value
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.field_names import find_field
from leadrelay.rulebook.literals import FAULT, Fault, literal, zone
from leadrelay.rulebook.model import OTHERWISE, Rulebook
from leadrelay.rulebook.nodes import Mapping, Node, Scalar
from leadrelay.rulebook.nodes import Sequence as Items
from leadrelay.rulebook.rule_test import (
    NOTHING,
    ExpectedField,
    ExpectedMail,
    ExpectedMessage,
    ExpectedRules,
    ExpectedTask,
)
from leadrelay.rulebook.whos import CONTACT, TEAM_FILE

MESSAGE_KEYS = ("to", "template", "urgency", "subject")
MAIL_KEYS = ("to", "at", "template", "messages")
LISTS = ("notify", "tasks", "mails")
"""The keys of `expect` with a list of what must have come of it."""
TASK_KEYS = ("for", "what", "due")


def _may_hold_rules(broken: str) -> bool:
    """Whether what could not be read is a file in which the rulebook that is looked for may stand."""
    beside = ("/lists/", "/tests/", "/maps/", "/reports/")
    return broken.endswith(".yaml") and not any(folder in broken for folder in beside)


class Expect(NamedTuple):
    """What a test expects."""

    rules: tuple[ExpectedRules, ...]
    fields: tuple[ExpectedField, ...]
    notify: tuple[ExpectedMessage, ...] | None
    tasks: tuple[ExpectedTask, ...] | None
    mails: tuple[ExpectedMail, ...] | None


def value_of(node: Node, of: Field, ctx: Context) -> Value | Fault:
    """A given or expected value of a field, as written; `null`, an empty text and `{known: false}` are no value.
    FAULT was reported."""
    if _is_nothing(node):
        return None
    if of.type is Type.LIST:
        items = node if isinstance(node, Items) else Items([node], node.place)
        return tuple(item.text for item in ctx.texts(items, f"A value of {of.path}"))
    value = literal(node, of, ctx)
    if of.name != "owner" or TEAM_FILE in ctx.broken:
        return value
    if isinstance(value, str) and value not in ctx.team.people:
        ctx.report(
            node.place,
            "unknown-person",
            f"There is no person '{value}' in rules/team.yaml.",
            suggestion(value, tuple(ctx.team.people)),
            "warning",
        )
    return value


def _is_nothing(node: Node) -> bool:
    if isinstance(node, Mapping):
        known = node.get("known")
        return len(node) == 1 and isinstance(known, Scalar) and known.value is False
    return isinstance(node, Scalar) and (node.value is None or not node.text.strip())


def instant(node: Node | None, key: str, ctx: Context) -> Instant | None:
    """The time that is written there, in the zone of the default calendar; None was reported, or is not there."""
    text = ctx.text(node, f"'{key}'")
    if text is None or node is None:
        return None
    try:
        return parse_time(text, zone(ctx))
    except BadTime as error:
        ctx.report(node.place, "bad-time", f"'{text}' is not a time.", str(error).partition(". ")[2])
        return None


class Expectations(Struct, frozen=True):
    """Reads the `expect:` of one test. `owners` are people that the test itself names as owner."""

    ctx: Context
    rulebooks: Dictionary[str, Rulebook]
    owners: Sequence[Value] = ()

    def read(self, mapping: Mapping) -> Expect:
        """Everything under `expect:`."""
        rules, fields = [], []
        for key, node in mapping.items():
            if "." in key.text and key.text not in self.rulebooks:
                fields += self._field(key, node)
            elif key.text not in LISTS:
                rules += self._rules(key, node)
        return Expect(tuple(rules), tuple(fields), self._messages(mapping), self._tasks(mapping), self._mails(mapping))

    def _field(self, key: Scalar, node: Node) -> list[ExpectedField]:
        known = find_field(key, self.ctx, None)
        value = value_of(node, known, self.ctx) if known else FAULT
        return [] if known is None or isinstance(value, Fault) else [ExpectedField(known.path, value, key.place)]

    def _rules(self, key: Scalar, node: Node) -> list[ExpectedRules]:
        book = self.rulebooks.get(key.text)
        if book is None:
            if f"rulebook {key.text}" not in self.ctx.broken and not any(map(_may_hold_rules, self.ctx.broken)):
                known = (*self.rulebooks, *LISTS)
                self.ctx.unknown("unknown-rulebook", "rulebook, and no field (those have a dot)", key, known)
            return []
        words = [word for word in self.ctx.texts(node, "A rule id") if word.text.strip() != NOTHING]
        good = [word.text.strip() for word in words if self._exists(word, book)]
        return [ExpectedRules(book.name, tuple(good), key.place)]

    def _exists(self, word: Scalar, book: Rulebook) -> bool:
        name = word.text.strip()
        known = [rule.id for rule in book.every_rule()]
        if name in known or f"rule {name}" in self.ctx.broken:
            return True
        message = f"The rulebook {book.name} has no rule '{name}'."
        remedy = f"Write '{NOTHING}' if no rule holds." if name == OTHERWISE else suggestion(name, [*known, NOTHING])
        self.ctx.report(word.place, "unknown-rule", message, remedy)
        return False

    def _entries(self, mapping: Mapping, key: str, known: Collection[str]) -> list[Mapping] | None:
        """The mappings of a list; None when the key is not there, empty for `nothing`."""
        node = mapping.get(key)
        if node is None or (isinstance(node, Scalar) and node.text == NOTHING):
            return None if node is None else []
        found = []
        for item in self.ctx.sequence(node, f"'{key}'") or ():
            entry = self.ctx.mapping(item, f"An item of '{key}'")
            if entry is not None:
                self.ctx.keys(entry, known, f"an item of '{key}'")
                found.append(entry)
        return found

    def _messages(self, mapping: Mapping) -> tuple[ExpectedMessage, ...] | None:
        entries = self._entries(mapping, "notify", MESSAGE_KEYS)
        if entries is None:
            return None
        found = []
        for entry in entries:
            to = self._person(entry, "to")
            message = ExpectedMessage(
                to or "",
                self._template(entry.get("template")),
                self.ctx.choice(entry.get("urgency"), "urgency", ("now", "digest")),
                self._subject(entry.get("subject")),
                entry.place,
            )
            found += [message] if to else []
        return tuple(found)

    def _tasks(self, mapping: Mapping) -> tuple[ExpectedTask, ...] | None:
        entries = self._entries(mapping, "tasks", TASK_KEYS)
        if entries is None:
            return None
        found = []
        for entry in entries:
            who = self._person(entry, "for")
            task = ExpectedTask(
                who or "",
                self.ctx.text(entry.get("what"), "'what'"),
                instant(entry.get("due"), "due", self.ctx),
                entry.place,
            )
            found += [task] if who else []
        return tuple(found)

    def _mails(self, mapping: Mapping) -> tuple[ExpectedMail, ...] | None:
        entries = self._entries(mapping, "mails", MAIL_KEYS)
        if entries is None:
            return None
        found = []
        for entry in entries:
            to = self._person(entry, "to")
            mail = ExpectedMail(
                to or "",
                instant(entry.get("at"), "at", self.ctx),
                self._template(entry.get("template")),
                self.ctx.whole(entry.get("messages"), "'messages'", 1),
                entry.place,
            )
            found += [mail] if to else []
        return tuple(found)

    def _person(self, entry: Mapping, key: str) -> str | None:
        """The person's id at a key: messages and tasks reach people, each by themselves."""
        node = entry.get(key)
        if node is None:
            self.ctx.report(entry.place, "missing-key", f"'{key}' is missing here.", f"Add {key}: a person's id.")
        name = self.ctx.text(node, f"'{key}'")
        if name is None or node is None or name in (*self.ctx.team.people, *self.owners):
            return name
        if key == "to" and (name == CONTACT or name.startswith(f"{CONTACT}/")):
            return name
        if TEAM_FILE in self.ctx.broken:
            return name
        pool = self.ctx.team.pools.get(name)
        remedy = f"Name its members, each apart: {', '.join(pool.members)}." if pool else ""
        self.ctx.report(
            node.place,
            "unknown-person",
            f"There is no person '{name}' in rules/team.yaml.",
            remedy or suggestion(name, tuple(self.ctx.team.people)),
        )
        return None

    def _template(self, node: Node | None) -> str | None:
        name = self.ctx.text(node, "'template'")
        if isinstance(node, Scalar) and name is not None and name not in self.ctx.templates:
            self.ctx.unknown("unknown-template", "template in templates/", node, sorted(self.ctx.templates))
            return None
        return name

    def _subject(self, node: Node | None) -> str | None:
        subject = self.ctx.text(node, "'subject'")
        if isinstance(node, Scalar) and subject is not None and subject.partition("/")[0] not in SUBJECTS:
            self.ctx.unknown("unknown-subject", "kind of subject", node, SUBJECTS)
            return None
        return subject
