"""Reads rulebooks: their heads, and their rules one by one; tables are read in table.py."""

import re
from typing import Any, cast, get_args

from msgspec import Struct, field
from msgspec.structs import replace

from leadrelay.leads.fields import SUBJECTS
from leadrelay.rulebook.actions import read_actions
from leadrelay.rulebook.condition import ALWAYS, Condition
from leadrelay.rulebook.conditions import read_condition
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.formerly import read_was
from leadrelay.rulebook.ladder import read_later, read_repeat
from leadrelay.rulebook.limit import read_limit
from leadrelay.rulebook.meaning import digest_of
from leadrelay.rulebook.model import FLOWS, OTHERWISE, Flow, Mode, Rule, Rulebook, Stop, Subject
from leadrelay.rulebook.nodes import Mapping, Node, Scalar
from leadrelay.rulebook.owner_calendar import OWNED, OWNER
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.sequences import read_sequence
from leadrelay.rulebook.stages_file import read_gates
from leadrelay.rulebook.table import Table, read_table

KEYS = (
    "rulebook",
    "about",
    "subject",
    "flow",
    "order",
    "hit",
    "scope",
    "rules",
    "table",
    "otherwise",
    "calendar",
    "mode",
    "limit",
    "gates",
    "was",
)
RULE_KEYS = ("id", "about", "when", "then", "later", "repeat", "mode", "limit", "backfill", "was")
MODES = get_args(Mode)
RESERVED = (OTHERWISE, "nothing")
_NAME = re.compile(r"[^\W_][\w.\-]*")


class Read(Struct, frozen=True):
    """A rulebook as read, with its table if it has one, for checks that need the rows."""

    book: Rulebook
    table: Table | None = None


class Rulebooks(Struct):
    """Reads one rulebook file after the other; names of rulebooks and ids of rules are unique over all of them."""

    context: Context
    names: dict[str, Place] = field(default_factory=dict)
    ids: dict[str, Place] = field(default_factory=dict)

    def read(self, file: str) -> Read | None:
        """The rulebook in a file; None when it cannot be used at all. What is wrong was reported."""
        node = self.context.document(file)
        if node is None:
            return None
        if "sequence" in node and "rulebook" not in node:
            book = read_sequence(node, self.context, lambda name, what: self.named(name, self._taken(what), what))
            return Read(book) if book else None
        self.context.keys(node, KEYS, "a rulebook")
        read_gates(node, self.context)
        if "gates" in node and "rulebook" not in node and "rules" not in node and "table" not in node:
            return None  # a file of gates alone
        name = self._name(node)
        subject = self._choice(node, "subject", SUBJECTS)
        flow = self._choice(node, "flow", FLOWS)
        if name is None or subject is None or flow is None:
            return None
        return _Book(self, node, name, cast(Subject, subject), cast(Flow, flow)).read()

    def _taken(self, what: str) -> dict[str, Place]:
        return self.names if what == "rulebook" else self.ids

    def _name(self, node: Mapping) -> str | None:
        given = node.get("rulebook")
        if given is None:
            self.context.report(
                node.place,
                "missing-key",
                "This file has no name for its rulebook.",
                "Begin it with rulebook: NAME. Files in rules/ are rulebooks, but for team, calendar and fields.",
            )
        return self.named(given, self.names, "rulebook")

    def named(self, node: Node | None, taken: dict[str, Place], what: str) -> str | None:
        """A name that nothing else of its kind has; None when it is missing or cannot be one (reported)."""
        name = self.context.text(node, f"The name of a {what}")
        if name is None or node is None:
            return None
        if not _NAME.fullmatch(name) or name in RESERVED:
            self.context.report(
                node.place,
                "bad-name",
                f"'{name}' cannot be the name of a {what}.",
                "Use letters, digits, - and _, as in large-company; 'otherwise' and 'nothing' mean something else.",
            )
            return None
        if name in taken:
            self.context.report(
                node.place,
                "duplicate-rulebook" if what == "rulebook" else "duplicate-rule",
                f"There is another {what} '{name}', at {taken[name]}.",
                "Give one of them another name; names are unique in the whole project.",
            )
        taken.setdefault(name, node.place)
        return name

    def _choice(self, node: Mapping, key: str, choices: tuple[str, ...]) -> str | None:
        if key not in node:
            remedy = f"Add {key}: and one of {', '.join(choices)}."
            self.context.report(node.place, "missing-key", f"The rulebook has no {key}.", remedy)
        return self.context.choice(node.get(key), key, choices)


