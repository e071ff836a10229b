"""Reads `then:` lists: YAML nodes to the actions of model.py, held against desks, people, templates and fields."""

from collections.abc import Callable, Iterable
from collections.abc import Mapping as Dictionary
from types import MappingProxyType
from typing import Literal, cast

from msgspec import Struct

from leadrelay.leads.effects import GIVEN, PASSED_ON
from leadrelay.leads.fields import DESKS, OPPORTUNITY_OUTCOMES, REQUEST_OUTCOMES, Field, Type, Value
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.field_names import find_field
from leadrelay.rulebook.literals import FAULT, Fault, duration, literal
from leadrelay.rulebook.model import (
    Action,
    Assign,
    Close,
    Leave,
    Notify,
    Nurture,
    Qualify,
    ReturnToSales,
    Route,
    Set,
    Stop,
    Task,
)
from leadrelay.rulebook.nodes import Mapping, Node, Scalar, Sequence
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.stages_file import known_stage
from leadrelay.rulebook.whos import read_names, read_who

OUTCOMES: Dictionary[str, tuple[str, ...]] = MappingProxyType(
    {"request": REQUEST_OUTCOMES, "opportunity": OPPORTUNITY_OUTCOMES}
)
_WRITTEN_BY: Dictionary[str, str] = MappingProxyType(
    {
        "id": "Nothing changes an id.",
        "owner": "Write {assign: WHO}.",
        "desk": "Write {route: DESK}.",
        "status": "Write {close: {outcome: …, reason: …}}.",
        "outcome": "Write {close: {outcome: …, reason: …}}.",
        "closed_at": "Write {close: {outcome: …, reason: …}}.",
    }
)
"""Fields that only another action writes, because more changes with them."""


def read_actions(node: Node | None, context: Context, subject: str, calendar: str) -> tuple[Action, ...]:
    """The actions of a `then:` list in order; what is wrong was reported and is left out."""
    items = context.sequence(node, "'then'")
    if items is None:
        return ()
    if len(items) == 0:
        context.report(items.place, "no-actions", "Nothing is done here.", "Add an action, such as {route: sales}.")
    reader = _Reader(context, subject, calendar)
    return tuple(action for item in items if (action := reader.item(item)) is not None)


def read_action(key: Scalar, node: Node, context: Context, subject: str, calendar: str) -> Action | None:
    """One action by its name and what follows it, as in a column of a table; None was reported."""
    return _Reader(context, subject, calendar).action(key, node)


def check_name(key: Scalar, context: Context) -> bool:
    """Whether the word is an action's name; reported if not."""
    if key.text in _ACTIONS:
        return True
    context.unknown("unknown-action", "action", key, tuple(_ACTIONS))
    return False


