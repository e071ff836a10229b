"""A person sets fields of a subject: what follows from it, and what an opportunity lacks for the stage it is to have.

Everything is one transaction: if something is lacking that nobody may override, nothing is changed at all.
"""

from collections.abc import Mapping
from types import MappingProxyType

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.act.person import Doer
from leadrelay.clock import Instant
from leadrelay.errors import BadValue, NotByHand, NotSo, UnknownStage, UnknownSubject
from leadrelay.leads.effects import StageMove
from leadrelay.leads.fields import Field, Value
from leadrelay.leads.records import REFERS
from leadrelay.rulebook.condition import Facts, Moment
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.stages import Lack, Move, Stages
from leadrelay.store import stage_moves
from leadrelay.store.database import Database
from leadrelay.store.intake_writes import stored_of, upsert
from leadrelay.store.stage_facts import stage_facts

_CLOSE = "it comes of 'leadrelay close {subject} OUTCOME --reason …'."
_DEAL = "'leadrelay match SUBJECT --deal OPPORTUNITY' settles it."
_QUOTE = "it comes of 'leadrelay quote send NUMBER'."
_BY_ITSELF = "it follows from what is done."
OWNED_BY: Mapping[str, str] = MappingProxyType(
    {
        "id": "nothing changes an id.",
        "owner": "'leadrelay assign {subject} --to PERSON --by WHO' hands it over and tells them.",
        "routed_at": _BY_ITSELF,
        "stage_since": _BY_ITSELF,
        "created_at": _BY_ITSELF,
        "status": _CLOSE,
        "outcome": _CLOSE,
        "reason": _CLOSE,
        "closed_at": _CLOSE,
        "quote_sent_at": _QUOTE,
        "quote_valid_until": _QUOTE,
        "match": "'leadrelay match' settles it.",
        **dict.fromkeys(("deal", "deal_match", "deal_owner", "deals", "deal_sellers"), _DEAL),
        **dict.fromkeys(("same_as", "own_question"), "'leadrelay match SUBJECT --own' says that it is no repeat."),
    }
)
"""Fields that another verb writes, because more changes with them: by name, what to do instead."""


class Outcome(Struct, frozen=True):
    """What came of it: the fields that changed with their old and new values, the move if the stage is another, and
    what was lacking (then nothing changed) or was overridden. `unowned`: it has a desk now, and nobody who owns it."""

    subject: str
    changed: tuple[tuple[str, Value, Value], ...] = ()
    move: Move | None = None
    lacks: tuple[Lack, ...] = ()
    overridden: tuple[str, ...] = ()
    links: Mapping[str, str] = MappingProxyType({})
    unowned: bool = False


