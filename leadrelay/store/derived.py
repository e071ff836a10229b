"""The one definition, in SQL, of every derived field that other rows decide; each a subquery for the row at hand.

A windowed count comes with two moments: `first`, the earliest moment among what it counts, and `next`, the earliest one
that is still ahead. The count stands until `first` leaves the window or `next` arrives.
"""

from collections.abc import Callable
from typing import Any

from msgspec import Struct
from sqlalchemy import (
    ColumnElement,
    Select,
    Table,
    Text,
    and_,
    bindparam,
    case,
    cast,
    func,
    literal,
    literal_column,
    select,
)

from leadrelay.clock import Instant
from leadrelay.geography.provinces import province
from leadrelay.leads.fields import CRITERIA, JOINED
from leadrelay.store.schema import TABLES, accounts, activities, contacts, memberships, opportunities, requests, tasks
from leadrelay.store.schema_opportunities import opportunity_people, quotes
from leadrelay.store.windows import leaves_three_weeks, leaves_year

SEPARATOR = "\x1f"
"""Between the names of `contact.lists` as the database joins them."""

NOW: ColumnElement[Any] = bindparam("now")
THREE_WEEKS_AGO: ColumnElement[Any] = bindparam("three_weeks_ago")
YEAR_AGO: ColumnElement[Any] = bindparam("year_ago")


class Derived(Struct, frozen=True):
    """A derived field: its value; for a windowed one also its moments and, by zone, when its `first` leaves."""

    value: ColumnElement[Any]
    first: ColumnElement[Any] | None = None
    next: ColumnElement[Any] | None = None
    leaves: Callable[[Instant, str], Instant] | None = None


ANSWERS = ("email", "call", "meeting")
"""Kinds of activities that are an answer of the contact's when they came from them."""


def _of_contact(what: ColumnElement[Any], kind: str, *when: ColumnElement[bool]) -> ColumnElement[Any]:
    """Something about the contact's activities of one kind."""
    return _about_activities(what, activities.c.kind == kind, *when)


def _about_activities(what: ColumnElement[Any], *when: ColumnElement[bool]) -> ColumnElement[Any]:
    mine = and_(activities.c.contact == contacts.c.id, *when)
    return select(what).where(mine).correlate(contacts).scalar_subquery()


def _last_answer() -> Derived:
    at = activities.c.at
    theirs = (activities.c.kind.in_([literal_column(f"'{kind}'") for kind in ANSWERS]), activities.c.direction == "in")
    return Derived(
        _about_activities(func.max(at), *theirs, at <= NOW), next=_about_activities(func.min(at), *theirs, at > NOW)
    )


def _about_requests(what: ColumnElement[Any], other: Any, *when: ColumnElement[bool]) -> ColumnElement[Any]:
    mine = and_(other.c.contact == contacts.c.id, *when)
    return select(what).select_from(other).where(mine).correlate(contacts).scalar_subquery()


def _last_asked() -> Derived:
    other = requests.alias("asked_last")
    at = other.c.received_at
    once = other.c.same_as.is_(None)
    return Derived(
        _about_requests(func.max(at), other, once, at <= NOW), next=_about_requests(func.min(at), other, once, at > NOW)
    )


def _running_request() -> ColumnElement[Any]:
    other = requests.alias("still_open")
    newest = (
        select(other.c.id)
        .where(other.c.contact == contacts.c.id, other.c.status == "open")
        .order_by(other.c.received_at.desc(), other.c.id.desc())
        .limit(1)
    )
    return newest.correlate(contacts).scalar_subquery()


def _if_known(of: Table, count: ColumnElement[Any]) -> ColumnElement[Any]:
    """A count for a contact or account that there is; without one it is unknown, not 0."""
    return case((of.c.id.is_not(None), count))