class _Reader(Struct, frozen=True):
    """Reads the actions of rules about one kind of subject."""

    context: Context
    subject: str
    calendar: str

    def item(self, node: Node) -> Action | None:
        if not isinstance(node, Mapping):
            self.context.report(
                node.place, "not-a-mapping", "An action is a key with a value.", "Write it as - route: sales."
            )
            return None
        if len(node) > 1:
            second = list(node.items())[1][0]
            self.context.report(
                second.place,
                "several-actions",
                "A second action in one item.",
                f"Begin it with a dash: - {second.text}: …",
            )
        return next((self.action(key, value) for key, value in node.items()), None)

    def action(self, key: Scalar, node: Node) -> Action | None:
        if not check_name(key, self.context):
            return None
        subjects, read = _ACTIONS[key.text]
        if self.subject not in subjects:
            self.context.report(
                key.place,
                "misfit-action",
                f"'{key.text}' is not for rules about a subject of kind {self.subject}.",
                f"It is for: {', '.join(subjects)}.",
            )
            return None
        return read(self, node, key.place)

    def _parts(self, node: Node, action: str, needed: Iterable[str], also: Iterable[str] = ()) -> Mapping | None:
        """The mapping after an action, if it is one with all the keys it needs."""
        mapping = self.context.mapping(node, f"'{action}'")
        if mapping is None:
            return None
        self.context.keys(mapping, (*needed, *also), f"'{action}'")
        missing = [key for key in needed if key not in mapping]
        if missing:
            self.context.report(
                mapping.place,
                "missing-key",
                f"'{action}' has no {' and no '.join(missing)}.",
                f"Add {' and '.join(f'{key}: …' for key in missing)}.",
            )
        return None if missing else mapping

    def _word(self, node: Node, action: str, key: str) -> str | None:
        """The one text of an action, bare or as `{key: text}`."""
        if isinstance(node, Mapping):
            mapping = self._parts(node, action, (key,))
            return self.context.text(mapping.get(key), f"'{key}'") if mapping else None
        return self.context.text(node, f"'{action}'")

    def _route(self, node: Node, place: Place) -> Action | None:
        desk = self.context.choice(node, "route", DESKS)
        return None if desk is None else Route(desk, place)

    def _assign(self, node: Node, place: Place) -> Action | None:
        who = read_who(node, self.context, self.subject, ("tell",))
        tell = isinstance(node, Mapping) and self._tell(node)
        return None if who is None else Assign(who, place, tell)

    def _tell(self, node: Mapping) -> bool:
        """Whether both owners are told of it; needs the templates for that."""
        tell = self.context.yes_no(node.get("tell"), "'tell'") or False
        for name in (GIVEN, PASSED_ON) if tell else ():
            if name not in self.context.templates:
                message = f"Who is told of it gets the template '{name}', and there is none."
                self.context.report(node.key("tell"), "unknown-template", message, f"Add templates/en/{name}.j2.")
        return tell

    def _notify(self, node: Node, place: Place) -> Action | None:
        parts = self._parts(node, "notify", ("to", "template"), ("urgency",))
        if parts is None:
            return None
        to = read_names(parts.get("to"), self.context, self.subject, outside=True)
        template = self.context.template(parts.get("template"), "'template'")
        urgency = self.context.choice(parts.get("urgency"), "urgency", ("now", "digest")) or "now"
        if not to or template is None:
            return None
        return Notify(to, template, cast(Literal["now", "digest"], urgency), place)

    def _qualify(self, node: Node, place: Place) -> Action | None:
        stage = self._word(node, "qualify", "stage")
        given = node.get("stage") if isinstance(node, Mapping) else node
        if stage is None or not isinstance(given, Scalar) or not known_stage(given, self.context):
            return None
        return Qualify(stage, place)

    def _nurture(self, node: Node, place: Place) -> Action | None:
        name = self._word(node, "nurture", "list")
        return None if name is None else Nurture(name, place)

    def _leave(self, node: Node, place: Place) -> Action | None:
        parts = self._parts(node, "leave", ("list",), ("reason",))
        name = self.context.text(parts.get("list"), "'list'") if parts else None
        reason = self.context.text(parts.get("reason"), "'reason'") if parts else None
        return None if name is None else Leave(name, reason or "", place)

    def _return_to_sales(self, node: Node, place: Place) -> Action | None:
        parts = self._parts(node, "return_to_sales", ("summary",), ("to",))
        if parts is None:
            return None
        summary = self.context.text(parts.get("summary"), "'summary'")
        to = read_who(parts.get("to"), self.context, self.subject) if "to" in parts else None
        return None if summary is None else ReturnToSales(summary, to, place)

    def _close(self, node: Node, place: Place) -> Action | None:
        parts = self._parts(node, "close", ("outcome", "reason"))
        if parts is None:
            return None
        outcome = self.context.choice(parts.get("outcome"), "outcome", OUTCOMES[self.subject])
        reason = self.context.text(parts.get("reason"), "'reason'")
        return None if outcome is None or reason is None else Close(outcome, reason, place)

    def _set(self, node: Node, place: Place) -> Action | None:
        mapping = self.context.mapping(node, "'set'")
        if mapping is None:
            return None
        if len(mapping) == 0:
            self.context.report(mapping.place, "no-value", "Nothing is set here.", "Write field: value.")
        values: list[tuple[str, Value]] = []
        for key, given in mapping.items():
            field = self._own_field(key)
            value = self._value(given, field) if field else FAULT
            if field is not None and not isinstance(value, Fault):
                values.append((field.path, value))
        return Set(tuple(values), place) if values else None

    def _own_field(self, key: Scalar) -> Field | None:
        """The field of the subject itself that `set` names, with or without the subject's name in front."""
        short = self.context.fields.get(f"{self.subject}.{key.text}")
        field = short or find_field(key, self.context, None)
        if field is None:
            return None
        if field.entity != self.subject:
            message = f"A rule about a subject of kind {self.subject} cannot change {field.path}."
            self.context.report(key.place, "foreign-field", message, f"Set fields of the {self.subject} itself.")
        elif field.derived or field.name in _WRITTEN_BY:
            remedy = "It is computed from other facts." if field.derived else _WRITTEN_BY[field.name]
            self.context.report(key.place, "unsettable-field", f"'set' cannot change {field.path}.", remedy)
        else:
            return field
        return None

    def _value(self, node: Node, field: Field) -> Value | Fault:
        """The value to write, as written; `null` clears the field."""
        if isinstance(node, Scalar) and node.value is None:
            return None
        if field.path == "opportunity.stage" and isinstance(node, Scalar) and not known_stage(node, self.context):
            return FAULT
        if field.type is Type.LIST and isinstance(node, Sequence):
            return tuple(item.text for item in self.context.texts(node, f"A value of {field.path}"))
        value = literal(node, field, self.context)
        return (value,) if field.type is Type.LIST and isinstance(value, str) else value

    def _task(self, node: Node, place: Place) -> Action | None:
        parts = self._parts(node, "task", ("for", "what", "due"))
        if parts is None:
            return None
        who = read_names(parts.get("for"), self.context, self.subject)
        what = self.context.text(parts.get("what"), "'what'")
        due = duration(parts.get("due"), "due", self.context, self.calendar)
        if len(who) > 1:
            self.context.report(
                parts.key("for"),
                "several-people",
                "A task is for one.",
                "Write a task for each, or name a pool.",
            )
        return Task(who[0], what, due, place) if len(who) == 1 and what and due else None

    def _stop(self, node: Node, place: Place) -> Action | None:
        wanted = self.context.yes_no(node, "'stop'")
        if wanted is False:
            self.context.report(node.place, "stop-false", "This does nothing.", "Write stop: true, or remove it.")
        return Stop(place) if wanted else None


_Read = Callable[[_Reader, Node, Place], Action | None]
_ANY = ("request", "opportunity", "contact", "account")
_ACTIONS: Dictionary[str, tuple[tuple[str, ...], _Read]] = MappingProxyType(
    {
        "route": (("request",), _Reader._route),
        "assign": (("request", "opportunity", "account"), _Reader._assign),
        "notify": (_ANY, _Reader._notify),
        "qualify": (("request",), _Reader._qualify),
        "nurture": (("request", "opportunity", "contact"), _Reader._nurture),
        "leave": (("request", "opportunity", "contact"), _Reader._leave),
        "return_to_sales": (("opportunity", "contact"), _Reader._return_to_sales),
        "close": (("request", "opportunity"), _Reader._close),
        "set": (_ANY, _Reader._set),
        "task": (_ANY, _Reader._task),
        "stop": (_ANY, _Reader._stop),
    }
)
"""Every action: the kinds of subject it is for, and what reads it."""
