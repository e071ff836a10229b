"""A message as its reader would get it, for a subject of the database or for an invented one; nothing is sent."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from msgspec.structs import replace
from sqlalchemy import select

from leadrelay.clock import HOUR, Instant, datetime_of, day_of
from leadrelay.errors import BadSubject, UnknownSubject
from leadrelay.leads.fields import SUBJECTS, Field, Fields, Type, Value
from leadrelay.messages.policy import MERGED
from leadrelay.rulebook.model import Notify, Rule, Rulebook, Ruleset
from leadrelay.rulebook.outside import to_contacts
from leadrelay.rulebook.sandbox import Rendered
from leadrelay.rulebook.template_files import SUFFIX
from leadrelay.store.database import Database
from leadrelay.store.schema import messages
from leadrelay.zone import zone_of
from notifications.audience import Reader
from notifications.context import Part
from notifications.facts import Facts, FactsReader
from notifications.message import Message
from notifications.render import Renderer

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings

_CARRIED = 3
"""How many messages a digest carries in a preview."""
_EXAMPLES: Mapping[str, Value] = {
    "account.name": "De Vries Machinebouw",
    "account.tier": "key",
    "account.relation": "customer",
    "account.employees": 180,
    "account.open_complaints": 1,
    "account.overdue_invoices": None,
    "account.region": "Gelderland",
    "account.industry": "machine building",
    "opportunity.closed_at": None,
    "opportunity.outcome": None,
    "request.closed_at": None,
    "request.outcome": None,
    "request.status": "open",
    "contact.name": "Sanne de Vries",
    "contact.email": "sanne@devries.example",
    "contact.phone": "+31 26 555 0142",
    "contact.job_title": "head of purchasing",
    "contact.lists": ("spring-webinar",),
    "opportunity.name": "Two milling machines for the new hall",
    "opportunity.stage": "quote",
    "owner.name": "An Peeters",
    "request.kind": "renewal",
    "request.channel": "phone",
    "request.desk": "account_manager",
    "request.product": "milling machine",
    "request.source": "newsletter",
    "request.summary": "Wants to talk about new terms for next year",
}


def preview(
    database: Database,
    ruleset: Ruleset,
    files: Mapping[str, str],
    settings: "Settings",
    now: Instant,
    template: str,
    subject: str | None = None,
    language: str | None = None,
) -> Rendered:
    """The template in words: for `subject` (request/42) as it is now, or for an invented one, in `language`, or else
    the contact's if a contact reads it, or else the company's.

    Raises UnknownTemplate, BadTemplate, BadSubject, UnknownSubject."""
    renderer = Renderer(ruleset, files, settings)
    known: Facts | None = None
    reason: str | None = None
    if subject is not None:
        known, reason = _known(database, ruleset, now, subject, template)
    outside = template in to_contacts(ruleset.rulebooks, {template})
    theirs = known.get("contact.language") if known and outside else None
    spoken = language or (str(theirs) if theirs else None)
    wanted = renderer.wording.language_of(template, spoken, settings.company.language)
    book, rule = _used_by(template, ruleset)
    if known is None or subject is None:
        source = renderer.wording.files.get(f"{wanted}/{template}{SUFFIX}", "")
        kind = book.subject if book else max(SUBJECTS[:2], key=lambda one: source.count(f"{one}."))
        subject, facts = f"{kind}/42", example(kind, ruleset.fields, now)
    else:
        facts = known
    reader = _reader(outside, facts, wanted, invented=known is None)
    message = Message(
        id=0,
        key=f"preview|{template}|{subject}",
        at=now,
        to=reader.id,
        channel="mail",
        language=wanted,
        template=template,
        subject=subject,
        urgency="now",
        reason=reason or (rule.about or rule.key if rule else "…"),
        decision=rule.key if rule else "",
    )
    if template not in MERGED:
        return renderer.render(message, reader, facts, now)
    whole = replace(message, subject=f"person/{reader.id}")
    return renderer.render(whole, reader, {}, now, _carried(message, facts, ruleset))


def _carried(message: Message, facts: Facts, ruleset: Ruleset) -> list[Part]:
    """Something for a digest or roll-up to carry: what the first few rules would tell of the same subject."""
    told: dict[str, Rule] = {}
    for _, rule in ruleset.rules():
        for action in rule.then:
            if isinstance(action, Notify) and action.template not in told:
                told[action.template] = rule
    return [
        (replace(message, key=f"{message.key}|{template}", template=template, reason=rule.about or rule.key), facts)
        for template, rule in list(told.items())[:_CARRIED]
    ]


def _reader(outside: bool, facts: Facts, language: str, *, invented: bool) -> Reader:
    """Whoever would get it: the contact (`outside`) or the owner. The ids are nobody's, so that links in a preview open
    nothing. A contact without a name is greeted as in the mail itself: by address, never by an invented name."""
    path, name = ("contact.name", "contact/preview") if outside else ("owner.name", "reader")
    instead = facts.get("contact.email") if outside and not invented else _EXAMPLES[path]
    return Reader(name, str(facts.get(path) or instead or ""), "reader@localhost", language)


def example(kind: str, fields: Fields, now: Instant) -> Facts:
    """Invented facts about a subject of this kind, with a value for every field that can be reached."""
    return {field.path: _EXAMPLES.get(field.path, _invented(field, now)) for field in fields.reachable(kind)}


def _invented(field: Field, now: Instant) -> Value:
    match field.type:
        case Type.CHOICE:
            return field.choices[0] if field.choices else None
        case Type.NUMBER:
            return 3
        case Type.MONEY:
            return 1_250_000
        case Type.YES_NO:
            return True
        case Type.TIME:
            return now - 3 * HOUR
        case Type.DATE:
            return day_of(datetime_of(now, zone_of("UTC")).date()) + 14
        case Type.LIST:
            return ("example",)
        case _:
            return "42" if field.name == "id" else None


def _known(database: Database, ruleset: Ruleset, now: Instant, subject: str, template: str) -> tuple[Facts, str | None]:
    """The facts of a subject, and why its reader got the newest message with this template, if there was one."""
    kind, _, id_ = subject.partition("/")
    if kind not in SUBJECTS or not id_:
        raise BadSubject(text=subject)
    newest = (
        select(messages.c.reason)
        .where(messages.c.subject == subject, messages.c.template == template)
        .order_by(messages.c.id.desc())
        .limit(1)
    )
    with database.read() as conn:
        found = FactsReader(ruleset).read(conn, [subject], now)
        reason = conn.execute(newest).scalar()
    if subject not in found:
        raise UnknownSubject(subject=subject)
    return found[subject], reason


def _used_by(template: str, ruleset: Ruleset) -> tuple[Rulebook, Rule] | tuple[None, None]:
    """The first rule that tells somebody with this template, and its rulebook."""
    for book, rule in ruleset.rules():
        steps = (rule.then, *(step.then for step in rule.later))
        for action in (action for then in steps for action in then):
            if isinstance(action, Notify) and action.template == template:
                return book, rule
    return None, None
