"""What each action of a rule does: a dictionary from its name to the function that turns it into effects.

Every function changes the case's row too, so that later rules see it, and returns what it did as the decision
records it. Nothing reopens: closing what is closed does nothing. `last_touched_at` is for people; rules leave it.
"""

from collections.abc import Callable, Mapping
from itertools import takewhile
from operator import attrgetter
from types import MappingProxyType
from typing import Any, NamedTuple

from leadrelay.act.assign import FALLBACK_TEMPLATE, choose
from leadrelay.act.case import Case, Facts, World
from leadrelay.act.ladder import Rung
from leadrelay.act.moving import canonical, held_up, lacking, lacking_at_first, missing_task, note_move
from leadrelay.act.reason import Reason, written
from leadrelay.act.who import audience
from leadrelay.duration import Duration
from leadrelay.leads.effects import GIVEN, PASSED_ON, Creation, Episode, Joining, Leaving, NewMessage, NewTask
from leadrelay.leads.fields import Type, Value
from leadrelay.leads.owner import owner_facts
from leadrelay.leads.team import Person
from leadrelay.rulebook.model import (
    Assign,
    Close,
    Leave,
    Notify,
    Nurture,
    Qualify,
    ReturnToSales,
    Route,
    Rule,
    Rulebook,
    Set,
    Stop,
    Task,
)
from leadrelay.rulebook.owner_calendar import OWNER, moment_for
from leadrelay.rulebook.stages import Lack
from leadrelay.rulebook.whos import CONTACT

_NEXT_DAY = Duration(1, "working day")
BACK = "back-"
"""How the ids of requests begin that a rule has made."""
Done = dict[str, object]
"""What an action did, as the decision's record and `export decisions` show it."""


class Deed(NamedTuple):
    """The step that is being done: whose it is, its idempotency key, and all its actions."""

    world: World
    book: Rulebook
    rule: Rule
    key: str
    rung: Rung
    episode: Episode
    reason: Reason
    row: tuple[Value, ...]
    """The facts before the step, which made the rule hold."""

    @property
    def why(self) -> str:
        """The rule in its own words."""
        return self.rule.about or f"rule {self.rule.id} of {self.book.name}"

    def because(self, case: Case) -> str:
        """Why a message of this step is sent."""
        since = "" if self.rung.step == "0" else f"since: {written(self.episode.began_at, Type.TIME, self.reason.zone)}"
        if not self.reason.others:
            return self.reason.sentence(self.row, since)
        facts = Facts(self.row, case.index)
        moment = moment_for(self.book, facts, self.world.moment, self.world.team)
        return self.reason.sentence(self.row, since, self.reason.also(facts, moment))


def _route(action: Route, case: Case, deed: Deed) -> Done:
    """The desk; `archive` also closes the request as archived, unless the step says itself how to close it."""
    moved = case.put("desk", action.desk, deed.key, deed.world)
    if moved or case.value("request.routed_at") is None:
        case.put("routed_at", deed.world.now, deed.key, deed.world)
    if action.desk == "archive" and not any(isinstance(other, Close) for other in deed.rung.then):
        _end(case, "archived", deed.why, deed)
    return {"route": action.desk}


def _assign(action: Assign, case: Case, deed: Deed) -> Done:
    """The owner; who gets it only because nobody else can is told so."""
    choice = choose(action.who, case, deed.world)
    if choice is None:
        return {"assign": None, "how": "nobody_active"}
    former = deed.world.team.people.get(case.owner or "")
    changed = _own(case, choice.person, deed)
    if choice.fallback:
        _tell(choice.person, FALLBACK_TEMPLATE, "now", case, deed)
    if changed and action.tell:
        _tell(choice.person, GIVEN, "now", case, deed)
        if former is not None and former.active:
            _tell(former, PASSED_ON, "now", case, deed)
    return {"assign": choice.person.id, "how": choice.how}


