"""Every field a rule may name: its path, type and meaning, in one table, with the company's own fields added."""

import difflib
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.geography.provinces import GROUPS, PROVINCES

SUBJECTS = ("request", "opportunity", "contact", "account")
REACHABLE: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "request": ("request", "contact", "account", "owner"),
        "opportunity": ("opportunity", "contact", "account", "owner"),
        "contact": ("contact", "account"),
        "account": ("account", "owner"),
    }
)
"""Which entities' fields a rule about a subject may name (contract, section 4)."""
PERSON_FIELDS = (
    *("owner", "manager", "received_by", "running_owner", "task_owner"),
    *("team", "approver", "approval_manager"),
    *("deal_owner", "deal_sellers"),
)
"""Names of fields that hold a person's id, beside owner.id and the company's own."""

Value = str | int | float | bool | tuple[str, ...] | None
"""A value in facts: text and choices as str, money as whole cents, dates as Day, times as Instant, lists as tuples."""


class Type(StrEnum):
    """The type of a field, as `fields.yaml` writes it."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    YES_NO = "yes_no"
    DATE = "date"
    TIME = "time"
    CHOICE = "choice"
    LIST = "list"


class Formula(Struct, frozen=True):
    """How a field is computed from others of its entity; leads/derived.py says what each form means."""

    form: Literal["count", "sum", "difference", "place_of", "chance_of", "weighted"]
    of: tuple[str, ...]
    each: float = 1
    among: tuple[str, ...] = ()
    chances: tuple[float | None, ...] = ()


class Field(Struct, frozen=True):
    """One field. `derived` fields are computed, never imported or set; `windowed` ones change by the passing of time
    alone, and facts carry the moment of their next change under `path + UNTIL`. `elsewhere`: it is derived from other
    exports (tasks, say), so that exports of the subject leave it out. `groups` are words that rules may
    write for several choices at once."""

    path: str
    type: Type
    about: str
    choices: tuple[str, ...] = ()
    derived: bool = False
    windowed: bool = False
    elsewhere: bool = False
    formula: Formula | None = None
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    @property
    def entity(self) -> str:
        """The part before the first dot: request, contact, account, opportunity or owner."""
        return self.path.partition(".")[0]

    @property
    def name(self) -> str:
        """The path without its entity."""
        return self.path.partition(".")[2]

    @property
    def words(self) -> tuple[str, ...]:
        """What rules may write as its value: the choices, and the names of groups of them."""
        return (*self.choices, *(name for name, _ in self.groups))


CHANCE_OF = ("opportunity.stage", "opportunity.win_chance")
WEIGHTED_OF = ("opportunity.expected_value", "opportunity.stage_chance", "opportunity.project_chance")
"""What the weighted value of an opportunity is computed from: leads/weighing.py."""
COMPUTED = ("opportunity.stage_chance", "opportunity.weighted_value")
"""Core fields that a formula gives, as it does own fields."""
UNTIL = "@until"
JOINED = "contact.joined."
"""Before the name of a nurture list: when the contact joined it; not known of one who is not on it."""
CRITERIA = {
    "scotsman": ("solution", "competition", "opportunity", "time", "support", "money", "authority", "necessity"),
    "bant": ("budget", "authority", "need", "timeline"),
}
DESKS = ("inside_sales", "sales", "account_manager", "marketing", "archive")
CHANNELS = ("web_form", "phone", "email", "telemarketing", "visit", "event", "crm", "other")
KINDS = ("new_project", "renewal", "renegotiation", "reorder", "price_confirmation", "information", "other")
REQUEST_OUTCOMES = ("order", "follow_up", "sales", "marketing", "archived")
OPPORTUNITY_OUTCOMES = ("won", "lost", "recycled")
QUOTE_STATUSES = (
    *("draft", "awaiting_approval", "approved", "refused"),
    *("sent", "accepted", "rejected", "expired", "withdrawn"),
)

_T, _N, _M, _Y, _D, _I, _C, _L = Type  # in the order of the enum: text … list

_TASKS = (
    ("task_due_at", _I, "when the first of its open tasks is due", "elsewhere"),
    ("task_owner", _T, "the id of the person whose task that is", "elsewhere"),
)
"""What every kind of subject has of its tasks."""


_Row = (
    tuple[str, Type, str]
    | tuple[str, Type, str, tuple[str, ...] | str]
    | tuple[str, Type, str, tuple[str, ...], Literal["derived"]]
    | tuple[str, Type, str, Literal["windowed"], Literal["elsewhere"]]
)


def _entity(entity: str, *rows: _Row) -> list[Field]:
    """Fields of one entity; after the meaning come the choices, or 'derived', 'windowed' or 'elsewhere', or both."""
    fields = []
    for name, kind, about, *rest in rows:
        fields.append(
            Field(
                f"{entity}.{name}",
                kind,
                about,
                choices=next((one for one in rest if isinstance(one, tuple)), ()),
                derived=not {"derived", "windowed", "elsewhere"}.isdisjoint(rest),
                windowed="windowed" in rest,
                elsewhere="elsewhere" in rest,
            )
        )
    return fields


CORE: tuple[Field, ...] = (
    *_entity(
        "request",
        ("id", _T, "the request's own id"),
        ("received_at", _I, "when it came in"),
        ("channel", _C, "how it came in", CHANNELS),
        ("source", _T, "where the asker heard of us"),
        ("referrer", _T, "who sent them"),
        ("prompted", _Y, "prompted by us (yes) or spontaneous (no)"),
        ("received_by", _T, "the colleague or department that took it"),
        ("kind", _C, "what is asked", KINDS),
        ("summary", _T, "what is asked, in a sentence"),
        ("product", _T, "the product or service asked about"),
        ("language", _T, "the asker's language, such as nl or en"),
        ("expected_value", _M, "what it may be worth"),
        ("status", _C, "open or closed", ("open", "closed")),
        ("desk", _C, "the desk that handles it", DESKS),
        ("outcome", _C, "how it was closed", REQUEST_OUTCOMES),
        ("reason", _T, "why it was closed so"),
        ("owner", _T, "the id of the person who handles it"),
        ("routed_at", _I, "when it got its desk"),
        ("first_response_at", _I, "when the asker was first answered"),
        ("last_touched_at", _I, "when anyone last did something with it"),
        ("closed_at", _I, "when it was closed"),
        ("triage", _C, "what it is, before routing (M3)", ("new", "running", "order", "doubt")),
        ("match", _C, "whether its account was known", ("same", "new", "doubt")),
        ("unread", _T, "what it said that could not be read or cannot be, as it stood"),
        ("same_as", _T, "the id of the request that said the same a moment before"),
        ("own_question", _Y, "a person said that it is no repeat of another one"),
        ("deal", _T, "the id of the running deal that it may be about"),
        ("deal_match", _C, "whether it is clear which running deal it may be about", ("same", "doubt", "none")),
        ("deal_owner", _T, "the id of that deal's seller when it was found"),
        ("deals", _T, "the ids of the running deals that it may be about, with commas"),
        ("deal_sellers", _T, "the ids of the sellers of those deals, with commas"),
        ("contact", _T, "the id of its contact"),
        ("account", _T, "the id of its account"),
        *_TASKS,
    ),
    *_entity(
        "contact",
        ("id", _T, "the contact's own id"),
        ("name", _T, "full name"),
        ("email", _T, "e-mail address"),
        ("phone", _T, "telephone number"),
        ("job_title", _T, "job title"),
        ("role", _T, "role in buying, such as decider or user"),
        ("language", _T, "the contact's language"),
        ("buying_phase", _T, "phase in the buying process (M19)"),
        ("last_visited_at", _I, "when a seller last visited", "windowed"),
        ("last_site_visit_at", _I, "when they last came to the site", "windowed"),
        ("site_visits_3w", _N, "visits to the site in the past three weeks", "windowed"),
        (
            "last_answer_at",
            _I,
            "when they last answered us: a mail, call or meeting that came from them",
            "windowed",
            "elsewhere",
        ),
        ("last_asked_at", _I, "when they last asked something: their newest request", "windowed", "elsewhere"),
        ("consent", _Y, "agreed to receive marketing mail"),
        ("consent_source", _T, "where they said yes or no to marketing mail, such as web form 2026-11-20"),
        ("consent_at", _I, "when they said yes or no to marketing mail"),
        ("objected_at", _I, "when they objected to marketing of any kind"),
        ("unsubscribed_at", _I, "when they unsubscribed"),
        ("bounced_at", _I, "when mail to them last bounced for good"),
        ("requests_12m", _N, "requests in the past twelve months", "windowed"),
        ("orders_12m", _N, "requests that were orders in the past twelve months", "windowed"),
        ("lists", _L, "the nurture lists they are on", "derived"),
        ("running_request", _T, "the id of their newest open request", "elsewhere"),
        ("account", _T, "the id of their account"),
        *_TASKS,
    ),
    *_entity(
        "account",
        ("id", _T, "the account's own id"),
        ("name", _T, "company name"),
        ("domain", _T, "internet domain"),
        ("relation", _C, "what they are to us", ("suspect", "prospect", "customer", "former_customer", "ambassador")),
        ("tier", _C, "how much they matter", ("key", "important", "standard")),
        ("flagged", _Y, "marked by hand as one to watch"),
        ("industry", _T, "line of business"),
        ("employees", _N, "number of people"),
        ("revenue", _M, "yearly revenue"),
        ("country", _T, "country code, such as NL"),
        ("postcode", _T, "postcode as written"),
        ("postcode_number", _N, "the leading digits of the postcode", "derived"),
        ("region", _T, "region or province"),
        ("parent", _T, "the id of the parent company's account"),
        ("owner", _T, "the id of the account's own person"),
        ("open_complaints", _N, "complaints not yet settled"),
        ("overdue_invoices", _N, "invoices past their date"),
        ("last_order_at", _I, "when they last ordered"),
        ("running_opportunity", _T, "the id of their newest open opportunity", "derived"),
        ("running_owner", _T, "the id of whoever that opportunity is of", "elsewhere"),
        ("running_stage", _T, "the stage that opportunity is in", "elsewhere"),
        ("last_sale_at", _I, "when a request of theirs last closed as order, or an opportunity as won", "elsewhere"),
        ("requests_12m", _N, "requests in the past twelve months", "windowed"),
        ("orders_12m", _N, "requests that were orders in the past twelve months", "windowed"),
        *_TASKS,
    ),
    Field(
        "account.province",
        Type.CHOICE,
        "the province of the postcode, or Brussel; known in NL and BE",
        choices=PROVINCES,
        derived=True,
        elsewhere=True,
        groups=GROUPS,
    ),
    *_entity(
        "opportunity",
        ("id", _T, "the opportunity's own id"),
        ("name", _T, "what it is called"),
        ("created_at", _I, "when it was registered"),
        ("stage", _T, "the stage it is in"),
        ("expected_value", _M, "what it may be worth"),
        ("decision_on", _D, "when the customer decides"),
        ("start_on", _D, "when the work would start"),
        ("purchase_kind", _C, "kind of purchase", ("tender", "competition", "none")),
        ("win_chance", _N, "chance that we win, 0-100"),
        ("project_chance", _N, "chance that the project goes ahead, 0-100"),
        ("product", _T, "the product or service"),
        ("owner", _T, "the id of its one owner"),
        ("last_touched_at", _I, "when anyone last did something with it"),
        ("next_step_at", _I, "when the next step is due"),
        ("quote_sent_at", _I, "when the quote went out"),
        ("quote_valid_until", _D, "the last day the quote holds"),
        ("stage_since", _I, "when it reached its stage"),
        ("outcome", _C, "how it ended", OPPORTUNITY_OUTCOMES),
        ("reason", _T, "why it ended so"),
        ("closed_at", _I, "when it ended"),
        ("contact", _T, "the id of its primary contact"),
        ("account", _T, "the id of its account"),
        ("request", _T, "the id of the request it came from"),
        *(
            (f"{method}.{name}", _Y, f"{method.upper()}: is {name} answered with yes")
            for method, names in CRITERIA.items()
            for name in names
        ),
        ("scotsman_score", _N, "how many of the eight SCOTSMAN criteria are yes (M16)", "derived"),
        ("bant_score", _N, "how many of the four BANT criteria are yes (M16)", "derived"),
        (
            "stage_chance",
            _N,
            "what its stage weighs in the forecast (0-100); win_chance if no stage does",
            "derived",
        ),
        ("weighted_value", _M, "expected value times stage_chance times project_chance", "derived"),
        *_TASKS,
        ("deciders", _L, "the ids of the contacts who decide", "derived"),
        ("decider_count", _N, "how many contacts decide", "derived"),
        ("contact_roles", _L, "the roles of its contacts, such as decider, influencer or user", "derived"),
        ("team", _L, "the ids of our people who work on it beside its owner", "derived"),
        ("quote_status", _C, "how its newest quote stands", QUOTE_STATUSES, "derived"),
        ("quote_total", _M, "what its newest quote comes to", "derived"),
        ("quote_discount", _N, "the largest discount on a line of its newest quote, in percent", "derived"),
        ("approver", _T, "the id of the person who has to approve its newest quote", "derived"),
        ("approval_due_at", _I, "until when the approver of its newest quote has time", "derived"),
        ("approval_manager", _T, "the id of the manager of that approver", "derived"),
    ),
    *_entity(
        "owner",
        ("id", _T, "the owner's id", "derived"),
        ("name", _T, "the owner's name", "derived"),
        ("roles", _L, "the owner's roles", "derived"),
        ("pools", _L, "the pools the owner is in", "derived"),
        ("manager", _T, "the id of the owner's manager", "derived"),
        ("active", _Y, "still works here", "derived"),
        ("away", _Y, "away today", "windowed"),
        ("away_days", _N, "how many days the present absence takes in all, both ends included", "windowed"),
        ("deputy", _T, "the id of who stands in during the present absence", "windowed"),
        ("open_count", _N, "open requests and opportunities of the owner", "derived"),
        ("capacity", _N, "how many of those the owner can have", "derived"),
    ),
)


class Fields(Struct, frozen=True, dict=True):
    """The registry: the core fields and the company's own (`request.extra.NAME`). `stage_chances`: the company's stages
    with what each weighs in the forecast, in percent."""

    extras: tuple[Field, ...] = ()
    stage_chances: tuple[tuple[str, float | None], ...] = ()

    @cached_property
    def by_path(self) -> Mapping[str, Field]:
        """Every field by its path. A text of which an own field gives the place among words has these words alone."""
        found = {one.path: one for one in (*CORE, *self.extras)}
        for path, words in self._words().items():
            if path in found and found[path].type is Type.TEXT:
                found[path] = replace(found[path], type=Type.CHOICE, choices=words)
        return MappingProxyType(found)

    def _words(self) -> dict[str, tuple[str, ...]]:
        words: dict[str, tuple[str, ...]] = {}
        for one in self.extras:
            if one.formula and one.formula.form == "place_of":
                path = one.formula.of[0]
                words[path] = tuple(dict.fromkeys((*words.get(path, ()), *one.formula.among)))
        return words

    @cached_property
    def formulas(self) -> Mapping[str, Formula]:
        """The fields that are computed from others, each after those that it is computed from."""
        names = tuple(name for name, _ in self.stage_chances)
        chances = tuple(chance for _, chance in self.stage_chances)
        ours = {
            "opportunity.stage_chance": Formula("chance_of", CHANCE_OF, among=names, chances=chances),
            "opportunity.weighted_value": Formula("weighted", WEIGHTED_OF),
        }
        return MappingProxyType({**ours, **{one.path: one.formula for one in self.extras if one.formula}})

    def with_sources(self, paths: Iterable[str]) -> tuple[str, ...]:
        """The paths, each once, with those that computed ones among them follow from, directly or in steps."""
        found = dict.fromkeys(paths)
        for path, formula in reversed(tuple(self.formulas.items())):
            if path in found:
                found |= dict.fromkeys(formula.of)
        return tuple(found)

    def get(self, path: str) -> Field | None:
        """The field of that path, if there is one; `contact.joined.LIST` is one for whatever list."""
        return self.by_path.get(path) or _joined(path)

    def reachable(self, subject: str) -> tuple[Field, ...]:
        """The fields that a rule about `subject` may name."""
        return tuple(one for one in self.by_path.values() if one.entity in REACHABLE[subject])

    def of(self, entity: str) -> tuple[Field, ...]:
        """The fields of one entity."""
        return tuple(one for one in self.by_path.values() if one.entity == entity)

    def nearest(self, path: str, subject: str | None = None) -> str | None:
        """The known path that looks most like `path`, for 'did you mean'."""
        known: Iterable[Field] = self.reachable(subject) if subject else self.by_path.values()
        found = difflib.get_close_matches(path, [one.path for one in known], n=1, cutoff=0.6)
        return found[0] if found else None


def _joined(path: str) -> Field | None:
    name = path.removeprefix(JOINED)
    if name in (path, ""):
        return None
    return Field(path, Type.TIME, f"when they joined the nurture list {name}", derived=True)
