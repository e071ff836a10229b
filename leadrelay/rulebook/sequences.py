"""Reads sequences: who is on a nurture list gets its steps in turn until an exit ends them; each becomes a rulebook.

    sequence NAME, list L          rulebook NAME about contacts, flow nurture, hit: all, scope: contact.lists has L
    exit: on or when, then         one rule each, before the steps: its `then`, off the list, and stop
    steps: after, send, unless     the rule NAME, whose `later` they are; `when` of the sequence counts for each step

So that episodes, explanations, `due`, rule tests and the hold at a first run are those of every other rule. An episode
is one stay on the list: who leaves and joins again begins anew (`Rule.since`).
"""

from collections.abc import Callable, Iterable, Iterator
from types import MappingProxyType
from typing import cast, get_args

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.leads.fields import JOINED, Type
from leadrelay.rulebook.actions import read_actions
from leadrelay.rulebook.condition import ALWAYS, After, All, Any, Condition, Contains, Equals, Known, Line, Test
from leadrelay.rulebook.conditions import read_condition
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.formerly import read_was
from leadrelay.rulebook.ladder import check_step, read_rung_condition, read_step_id
from leadrelay.rulebook.limit import read_limit
from leadrelay.rulebook.literals import duration
from leadrelay.rulebook.meaning import digest_of
from leadrelay.rulebook.model import Action, Leave, Mode, Notify, Nurture, Rule, Rulebook, Step, Stop, Subject
from leadrelay.rulebook.nodes import Mapping, Node, Scalar
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.whos import CONTACT

KEYS = ("sequence", "about", "list", "order", "calendar", "mode", "limit", "backfill", "when", "steps", "exit", "was")
STEP_KEYS = ("id", "after", "send", "then", "when", "unless")
EXIT_KEYS = ("id", "about", "on", "when", "then", "reason")
ORDER = 50
"""Sequences come after the rules that put contacts on lists, unless they say otherwise."""
SUBJECT: Subject = "contact"
_REASONS = {
    "answers": "they answered",
    "asks": "they asked something",
    "bounces": "mail to them bounced",
    "unsubscribes": "they want no marketing mail",
}
EVENTS = tuple(_REASONS)
"""What `exit: on:` may name."""
ALWAYS_OUT = ("bounces", "unsubscribes")
"""Who leaves whether or not the file says so: nothing could be sent to them anyway."""
Named = Callable[[Node | None, str], str | None]
"""Takes a name for a rulebook or a rule, and reports one that is taken."""


class Exit(Struct, frozen=True):
    """One way out, as written."""

    name: str
    when: Condition
    then: tuple[Action, ...]
    reason: str
    about: str
    place: Place


def read_sequence(node: Mapping, context: Context, named: Named) -> Rulebook | None:
    """The rulebook that a sequence is; None when it has no name. What is wrong was reported and is left out."""
    context.keys(node, KEYS, "a sequence")
    name = named(node.get("sequence"), "rulebook")
    return None if name is None else _Sequence(node, context, named, name).read()