def _last(kind: str) -> Derived:
    """When the contact's last activity of a kind was; one that is still ahead changes it when it comes."""
    at = activities.c.at
    return Derived(_of_contact(func.max(at), kind, at <= NOW), next=_of_contact(func.min(at), kind, at > NOW))


def _site_visits() -> Derived:
    at = activities.c.at
    window = (at > THREE_WEEKS_AGO, at <= NOW)
    return Derived(
        _if_known(contacts, _of_contact(func.count(), "site_visit", *window)),
        first=_of_contact(func.min(at), "site_visit", *window),
        next=_of_contact(func.min(at), "site_visit", at > NOW),
        leaves=lambda at, _zone: leaves_three_weeks(at),
    )


def _requests(of: Table, link: str, *which: Callable[[Any], ColumnElement[bool]]) -> Derived:
    """The requests of a contact or account that came in during the past twelve months (those `which` holds for)."""
    other = requests.alias("asked")
    at = other.c.received_at

    def about(what: ColumnElement[Any], *when: ColumnElement[bool]) -> ColumnElement[Any]:
        mine = and_(other.c[link] == of.c.id, other.c.same_as.is_(None), *when, *(test(other.c) for test in which))
        return select(what).select_from(other).where(mine).correlate(of).scalar_subquery()

    window = (at > YEAR_AGO, at <= NOW)
    return Derived(
        _if_known(of, about(func.count(), *window)),
        first=about(func.min(at), *window),
        next=about(func.min(at), at > NOW),
        leaves=leaves_year,
    )


def _is_order(asked: Any) -> ColumnElement[bool]:
    is_order: ColumnElement[bool] = asked.outcome == "order"
    return is_order


def _lists() -> ColumnElement[Any]:
    mine: Select[Any] = select(func.aggregate_strings(memberships.c.list, SEPARATOR)).where(
        memberships.c.contact == contacts.c.id, memberships.c.left_at.is_(None)
    )
    return mine.correlate(contacts).scalar_subquery()


def joined(path: str) -> ColumnElement[Any]:
    """When the contact joined the list of `contact.joined.LIST`; NULL for one who is not on it."""
    mine = select(memberships.c.joined_at).where(
        memberships.c.contact == contacts.c.id,
        memberships.c.list == literal(path.removeprefix(JOINED)),
        memberships.c.left_at.is_(None),
    )
    return mine.correlate(contacts).scalar_subquery()


def _running(column: str) -> ColumnElement[Any]:
    """Something about the account's newest open opportunity."""
    deals = opportunities.alias("deals")
    newest = (
        select(deals.c[column])
        .where(deals.c.account == accounts.c.id, deals.c.closed_at.is_(None))
        .order_by(func.coalesce(deals.c.created_at, 0).desc(), deals.c.id.desc())
        .limit(1)
    )
    return newest.correlate(accounts).scalar_subquery()


def _task(kind: str, what: ColumnElement[Any]) -> ColumnElement[Any]:
    """Something about the first of the subject's open tasks."""
    table = TABLES[kind]
    mine = and_(tasks.c.subject == literal(f"{kind}/").concat(table.c.id), tasks.c.done_at.is_(None))
    first = select(what).where(mine).order_by(tasks.c.due_at, tasks.c.id).limit(1)
    return first.correlate(table).scalar_subquery()


def _of_people(what: ColumnElement[Any], *which: ColumnElement[bool]) -> ColumnElement[Any]:
    """Something about the people whom an opportunity is concerned with."""
    mine = and_(opportunity_people.c.opportunity == opportunities.c.id, *which)
    return select(what).where(mine).correlate(opportunities).scalar_subquery()


def _names(column: ColumnElement[Any], *which: ColumnElement[bool]) -> Derived:
    return Derived(_of_people(func.aggregate_strings(column, SEPARATOR), *which))


def _newest_quote(column: str) -> Derived:
    mine = select(quotes.c[column]).where(quotes.c.opportunity == opportunities.c.id)
    return Derived(mine.order_by(quotes.c.id.desc()).limit(1).correlate(opportunities).scalar_subquery())


