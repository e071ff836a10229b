"""A person closes a request or an opportunity: its outcome with the reason, and what rules would do with that outcome.

A request that ends in sales becomes an opportunity, one that ends in marketing puts its contact on a list: all in one
transaction, so that nothing ends there without it.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.act.case import World
from leadrelay.act.gates_at_acts import go_through
from leadrelay.act.list_moves import carry_out
from leadrelay.act.moving import leaving, missing_task
from leadrelay.act.person import Doer
from leadrelay.act.set_by_hand import facts_of
from leadrelay.clock import Instant
from leadrelay.errors import NotSo, UnknownSubject
from leadrelay.leads.effects import Joining, StageMove
from leadrelay.leads.fields import OPPORTUNITY_OUTCOMES, REQUEST_OUTCOMES, Value
from leadrelay.rulebook.condition import Moment
from leadrelay.rulebook.model import Nurture, Ruleset
from leadrelay.rulebook.stages import Move
from leadrelay.store import stage_moves, tasks
from leadrelay.store.addresses import refusal
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import stored_of, upsert
from leadrelay.store.lists import sizes
from leadrelay.store.owners import whole_team

OUTCOMES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"request": REQUEST_OUTCOMES, "opportunity": OPPORTUNITY_OUTCOMES}
)
"""How a person may close each."""
_CARRIED = ("expected_value", "product", "contact", "account")


class Closing(Struct, frozen=True):
    """What a person wants closed: `list` is the nurture list of a request that ends in marketing; `language` the
    company's, for the task that a new opportunity may make; `override` why to go through a gate before the outcome."""

    subject: str
    outcome: str
    reason: str
    doer: Doer
    now: Instant
    list: str | None = None
    language: str = "en"
    override: str | None = None


class Closed(Struct, frozen=True):
    """What was closed, and how: the opportunity that was made, its owner, stage and the task of what it lacks; the
    contact that is on the list, and why it gets no mail from it (None: it does)."""

    subject: str
    outcome: str
    reason: str
    opportunity: str | None = None
    owner: str | None = None
    stage: str | None = None
    task: str | None = None
    contact: str | None = None
    list: str | None = None
    gets_no_mail: str | None = None


def close(database: Database, ruleset: Ruleset, closing: Closing) -> Closed:
    """Closes it in a transaction of its own (M18).

    Raises UnknownSubject, and NotSo when it is closed already, cannot be closed so, or lacks what the outcome takes: a
    reason, a contact and a list for marketing, an active owner for sales. Raises Lacking when a gate before the end of
    an opportunity does not hold and the doer may not override it."""
    _check(closing)
    kind, _, name = closing.subject.partition("/")
    with database.begin() as conn:
        values = stored_of(conn, kind, {name}).get(name)
        if values is None:
            raise UnknownSubject(subject=closing.subject)
        if values.get("status") == "closed" or values.get("closed_at") is not None:
            what = f"is closed already, as {values.get('outcome')}"
            raise _refused(closing, what, "What is closed stays so; a later one is new.")
        done = Closed(closing.subject, closing.outcome, closing.reason)
        if kind == "opportunity":
            doer, why = closing.doer, closing.override
            go_through(conn, ruleset, closing.subject, closing.outcome, doer, closing.now, why)
        if closing.outcome == "sales":
            done = _into_sales(conn, ruleset, closing, values)
        elif closing.outcome == "marketing":
            done = _onto_list(conn, ruleset, closing, values)
        end(conn, closing, values)
    return done


def end(conn: Connection, closing: Closing, values: Mapping[str, Value]) -> None:
    """Writes that an open subject, with these stored fields, is closed; an opportunity's move is recorded."""
    kind, _, name = closing.subject.partition("/")
    now, cause = closing.now, closing.doer.cause
    written: dict[str, Value] = {"outcome": closing.outcome, "reason": closing.reason}
    written |= {"closed_at": now, "last_touched_at": now}
    if kind == "request":
        written["status"] = "closed"
    upsert(conn, kind, [{**written, "id": name}], now, cause)
    move = leaving(closing.outcome)
    if move is not None and kind == "opportunity":
        stage = values.get("stage")
        before = stage if isinstance(stage, str) else None
        stage_moves.record(conn, [StageMove(name, before, closing.outcome, move, cause, closing.reason)], now)


def _check(closing: Closing) -> None:
    """Raises NotSo for what is wrong in itself, whatever the database holds."""
    known = OUTCOMES.get(closing.subject.partition("/")[0], ())
    if closing.outcome not in known:
        remedy = f"By hand it is {', '.join(known)}." if known else "Only requests and opportunities are closed."
        raise _refused(closing, f"cannot be closed as '{closing.outcome}'", remedy)
    if not closing.reason.strip():
        raise _refused(closing, "is closed for a reason only", 'Add --reason "why".')
    if closing.list is not None and closing.outcome != "marketing":
        raise _refused(closing, f"joins no list as {closing.outcome}", "Leave out --list, or say marketing.")