def _own(case: Case, person: Person, deed: Deed) -> bool:
    """Another owner, with what follows from it; False if it is the same one."""
    world, former, counts = deed.world, case.owner, case.open
    if not case.put("owner", person.id, deed.key, world):
        return False
    if counts:
        world.loads.carry(former, -1)
        world.loads.carry(person.id, 1)
    if case.value(f"{case.kind}.task_owner") == former:
        case.learn(f"{case.kind}.task_owner", person.id)
    if case.kind == "account":
        case.learn("account.owner", person.id)
        world.shaken.add(case.subject)
    if case.kind == "opportunity":
        _shake(case, "account", deed)  # whose running_owner it may be
    if case.slots.of_owner:
        facts = owner_facts(person.id, world.team, world.now, world.loads.of(person.id))
        for path in case.slots.of_owner:
            case.learn(path, facts.get(path))
    return True


def _notify(action: Notify, case: Case, deed: Deed) -> Done:
    """A message to everybody whom `to` reaches, and to the subject's contact if `contact` is among them."""
    readers = audience(tuple(who for who in action.to if who != CONTACT), case, deed.world)
    for person in readers:
        _tell(person, action.template, action.urgency, case, deed)
    told = [person.id for person in readers]
    if CONTACT in action.to and (contact := _contact_of(case)) is not None:
        language = case.text("contact.language") or deed.world.language
        _owe(f"contact/{contact}", action.template, language, "now", case, deed)
        told.append(f"contact/{contact}")
    return {"notify": told, "template": action.template}


def _contact_of(case: Case) -> str | None:
    return case.id if case.kind == "contact" else case.text(f"{case.kind}.contact")


def _tell(person: Person, template: str, urgency: str, case: Case, deed: Deed) -> None:
    _owe(person.id, template, person.language or deed.world.language, urgency, case, deed)


def _owe(to: str, template: str, language: str, urgency: str, case: Case, deed: Deed) -> None:
    key = f"{deed.key}|{template}|{to}"
    message = NewMessage(to, template, language, case.subject, urgency, deed.because(case), key, deed.key)
    deed.world.effects.messages.append(message)


def _qualify(action: Qualify, case: Case, deed: Deed) -> Done:
    """The request becomes an opportunity with one owner and is closed as sales; a closed one has had its outcome."""
    if not case.open:
        return {"qualify": None}
    world, made = deed.world, f"O-{case.id}"
    choice = None
    if (owner := case.owner or case.text("account.owner")) is None and (choice := choose("account.owner", case, world)):
        owner = choice.person.id
    wanted = canonical(action.stage, world)
    values: dict[str, Value] = {
        "name": case.value("request.summary") or case.value("request.product"),
        "stage": wanted,
        "stage_since": world.now,
        "created_at": world.now,
        "last_touched_at": world.now,  # the clock of the silent ones starts at the handover
        "owner": owner,
        "request": case.id,
        **{name: case.value(f"request.{name}") for name in ("expected_value", "product", "contact", "account")},
    }
    lacks = lacking_at_first(case, values, wanted, world)
    if lacks:  # a request is never lost for want of a field: its opportunity begins at the first stage
        values["stage"] = world.stages.entry or wanted
    stage = str(values["stage"])
    world.effects.created.append(Creation("opportunity", made, values, deed.key))
    note_move(made, None, stage, deed.key, world)
    world.loads.carry(owner, 1)
    _shake(case, "account", deed)
    case.learn("account.running_opportunity", made)
    case.learn("account.running_owner", owner)
    case.learn("account.running_stage", action.stage)
    _end(case, "sales", f"qualified: {deed.why}", deed)
    if choice is not None and choice.fallback:
        _tell(choice.person, FALLBACK_TEMPLATE, "now", case, deed)
    return {"qualify": made, "stage": stage, "owner": owner, **_missing(made, owner, wanted, lacks, deed)}


def _missing(made: str, owner: str | None, stage: str, lacks: tuple[Lack, ...], deed: Deed) -> Done:
    """What a new opportunity lacks for its stage is a task of its owner."""
    if not lacks:
        return {}
    lacked: Done = {"wanted": stage, "lacks": [one.brief for one in lacks]}
    if owner is None:
        return lacked
    task = missing_task(made, owner, stage, lacks, deed.key, deed.world)
    deed.world.effects.tasks.append(task)
    return {**lacked, "task": owner, "what": task.what}