class Lacking(Exception):
    """Ends a transaction because an opportunity lacks something; it reaches no user."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.subject)
        self.outcome = outcome


def settable(field: Field, subject: str) -> None:
    """Raises NotByHand if the field is computed, or belongs to another verb."""
    if field.name in OWNED_BY:
        raise NotByHand(field=field.path, remedy=OWNED_BY[field.name].format(subject=subject))
    if field.derived:
        raise NotByHand(field=field.path, remedy="it is computed from other facts.")


class Setting(Struct, frozen=True):
    """What a person wants a subject such as opportunity/7 to say: fields by name, in their own units; None clears one.

    `override`: why to go through a gate that a role of the doer may override; `reason`: why it moves."""

    subject: str
    values: Mapping[str, Value]
    doer: Doer
    now: Instant
    override: str | None = None
    reason: str | None = None


def set_fields(database: Database, ruleset: Ruleset, setting: Setting) -> Outcome:
    """Sets the fields in a transaction of their own.

    Raises UnknownSubject, UnknownStage, BadValue (a link to nothing), NotSo (a stage of what is closed)."""
    try:
        with database.begin() as conn:
            return set_within(conn, ruleset, setting)
    except Lacking as lacking:
        return lacking.outcome


def set_within(conn: Connection, ruleset: Ruleset, setting: Setting) -> Outcome:
    """The same inside of a transaction, which Lacking ends if something is lacking."""
    kind, _, name = setting.subject.partition("/")
    before = stored_of(conn, kind, {name}).get(name)
    if before is None:
        raise UnknownSubject(subject=setting.subject)
    _check_links(conn, kind, setting.values)
    given = dict(setting.values)
    stage = given.pop("stage", None) if kind == "opportunity" else None
    touched: dict[str, Value] = {"last_touched_at": setting.now} if kind in ("request", "opportunity") else {}
    at_desk = _routed(setting, before) if kind == "request" and "desk" in given else {}
    upsert(conn, kind, [{**touched, **at_desk, **given, "id": name}], setting.now, setting.doer.cause)
    move: Move | None = None
    overridden: tuple[str, ...] = ()
    if isinstance(stage, str):
        stage = _spelled(stage, ruleset.stages)
        given["stage"] = stage
        if stage != before.get("stage"):
            if before.get("closed_at") is not None:
                remedy = "What is closed stays so; a new one may begin."
                raise NotSo(subject=setting.subject, what="is closed", remedy=remedy)
            move, overridden = _go(conn, ruleset, setting, before.get("stage"), stage)
    changed = tuple((one, before.get(one), new) for one, new in given.items() if before.get(one) != new)
    unowned = "desk" in given and given.get("owner", before.get("owner")) is None
    return Outcome(setting.subject, changed, move, overridden=overridden, unowned=unowned)


def _routed(setting: Setting, before: Mapping[str, Value]) -> dict[str, Value]:
    """What follows when a person gives a request a desk, as `route` in a rule has it: it has it since now.

    Raises NotSo for a closed request, for no desk at all, and for the archive, which is an end."""
    subject, desk = setting.subject, setting.values["desk"]
    if before.get("status") == "closed":
        raise NotSo(subject=subject, what="is closed", remedy="What is closed stays so; a later one is new.")
    if desk is None:
        raise NotSo(subject=subject, what="is always at some desk", remedy="Name another one: desk=sales.")
    if desk == "archive":
        remedy = f'To archive it is to close it: leadrelay close {subject} --outcome archived --reason "why".'
        raise NotSo(subject=subject, what="is not only moved to the archive", remedy=remedy)
    changed = desk != before.get("desk") or before.get("routed_at") is None
    return {"routed_at": setting.now} if changed else {}


def _spelled(stage: str, stages: Stages) -> str:
    """The stage as rules/stages.yaml spells it. Raises UnknownStage."""
    if not stages.known(stage):
        raise UnknownStage(stage=stage, known=", ".join(one.name for one in stages.stages))
    found = stages.find(stage)
    return found.name if found else stage


def _check_links(conn: Connection, kind: str, values: Mapping[str, Value]) -> None:
    for field, value in values.items():
        other = REFERS.get(f"{kind}.{field}")
        if other in (None, "person") or not isinstance(value, str):
            continue
        if value not in stored_of(conn, str(other), {value}):
            raise BadValue(field=f"{kind}.{field}", why=f"there is no {other}/{value}")


def _go(conn: Connection, ruleset: Ruleset, setting: Setting, old: Value, stage: str) -> tuple[Move, tuple[str, ...]]:
    """To another stage, if nothing is lacking that the doer may not override; the gates that were overridden."""
    subject, doer, now, override = setting.subject, setting.doer, setting.now, setting.override
    name, facts = subject.partition("/")[2], facts_of(conn, ruleset, subject, now)
    lacks = ruleset.stages.lacks(old, stage, facts, Moment(now, ruleset.calendars))
    mine = tuple(one.what for one in lacks if override and set(one.override) & set(doer.roles))
    left = tuple(one for one in lacks if one.what not in mine)
    if left:
        links = {link: str(facts[f"opportunity.{link}"] or "") for link in ("contact", "account")}
        raise Lacking(Outcome(subject, lacks=left, links=links))
    move = ruleset.stages.move(old, stage)
    upsert(conn, "opportunity", [{"id": name, "stage": stage}], now, doer.cause)
    before, why = old if isinstance(old, str) else None, override if mine else setting.reason
    stage_moves.record(conn, [StageMove(name, before, stage, move, doer.cause, why, mine)], now)
    return move, mine


def facts_of(conn: Connection, ruleset: Ruleset, subject: str, now: Instant) -> Facts:
    """What the stages want to know of an opportunity, by path."""
    name = subject.partition("/")[2]
    return stage_facts(conn, ruleset, [name], now)[name]
