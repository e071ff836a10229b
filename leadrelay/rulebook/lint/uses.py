"""What the rules of a project name: lists, templates, fields, people and words, gathered from everything that decides.

A rule test alone uses nothing. What cannot be told apart counts as named, so that nothing in use is called unused.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set

from msgspec import Struct

from leadrelay.calendar import WorkCalendar
from leadrelay.duration import Duration
from leadrelay.leads.consent import ALONE, ANYWHERE, TAKEN_BACK
from leadrelay.leads.effects import GIVEN, PASSED_ON
from leadrelay.leads.fields import Field, Fields
from leadrelay.messages import to_ops
from leadrelay.messages.policy import MERGED, Unheard
from leadrelay.rulebook.condition import After, InList, Line, Mentions, SameAs
from leadrelay.rulebook.model import Action, Assign, Notify, Pick, ReturnToSales, Rule, Ruleset, Task, Who
from leadrelay.rulebook.place import Place, home
from leadrelay.rulebook.whos import CONTACT

SENT_BY_ITSELF = frozenset({GIVEN, PASSED_ON, *MERGED, "assignment_fallback", "approval", *to_ops.ABOUT})
"""Templates that the program sends without a rule that names them."""
_OWN = re.compile(r"\b(?:request|contact|account|opportunity)\.extra\.\w+")
_PLAIN = (Place, Duration, WorkCalendar, Fields)
_TITLES = frozenset(("id", "key", "about", "digest", "written", "reason", "summary", "what", "why"))
"""Keys of values whose text names nothing."""


class Uses(Struct, frozen=True):
    """Everything that is named.

    `templates` are those that are sent, `outside` those of them that contacts get. `words` are all words in rules,
    stages, reports, messages and maps that could be the name of a person, pool, role or calendar, without case.
    `singly` are those to whom a rule gives something alone, `told` all whom it gives or tells something."""

    lists: frozenset[str]
    templates: frozenset[str]
    outside: frozenset[str]
    fields: frozenset[str]
    words: frozenset[str]
    singly: frozenset[str]
    told: frozenset[str]


def uses_of(ruleset: Ruleset, maps: Iterable[object], files: Mapping[str, str]) -> Uses:
    """What a ruleset, its import maps and the texts of its templates name."""
    lists, sent, outside = {ruleset.matching.free_mail, ANYWHERE, ALONE, TAKEN_BACK}, set(SENT_BY_ITSELF), set()
    words: set[str] = set()
    fields = {path for formula in ruleset.fields.formulas.values() for path in formula.of}
    territories = [person.territory for person in ruleset.team.people.values()]
    for one in _structs([ruleset.rulebooks, ruleset.messages, ruleset.stages, ruleset.reports, *maps, *territories]):
        match one:
            case InList() | Mentions():
                lists.add(one.name)
                continue  # its values name nothing
            case Line() | Field():
                fields.add(one.path)
            case SameAs() | After():
                fields.add(one.other)
            case Unheard():
                sent.add(one.template)
            case Notify():
                sent.add(one.template)
                outside |= {one.template} if CONTACT in one.to else set()
        words.update(_words(one))
    for file, text in files.items():
        if home(file).startswith("templates/"):
            fields.update(_OWN.findall(text))
    actions = [action for _, rule in ruleset.rules() for action in actions_of(rule)]
    return Uses(
        frozenset(lists),
        frozenset(sent),
        frozenset(outside),
        frozenset(fields | words),  # paths stand in actions, reports and the demands of stages as well
        frozenset(word.casefold() for word in words),
        frozenset(name for action in actions for name in _takers(action)),
        frozenset(name for action in actions for name in _told(action)),
    )


def _structs(value: object) -> Iterator[Struct]:
    """Every value with keys inside of a value, itself included; not what calendars, places and such are made of."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Struct):
            if not isinstance(one, _PLAIN):
                yield one
                waiting += [getattr(one, name) for name in one.__struct_fields__]
        elif isinstance(one, Mapping):
            waiting += one.values()
        elif isinstance(one, list | tuple):
            waiting += one


def _words(one: Struct) -> Iterator[str]:
    """The texts that a value has itself, or in a list of texts."""
    for name in one.__struct_fields__:
        value = getattr(one, name)
        if isinstance(value, str):
            if name not in _TITLES:
                yield value
        elif isinstance(value, tuple | list | Set):
            yield from _texts(value)


def _texts(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, tuple):
            yield from _texts(value)


def actions_of(rule: Rule) -> Iterator[Action]:
    """What a rule does, at once and later."""
    yield from rule.then
    for step in rule.later:
        yield from step.then


def who_of(action: Action) -> Who | None:
    """Who gets something by an action, if somebody does: an assignment, a task, or what goes back to sales."""
    match action:
        case Assign():
            return action.who
        case Task():
            return action.who
        case ReturnToSales():
            return action.to
        case _:
            return None


def _takers(action: Action) -> Iterator[str]:
    """People, pools, roles and fields that an action gives something; of a pool what it keeps to and falls back on."""
    who = who_of(action)
    if isinstance(who, Pick):
        yield from filter(None, (who.keep, who.fallback))
    elif who is not None:
        yield who


def _told(action: Action) -> Iterator[str]:
    yield from action.to if isinstance(action, Notify) else _takers(action)