_DECIDES = opportunity_people.c.role == "decider"
_CONTACT, _PERSON = opportunity_people.c.kind == "contact", opportunity_people.c.kind == "person"


def _last_sale() -> ColumnElement[Any]:
    """When the account's last request closed as an order, or its last opportunity as won, whichever is later."""
    sold, won = (
        select(func.max(other.c.closed_at))
        .where(other.c.account == accounts.c.id, other.c.outcome == outcome)
        .correlate(accounts)
        .scalar_subquery()
        for other, outcome in ((requests.alias("sold"), "order"), (opportunities.alias("won"), "won"))
    )
    return case((func.coalesce(sold, won) >= func.coalesce(won, sold), func.coalesce(sold, won)), else_=won)


def _score(method: str) -> ColumnElement[Any]:
    """How many criteria are answered with yes; unknown is not yes (M16)."""
    yes = [case((opportunities.c[f"{method}_{name}"].is_(True), 1), else_=0) for name in CRITERIA[method]]
    return sum(yes[1:], yes[0])


DERIVED: dict[str, Derived] = {
    "contact.last_visited_at": _last("visit"),
    "contact.last_site_visit_at": _last("site_visit"),
    "contact.site_visits_3w": _site_visits(),
    "contact.requests_12m": _requests(contacts, "contact"),
    "contact.orders_12m": _requests(contacts, "contact", _is_order),
    "contact.last_answer_at": _last_answer(),
    "contact.last_asked_at": _last_asked(),
    "contact.lists": Derived(_lists()),
    "contact.running_request": Derived(_running_request()),
    "account.postcode_number": Derived(accounts.c.postcode_number),
    "account.province": Derived(accounts.c.country + SEPARATOR + cast(accounts.c.postcode_number, Text)),
    "account.running_opportunity": Derived(_running("id")),
    "account.running_owner": Derived(_running("owner")),
    "account.running_stage": Derived(_running("stage")),
    "account.last_sale_at": Derived(_last_sale()),
    "account.requests_12m": _requests(accounts, "account"),
    "account.orders_12m": _requests(accounts, "account", _is_order),
    "opportunity.scotsman_score": Derived(_score("scotsman")),
    "opportunity.bant_score": Derived(_score("bant")),
    **{f"{kind}.task_due_at": Derived(_task(kind, tasks.c.due_at)) for kind in TABLES},
    **{f"{kind}.task_owner": Derived(_task(kind, tasks.c.owner)) for kind in TABLES},
    "opportunity.deciders": _names(opportunity_people.c.member, _CONTACT, _DECIDES),
    "opportunity.decider_count": Derived(_of_people(func.count(), _CONTACT, _DECIDES)),
    "opportunity.contact_roles": _names(opportunity_people.c.role, _CONTACT),
    "opportunity.team": _names(opportunity_people.c.member, _PERSON),
    "opportunity.quote_status": _newest_quote("status"),
    "opportunity.quote_total": _newest_quote("total"),
    "opportunity.quote_discount": _newest_quote("discount"),
    "opportunity.approver": _newest_quote("approver"),
    "opportunity.approval_due_at": _newest_quote("approval_due_at"),
    "opportunity.approval_manager": _newest_quote("approval_manager"),
}
"""By path; `owner.*` comes from the team (store/owners.py)."""


def province_of(joined: str | None) -> str | None:
    """The province of a country and a postcode's number as the database joins them."""
    country, _, number = (joined or "").rpartition(SEPARATOR)
    return province(country, int(number)) if number else None


def lists_of(joined: str | None) -> tuple[str, ...] | None:
    """Names that the database joined (nurture lists, deciders) as facts have them, in order, each once; none: None."""
    return tuple(sorted(set(joined.split(SEPARATOR)))) if joined else None