class _Sequence(Struct):
    node: Mapping
    context: Context
    named: Named
    name: str
    calendar: str = "default"

    def read(self) -> Rulebook:
        node, context = self.node, self.context
        on = context.text(node.get("list"), "'list'") or self.name
        about = context.text(node.get("about"), "'about'") or ""
        calendars = tuple(one for one in context.calendars if one != "owner") or ("default",)
        self.calendar = context.choice(node.get("calendar"), "calendar", calendars) or "default"
        mode = cast(Mode, context.choice(node.get("mode"), "mode", get_args(Mode)) or "live")
        scope = _line("contact.lists", Contains((on.casefold(),)), Type.LIST, f"{{contains: {on}}}")
        rules = [self._exit_rule(one, on, mode, scope) for one in self._exits(on)]
        own = self.named(Scalar(self.name, True, node.key("sequence")), "rule") or self.name
        rule = Rule(
            own,
            own,
            later=self._steps(),
            about=about,
            mode=mode,
            backfill=context.yes_no(node.get("backfill"), "'backfill'") or False,
            place=node.key("sequence"),
            since=f"{JOINED}{on}",
            limit=read_limit(node.get("limit"), context),
            was=read_was(node, context),
        )
        order = context.whole(node.get("order"), "'order'")
        return Rulebook(
            name=self.name,
            subject=SUBJECT,
            flow="nurture",
            order=ORDER if order is None else order,
            hit="all",
            scope=scope,
            rules=(*rules, _finished(rule, scope)),
            about=about,
            calendar=self.calendar,
            place=node.key("sequence"),
            was=rule.was,
        )

    def _steps(self) -> tuple[Step, ...]:
        items = self.context.sequence(self.node.get("steps"), "'steps'")
        if items is None or len(items) == 0:
            message, remedy = "The sequence has no steps.", "Add steps: with - {after: 3 working days, send: TEMPLATE}."
            self.context.report(self.node.key("steps"), "missing-key", message, remedy)
            return ()
        entry = read_condition(self.node.get("when"), self.context, SUBJECT, self.calendar)
        steps: list[Step] = []
        for item in items:
            rung = self.context.mapping(item, "A step")
            step = self._step(rung, entry) if rung else None
            if rung is not None and step is not None:
                check_step(steps, step, rung, self.context)
                steps.append(step)
        return tuple(steps)

    def _step(self, rung: Mapping, entry: Condition) -> Step | None:
        context = self.context
        context.keys(rung, STEP_KEYS, "a step of a sequence")
        if "after" not in rung:
            context.report(rung.place, "missing-key", "The step has no 'after'.", "Add after: 3 working days.")
        after = duration(rung.get("after"), "after", context, self.calendar)
        own = read_rung_condition(rung, context, SUBJECT, self.calendar)
        then = self._what(rung)
        if after is None or not then:
            return None
        parts = [part for part in (entry, own) if part is not ALWAYS]
        name = read_step_id(rung, context)
        return Step(after, then, rung.key("after"), All(tuple(parts)) if parts else ALWAYS, name)

    def _what(self, rung: Mapping) -> tuple[Action, ...]:
        """What a step does: `send: TEMPLATE` to the contact, or any actions."""
        if ("send" in rung) == ("then" in rung):
            message = f"The step has {'both send and then' if 'send' in rung else 'neither send nor then'}."
            self.context.report(rung.place, "send-or-then", message, "Keep one of them: send: TEMPLATE, or then: […].")
            return ()
        if "then" in rung:
            return read_actions(rung.get("then"), self.context, SUBJECT, self.calendar)
        template = self.context.template(rung.get("send"), "'send'")
        return (Notify((CONTACT,), template, place=rung.key("send")),) if template else ()

    def _exits(self, on: str) -> list[Exit]:
        """The ways out: first who gets no mail any more, then those of the file, in its order."""
        found, events = [], set()
        for number, item in enumerate(self.context.sequence(self.node.get("exit"), "'exit'") or (), start=1):
            way = self.context.mapping(item, "An exit")
            if way is None:
                continue
            named = [one.text for one in self.context.texts(way.get("on"), "'on'")]
            events |= set(named)
            if (made := self._exit(way, named, on, number)) is not None:
                found.append(made)
        place = self.node.key("sequence")
        always = [one for one in ALWAYS_OUT if one not in events]
        return [*(Exit(one, _event(one, on), (), _REASONS[one], "", place) for one in always), *found]

    def _exit(self, way: Mapping, events: list[str], on: str, number: int) -> Exit | None:
        context = self.context
        context.keys(way, EXIT_KEYS, "an exit")
        for item in context.texts(way.get("on"), "'on'"):
            if item.text not in EVENTS:
                context.unknown("unknown-choice", "value for 'on'", item, EVENTS)
                return None
        if not events and "when" not in way:
            message, remedy = "Nothing says when this exit is taken.", "Add on: answers, or when: {…}."
            context.report(way.place, "missing-key", message, remedy)
            return None
        parts: list[Condition] = [Any(tuple(_event(one, on) for one in events))] if events else []
        if "when" in way:
            parts.append(read_condition(way.get("when"), context, SUBJECT, self.calendar))
        about = context.text(way.get("about"), "'about'") or ""
        reasons = [_REASONS[one] for one in events]
        return Exit(
            name=context.text(way.get("id"), "'id'") or (events[0] if len(events) == 1 else f"exit-{number}"),
            when=All(tuple(parts)),
            then=read_actions(way.get("then"), context, SUBJECT, self.calendar) if "then" in way else (),
            reason=context.text(way.get("reason"), "'reason'") or about or " or ".join(reasons),
            about=about,
            place=way.place,
        )

    def _exit_rule(self, one: Exit, on: str, mode: Mode, scope: Condition) -> Rule:
        """Actions of its own, off the list, and nothing more of this sequence. A first run is held only for what acts
        on others: who should be out is out."""
        name = f"{self.name}-{one.name}"
        name = self.named(Scalar(name, True, one.place), "rule") or name
        about = one.about or f"Out of {self.name}: {one.reason or 'its condition holds'}."
        then = (*one.then, Leave(on, one.reason or about, one.place), Stop(one.place))
        rule = Rule(name, name, one.when, then, about=about, mode=mode, backfill=not one.then, place=one.place)
        rule = replace(rule, was=tuple(f"{former}-{one.name}" for former in read_was(self.node, self.context)))
        return _finished(rule, scope)