def _nurture(action: Nurture, case: Case, deed: Deed) -> Done:
    """The contact joins the list, an open request is closed as marketing: its reason says if there is no contact."""
    contact = _contact_of(case)
    why = f"nurtured on {action.list}: {deed.why}"
    if contact is None:
        why = f"for {action.list}, but no contact is known: {deed.why}"
    else:
        lists = case.value("contact.lists") or ()
        assert isinstance(lists, tuple)
        if action.list not in lists:
            deed.world.effects.joined.append(Joining(contact, action.list, deed.why, deed.key))
            case.learn("contact.lists", (*lists, action.list))
            deed.world.shaken.add(f"contact/{contact}")
    if case.kind == "request":
        _end(case, "marketing", why, deed)
    return {"nurture": contact, "list": action.list}


def _leave(action: Leave, case: Case, deed: Deed) -> Done:
    """The contact is no longer on the list; its membership says why."""
    contact, lists = _contact_of(case), case.value("contact.lists") or ()
    assert isinstance(lists, tuple)
    if contact is None or action.list not in lists:
        return {"leave": None, "list": action.list}
    deed.world.effects.joined.append(Leaving(contact, action.list, action.reason or deed.why, deed.key))
    case.learn("contact.lists", tuple(one for one in lists if one != action.list) or None)
    deed.world.shaken.add(f"contact/{contact}")
    return {"leave": contact, "list": action.list}


def _return_to_sales(action: ReturnToSales, case: Case, deed: Deed) -> Done:
    """A new request for sales, with what came before in its summary; while the contact has an open one, that is it."""
    contact = _contact_of(case)
    if (running := case.text("contact.running_request")) is not None or contact is None:
        return {"return_to_sales": running, "new": False}
    world, made = deed.world, f"{BACK}{deed.rule.id}-{case.id}-{deed.episode.number}-{deed.rung.step}"
    values: dict[str, Value] = {
        "received_at": world.now,
        "channel": "other",
        "source": deed.book.name,
        "received_by": "marketing",
        "prompted": True,
        "summary": f"{action.summary} {_course_of(case, deed)}".strip(),
        "status": "open",
        "triage": "new",
        "match": "same",
        "contact": contact,
        "account": case.text("contact.account" if case.kind == "contact" else f"{case.kind}.account"),
        "language": case.text("contact.language"),
    }
    if (person := _taker(action, case, world)) is not None:
        values |= {"owner": person.id, "desk": "sales", "routed_at": world.now}
        world.loads.carry(person.id, 1)
        due = _NEXT_DAY.after(world.now, world.calendars[person.calendar])
        key = f"{deed.key}|task|{made}"
        world.effects.tasks.append(NewTask(f"request/{made}", person.id, action.summary, due, key, deed.key))
    world.effects.created.append(Creation("request", made, values, deed.key))
    world.shaken.add(f"contact/{contact}")
    case.learn("contact.running_request", made)
    return {"return_to_sales": made, "new": True}


def _taker(action: ReturnToSales, case: Case, world: World) -> Person | None:
    """Who is to have it; None, for the rules of the route flow to say, if a field is named that holds nobody."""
    if action.to is None or (isinstance(action.to, str) and "." in action.to and case.text(action.to) is None):
        return None
    choice = choose(action.to, case, world)
    return choice.person if choice is not None else None


def _course_of(case: Case, deed: Deed) -> str:
    """How far the sequences of this rulebook had come, for whoever takes over: the beginning, and the steps done."""
    zone = deed.reason.zone
    told = []
    for rule in deed.book.rules:
        episode = case.episodes.get(rule.key) or case.over.get(rule.key)
        if rule.since and episode is not None:
            began = written(episode.began_at, Type.TIME, zone)
            told.append(f"(on the list {deed.book.name} since {began}, step {episode.steps} of {len(rule.later)})")
    return " ".join(told)


def _close(action: Close, case: Case, deed: Deed) -> Done:
    """The outcome with its reason; what is closed keeps its outcome, and a deal that a gate holds up stays open."""
    if case.kind == "opportunity" and case.open and (lacks := held_up(case, action.outcome, deed.world)):
        return {"close": None, "outcome": action.outcome, "lacks": [one.brief for one in lacks]}
    return {"close": action.outcome if _end(case, action.outcome, action.reason, deed) else None}


