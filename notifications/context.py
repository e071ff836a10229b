"""The facts of a message as the plain, clean data that templates read: dictionaries, texts and numbers."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Any

from msgspec import Struct

from leadrelay.clock import Instant
from leadrelay.leads.fields import Fields, Type, Value
from leadrelay.rulebook.filters import Voice, clean, cut, label, say
from leadrelay.rulebook.model import Rule
from leadrelay.rulebook.words import HEADINGS, label_of, spoken
from notifications.audience import CONTACT, Reader
from notifications.facts import Facts
from notifications.message import Message

_ABOUT_PEOPLE = ("contact.name", "contact.job_title", "contact.phone", "contact.email")
_ABOUT_ACCOUNT = ("account.tier", "account.relation", "account.industry", "account.employees", "account.region")
KNOWN: Mapping[str, tuple[str, ...]] = {
    "request": (
        "request.summary",
        "account.name",
        *_ABOUT_PEOPLE,
        "request.kind",
        "request.product",
        "request.expected_value",
        "request.received_at",
        "request.channel",
        "request.source",
        "request.referrer",
        "request.desk",
        "owner.name",
        *_ABOUT_ACCOUNT,
        "contact.site_visits_3w",
        "account.open_complaints",
        "account.overdue_invoices",
    ),
    "opportunity": (
        "opportunity.name",
        "account.name",
        *_ABOUT_PEOPLE,
        "opportunity.product",
        "opportunity.stage",
        "opportunity.expected_value",
        "opportunity.win_chance",
        "opportunity.decision_on",
        "opportunity.quote_sent_at",
        "opportunity.quote_valid_until",
        "opportunity.next_step_at",
        "owner.name",
        *_ABOUT_ACCOUNT,
        "account.open_complaints",
        "account.overdue_invoices",
    ),
    "contact": (
        *_ABOUT_PEOPLE,
        "account.name",
        "contact.lists",
        "contact.last_visited_at",
        "contact.site_visits_3w",
        "contact.requests_12m",
        "contact.orders_12m",
        *_ABOUT_ACCOUNT,
    ),
    "account": (
        "account.name",
        *_ABOUT_ACCOUNT,
        "owner.name",
        "account.last_order_at",
        "account.last_sale_at",
        "account.requests_12m",
        "account.orders_12m",
        "account.running_stage",
        "account.open_complaints",
        "account.overdue_invoices",
    ),
}
"""What the table of known facts shows per kind of subject, in this order, as far as it is known."""
_SOMETHING = {"en": "a question", "nl": "een vraag"}


class Company(Struct, frozen=True):
    """What every message says about us: name, currency, and the zone that times are told in to whoever has no other."""

    name: str
    currency: str
    zone: str


class Link(Struct, frozen=True):
    """Somewhere the reader can go; only web addresses are shown."""

    label: str
    address: str


MOST_PARTS = 200
"""So many messages are listed in a mail that carries them; the others are counted."""
MOST_REASONS = 50
"""Up to so many messages each have their reason."""
Part = tuple[Message, Facts]
"""A message that goes in another one, with the facts of its subject."""


def build(
    message: Message,
    reader: Reader,
    facts: Facts,
    fields: Fields,
    company: Company,
    rule: Rule | None,
    language: str,
    now: Instant,
    links: Iterable[Link] = (),
    parts: Sequence[Part] = (),
    acts: Mapping[str, Sequence[Link]] = MappingProxyType({}),
    zone: str = "",
) -> dict[str, Any]:
    """Everything that a template may read about this message; rulebook/wording.py checks templates by these names.

    `parts` are the messages that it carries, in its order: what it is about is then what the first is about; `acts`
    are their links by key; `zone` is the reader's, if it is not the company's."""
    zone = zone or company.zone
    voice = Voice(language, zone, company.currency, now, company.zone)
    about, known = parts[0] if parts else (message, facts)
    words, outside = HEADINGS[spoken(language)], reader.id.startswith(CONTACT)
    return {
        **_nested(facts, fields),
        "person": {"id": reader.id, "name": clean(reader.name), "language": language},
        "rule": _rule(message, rule, hidden=outside or bool(parts)),
        "company": {"name": clean(company.name)},
        "reason": words["outside"] if outside else words["merged"] if parts else clean(message.reason),
        "subject": "" if outside else message.template if parts else clean(message.subject, 80),
        "outside": outside,
        "urgency": message.urgency,
        "who": _who(about, known),
        "what": _what(known, voice),
        "count": len(parts),
        "more": max(len(parts) - MOST_PARTS, 0),
        "messages": _carried(parts, acts, voice),
        "language": language,
        "zone": zone,
        "home": company.zone,
        "currency": company.currency,
        "now": now,
        "words": dict(words),
        "facts": [] if outside else _known(message.subject.partition("/")[0], facts, fields, voice),
        "links": _links(links),
    }


def _carried(parts: Sequence[Part], acts: Mapping[str, Sequence[Link]], voice: Voice) -> list[dict[str, Any]]:
    return [
        {
            "who": _who(one, facts),
            "what": _what(facts, voice),
            "urgency": one.urgency,
            "reason": clean(one.reason, 300) if len(parts) <= MOST_REASONS else "",
            "subject": clean(one.subject, 80),
            "links": _links(acts.get(one.key, ())),
        }
        for one, facts in parts[:MOST_PARTS]
    ]


def _links(links: Iterable[Link]) -> list[dict[str, str]]:
    return [
        {"label": clean(link.label, 80), "address": clean(link.address)}
        for link in links
        if link.address.startswith(("https://", "http://"))
    ]


def _rule(message: Message, rule: Rule | None, *, hidden: bool) -> dict[str, str]:
    """The rule that wrote it; people outside are not told of our rules, nor of the facts that we keep."""
    if hidden:
        return {"id": "", "about": ""}
    return {"id": rule.id if rule else message.rule, "about": clean(rule.about) if rule else ""}


def _nested(facts: Facts, fields: Fields) -> dict[str, Any]:
    """Every field that exists by its dotted name, unknown ones as None; texts made inert."""
    nested: dict[str, Any] = {}
    for path, parents, name in _split(tuple(fields.by_path)):
        inner = nested
        for parent in parents:
            inner = inner.setdefault(parent, {})
        value = facts.get(path)
        inner[name] = value if value is None else _inert(value)
    return nested


@lru_cache(maxsize=8)
def _split(paths: tuple[str, ...]) -> list[tuple[str, list[str], str]]:
    """Each path with the dictionaries that it lies in, from the outside in, and its name there."""
    return [(path, words[:-1], words[-1]) for path in paths for words in [path.split(".")]]


def _inert(value: Value) -> Value:
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, tuple):
        return tuple(clean(one) for one in value)
    return value


def _who(message: Message, facts: Facts) -> str:
    """The company, or else the person, or else just the subject."""
    for path in ("account.name", "contact.name", "contact.email"):
        if text := clean(str(facts.get(path) or ""), 80).strip():
            return text
    return clean(message.subject, 80)


def _what(facts: Facts, voice: Voice) -> str:
    """What it is about in a few words, fit to stand inside of a sentence."""
    for path in ("opportunity.name", "opportunity.product", "request.summary", "request.product"):
        if text := clean(str(facts.get(path) or "")).strip(" ."):
            return cut(text, 80)
    kind = facts.get("request.kind")
    return label(kind, voice) if kind and kind != "other" else _SOMETHING[spoken(voice.language)]


def _known(kind: str, facts: Facts, fields: Fields, voice: Voice) -> list[dict[str, str]]:
    """The rows of the table of what is known, in the reader's language; the company's own fields come last."""
    own = [field.path for field in fields.extras if field.entity in (kind, "account", "contact")]
    rows = []
    for path in (*KNOWN.get(kind, ()), *own):
        field, value = fields.get(path), _inert(facts.get(path))
        if field is None or value in (None, "", ()):
            continue
        if field.type is Type.NUMBER and value == 0:
            continue
        rows.append({"label": label_of(path, voice.language), "value": clean(say(value, field.type, voice))})
    return rows