class _Book(Struct):
    """One rulebook being read."""

    shelf: Rulebooks
    node: Mapping
    name: str
    subject: Subject
    flow: Flow
    calendar: str = "default"
    scope: Condition = ALWAYS
    mode: Mode = "live"
    limit: int | None = None

    @property
    def context(self) -> Context:
        return self.shelf.context

    def read(self) -> Read:
        node, context = self.node, self.context
        self.calendar = self._calendar() or "default"
        self.mode = cast(Mode, context.choice(node.get("mode"), "mode", MODES) or "live")
        self.limit = read_limit(node.get("limit"), context)
        self.scope = read_condition(node.get("scope"), context, self.subject, self.calendar)
        hit = context.choice(node.get("hit"), "hit", ("first", "all")) if "hit" in node else "first"
        table = self._table()
        rules = self._rows(table) if table else self._rules()
        if hit == "first":
            self._check_no_stop(rules)
        book = Rulebook(
            name=self.name,
            subject=self.subject,
            flow=self.flow,
            order=self._order(),
            hit=cast(Any, hit or "first"),
            scope=self.scope,
            rules=rules,
            otherwise=self._otherwise(hit, table),
            about=context.text(node.get("about"), "'about'") or "",
            calendar=self.calendar,
            ordered=table is None or table.ordered is not False,
            place=node.key("rulebook"),
            was=read_was(node, context),
        )
        return Read(book, table)

    def _order(self) -> int:
        return self.context.whole(self.node.get("order"), "'order'") or 0

    def _calendar(self) -> str | None:
        calendars = tuple(self.context.calendars) or ("default",)
        node = self.node.get("calendar")
        name = self.context.choice(node, "calendar", calendars)
        if name == OWNER and node is not None and self.subject not in OWNED:
            message = f"A {self.subject} has no owner, so there is no owner's calendar."
            self.context.report(node.place, "no-owner", message, "Name a calendar of rules/calendar.yaml.")
        return name

    def _table(self) -> Table | None:
        node = self.node
        if ("rules" in node) == ("table" in node):
            both = "rules" in node
            self.context.report(
                node.key("table") if both else node.place,
                "rules-or-table",
                f"The rulebook has {'both rules and a table' if both else 'neither rules nor a table'}.",
                "Keep one of them; put the other in a rulebook of its own." if both else "Add rules: or table:.",
            )
            return None
        given = self.context.mapping(node.get("table"), "'table'")
        return read_table(given, self.context, self.subject, self.calendar) if given else None

    def _rows(self, table: Table) -> tuple[Rule, ...]:
        rules = []
        for row in table.rows:
            given = row.id or Scalar(f"{self.name}-{row.number}", True, row.place)
            name = self.shelf.named(given, self.shelf.ids, "rule") or f"{self.name}-{row.number}"
            rule = Rule(name, name, row.when, row.then, about=row.about, row=row.number, place=row.place)
            rules.append(self._finished(replace(rule, mode=self.mode, limit=self.limit)))
        return tuple(rules)

    def _rules(self) -> tuple[Rule, ...]:
        items = self.context.sequence(self.node.get("rules"), "'rules'")
        if items is not None and len(items) == 0:
            self.context.report(items.place, "no-rules", "There are no rules here.", "Add one, or remove the rulebook.")
        rules = []
        for item in items or ():
            node = self.context.mapping(item, "A rule")
            if node is not None:
                rules.append(self._rule(node))
        return tuple(rules)

    def _rule(self, node: Mapping) -> Rule:
        context = self.context
        context.keys(node, RULE_KEYS, "a rule")
        for key, remedy in (
            ("id", "Add id: and a name that stays."),
            ("then", "Add then: and a list of actions, or later: if it only waits."),
        ):
            if key not in node and not (key == "then" and "later" in node):
                context.report(node.place, "missing-key", f"The rule has no {key}.", remedy)
        given = node.get("id")
        name = self.shelf.named(given, self.shelf.ids, "rule") or ""
        rule = Rule(
            id=name,
            key=name,
            when=read_condition(node.get("when"), context, self.subject, self.calendar),
            then=read_actions(node.get("then"), context, self.subject, self.calendar),
            later=read_later(node.get("later"), context, self.subject, self.calendar),
            repeat=read_repeat(node.get("repeat"), context, self.calendar),
            about=context.text(node.get("about"), "'about'") or "",
            mode=cast(Mode, context.choice(node.get("mode"), "mode", MODES) or self.mode),
            backfill=context.yes_no(node.get("backfill"), "'backfill'") or False,
            place=given.place if given else node.place,
            limit=read_limit(node.get("limit"), context) if "limit" in node else self.limit,
            was=read_was(node, context),
        )
        return self._finished(rule)

    def _finished(self, rule: Rule) -> Rule:
        """The rule with the digest of what it means within this scope."""
        return replace(rule, digest=digest_of(self.scope, rule.when))

    def _otherwise(self, hit: str | None, table: Table | None) -> Rule | None:
        node, context = self.node.get("otherwise"), self.context
        if node is None:
            # a table may cover everything by itself; hygiene.py says so when it does not
            if hit == "first" and table is None and "table" not in self.node:
                context.report(
                    self.node.key("rules"),
                    "no-otherwise",
                    "Nothing says what happens when no rule holds.",
                    "Add otherwise: with actions, such as - route: inside_sales.",
                )
            return None
        if hit == "all":
            place = self.node.key("otherwise")
            message = "With hit: all there is no otherwise: every rule that holds is carried out, and none is fine."
            context.report(place, "otherwise-with-all", message, "Remove it, or write hit: first.")
            return None
        then = read_actions(node, context, self.subject, self.calendar)
        key = f"{self.name}/{OTHERWISE}"
        place = self.node.key("otherwise")
        was = tuple(f"{name}/{OTHERWISE}" for name in read_was(self.node, context))
        rule = Rule(OTHERWISE, key, then=then, mode=self.mode, place=place, limit=self.limit, was=was)
        return self._finished(rule)

    def _check_no_stop(self, rules: tuple[Rule, ...]) -> None:
        for rule in rules:
            for action in rule.then:
                if isinstance(action, Stop):
                    message = "With hit: first the first rule that holds is alone already; stop does nothing."
                    self.context.report(action.place, "needless-stop", message, "Remove it.", "warning")