def _end(case: Case, outcome: str, reason: str, deed: Deed) -> bool:
    world = deed.world
    if not case.open:
        return False
    world.loads.carry(case.owner, -1)
    if case.kind == "request":
        case.put("status", "closed", deed.key, world)
        if outcome == "order":
            _shake(case, "contact", deed)  # whose orders_12m counts it from now on, as does the account's
            _shake(case, "account", deed)
    else:
        _shake(case, "account", deed)  # whose next opportunity, if any, is the running one from now on
        note_move(case.id, case.value("opportunity.stage"), outcome, deed.key, world, reason)
    _drop_tasks(case, deed)
    case.put("outcome", outcome, deed.key, world)
    case.put("reason", reason, deed.key, world)
    case.put("closed_at", world.now, deed.key, world)
    return True


def _drop_tasks(case: Case, deed: Deed) -> None:
    """What is closed needs no more of the tasks that it had; those of this very step say what is still to be done."""
    mine = takewhile(lambda task: task.subject == case.subject, reversed(deed.world.effects.tasks))
    first = min((task for task in mine if task.cause == deed.key), key=attrgetter("due_at"), default=None)
    case.learn(f"{case.kind}.task_due_at", first.due_at if first else None)
    case.learn(f"{case.kind}.task_owner", first.owner if first else None)


def _shake(case: Case, entity: str, deed: Deed) -> None:
    if (name := case.text(f"{case.kind}.{entity}")) is not None:
        deed.world.shaken.add(f"{entity}/{name}")


def _set(action: Set, case: Case, deed: Deed) -> Done:
    """Own fields of the subject. A new stage begins now; if the opportunity lacks what it takes, nothing is set."""
    prefix, values, old = f"{case.kind}.", dict(action.values), case.value("opportunity.stage")
    stage = values.get("opportunity.stage")
    if isinstance(stage, str):
        values["opportunity.stage"] = stage = canonical(stage, deed.world)
        if stage != old and (lacks := lacking(case, values, stage, deed.world)):
            return {"set": None, "stage": stage, "lacks": [one.brief for one in lacks]}
    for path, value in values.items():
        name = path.removeprefix(prefix)
        if case.put(name, value, deed.key, deed.world):
            if name == "stage" and case.kind == "opportunity":
                case.put("stage_since", deed.world.now, deed.key, deed.world)
                if isinstance(stage, str):
                    note_move(case.id, old, stage, deed.key, deed.world)
                _shake(case, "account", deed)  # whose running_stage it may be
            if case.kind in ("account", "contact"):
                deed.world.shaken.add(case.subject)
    return {"set": values}


def _task(action: Task, case: Case, deed: Deed) -> Done:
    """A follow-up for one person, due in the rulebook's working time, or the person's if it names no calendar."""
    choice = choose(action.who, case, deed.world)
    if choice is None:
        return {"task": None, "what": action.what}
    person, calendars = choice.person, deed.world.calendars
    calendar = calendars[person.calendar if deed.book.calendar in (OWNER, "default") else deed.book.calendar]
    due = action.due.after(deed.world.now, calendar)
    key = f"{deed.key}|task|{action.what}"
    deed.world.effects.tasks.append(NewTask(case.subject, person.id, action.what, due, key, deed.key))
    first = case.value(f"{case.kind}.task_due_at")
    if not isinstance(first, int) or due < first:
        case.learn(f"{case.kind}.task_due_at", due)
        case.learn(f"{case.kind}.task_owner", person.id)
    return {"task": person.id, "what": action.what}


def _stop(action: Stop, case: Case, deed: Deed) -> Done:  # noqa: ARG001 - the engine has left out the later rules
    """Nothing more: that later rules are not tried is the engine's affair."""
    return {"stop": True}


ACTIONS: Mapping[str, Callable[[Any, Case, Deed], Done]] = MappingProxyType(
    {
        "route": _route,
        "assign": _assign,
        "notify": _notify,
        "qualify": _qualify,
        "nurture": _nurture,
        "leave": _leave,
        "return_to_sales": _return_to_sales,
        "close": _close,
        "set": _set,
        "task": _task,
        "stop": _stop,
    }
)