def _finished(rule: Rule, scope: Condition) -> Rule:
    return replace(rule, digest=digest_of(scope, rule.when))


def _line(path: str, test: Test, kind: Type, written: str) -> Line:
    return Line(path, test, kind, windowed=path in _WINDOWED, written=written)


_WINDOWED = ("contact.last_answer_at", "contact.last_asked_at")
_SINCE = MappingProxyType({"answers": "contact.last_answer_at", "asks": "contact.last_asked_at"})


def _event(name: str, on: str) -> Condition:
    """What happened since the contact joined the list, as a condition that `explain` can show."""
    if name in _SINCE:
        joined = f"{JOINED}{on}"
        return _line(_SINCE[name], After(joined), Type.TIME, f"{{after: {joined}}}")
    known = "{known: true}"
    if name == "bounces":
        return _line("contact.bounced_at", Known(True), Type.TIME, known)
    return Any(
        (
            _line("contact.unsubscribed_at", Known(True), Type.TIME, known),
            _line("contact.objected_at", Known(True), Type.TIME, known),
            _line("contact.consent", Equals(frozenset((False,))), Type.YES_NO, "false"),
        )
    )


def check_lists(context: Context, books: Iterable[Rulebook]) -> None:
    """Warns of a sequence whose list no rule puts anybody on: then it is filled by hand, or its name is misspelt.

    As long as other files have faults, that rule may be one that could not be read."""
    faulty = {problem.place.file for problem in context.problems if problem.severity == "error"}
    found = list(books)
    filled = {action.list for book in found for action in _actions(book) if isinstance(action, Nurture)}
    for book in found:
        for rule in book.rules:
            on = rule.since.removeprefix(JOINED)
            if on and on not in filled and faulty <= {rule.place.file}:
                message = f"No rule puts contacts on the list '{on}' of this sequence."
                near = suggestion(on, sorted(filled)) if filled else ""
                remedy = f"{near} 'leadrelay lists {on} --add CONTACT' fills it by hand."
                context.report(rule.place, "list-nobody-fills", message, remedy.strip(), "warning")


def _actions(book: Rulebook) -> Iterator[Action]:
    for rule in book.every_rule():
        yield from rule.then
        for step in rule.later:
            yield from step.then