def _refused(closing: Closing, what: str, remedy: str) -> NotSo:
    return NotSo(subject=closing.subject, what=what, remedy=remedy)


def _into_sales(conn: Connection, ruleset: Ruleset, closing: Closing, values: Mapping[str, Value]) -> Closed:
    """The opportunity that the request becomes: one owner, the first stage, a task of what it lacks there (M17)."""
    now, cause = closing.now, closing.doer.cause
    request = closing.subject.partition("/")[2]
    made, stage = f"O-{request}", ruleset.stages.entry or "new"
    if stored_of(conn, "opportunity", {made}):
        what = f"cannot become opportunity/{made}, which exists"
        raise _refused(closing, what, "Close it as follow_up of that one.")
    owner = _owner_of(conn, ruleset, closing, values)
    upsert(
        conn,
        "opportunity",
        [
            {
                "id": made,
                "name": values.get("summary") or values.get("product"),
                "stage": stage,
                "stage_since": now,
                "created_at": now,
                "last_touched_at": now,
                "owner": owner,
                "request": request,
                **{name: values.get(name) for name in _CARRIED},
            }
        ],
        now,
        cause,
    )
    move: Move = ruleset.stages.move(None, stage)
    stage_moves.record(conn, [StageMove(made, None, stage, move, cause, closing.reason)], now)
    task = _lacks_task(conn, ruleset, closing, (made, owner, stage))
    return Closed(
        closing.subject, "sales", closing.reason, opportunity=f"opportunity/{made}", owner=owner, stage=stage, task=task
    )


def _owner_of(conn: Connection, ruleset: Ruleset, closing: Closing, values: Mapping[str, Value]) -> str:
    """The request's owner, else its account's. Raises NotSo when that is nobody who works here."""
    account = values.get("account")
    of_account = stored_of(conn, "account", {account}).get(account, {}) if isinstance(account, str) else {}
    owner = values.get("owner") or of_account.get("owner")
    person = whole_team(conn, ruleset.team).people.get(str(owner))
    if person is not None and person.active:
        return person.id
    what = f"has {owner} as its owner, who is not at work here" if owner else "has no owner"
    remedy = f"An opportunity has one: first 'leadrelay assign {closing.subject} --to PERSON --by WHO'."
    raise _refused(closing, what, remedy)


def _lacks_task(conn: Connection, ruleset: Ruleset, closing: Closing, deal: tuple[str, str, str]) -> str | None:
    """Asks the owner for what the new opportunity lacks in its stage; the words of that task, if there is one."""
    made, owner, stage = deal
    facts = facts_of(conn, ruleset, f"opportunity/{made}", closing.now)
    lacks = ruleset.stages.lacks(None, stage, facts, Moment(closing.now, ruleset.calendars))
    if not lacks:
        return None
    team = whole_team(conn, ruleset.team)
    world = World(closing.now, team, ruleset.calendars, closing.language, stages=ruleset.stages)
    task = missing_task(made, owner, stage, lacks, f"{closing.doer.cause}|{closing.subject}|{closing.now}", world)
    tasks.ask(conn, task, closing.now)
    return task.what


def _onto_list(conn: Connection, ruleset: Ruleset, closing: Closing, values: Mapping[str, Value]) -> Closed:
    """The contact joins the list; who refuses mail is on it all the same, and gets none (M18)."""
    contact = values.get("contact")
    if not isinstance(contact, str):
        remedy = f"First 'leadrelay set {closing.subject} contact=ID', or close it as archived."
        raise _refused(closing, "has no contact to put on a list", remedy)
    name = _known_list(conn, ruleset, closing)
    carry_out(conn, [Joining(contact, name, closing.reason, closing.doer.cause)], closing.now)
    return Closed(
        closing.subject,
        "marketing",
        closing.reason,
        contact=f"contact/{contact}",
        list=name,
        gets_no_mail=refusal(conn, contact),
    )


def _known_list(conn: Connection, ruleset: Ruleset, closing: Closing) -> str:
    """The list that is meant. Raises NotSo for none, and for one that no rule and no contact knows."""
    known = set(nurture_lists(ruleset)) | {one.name for one in sizes(conn)}
    if closing.list in known and closing.list is not None:
        return closing.list
    names = ", ".join(sorted(known)) or "none yet: 'leadrelay lists NAME --add CONTACT' begins one"
    what = f"cannot join '{closing.list}', which is no list" if closing.list else "goes to a list as marketing"
    raise _refused(closing, what, f"Add --list NAME; lists are {names}.")


def nurture_lists(ruleset: Ruleset) -> list[str]:
    """The nurture lists that rules put contacts on or write to, in order of name."""
    found: set[str] = set()
    for book, rule in ruleset.rules():
        if book.flow == "nurture" and rule.since:  # the way of a sequence, which is called as its list
            found.add(book.name)
        steps = (rule.then, *(step.then for step in rule.later))
        found |= {action.list for then in steps for action in then if isinstance(action, Nurture)}
    return sorted(found)
