"""The facts of a subject as they were at a past moment, rebuilt from history; counts are counted as of then."""

from collections.abc import Callable, Iterable, Mapping
from zoneinfo import ZoneInfo

import orjson
from msgspec import Struct, field
from sqlalchemy import Connection

from leadrelay.clock import FOREVER, Instant, datetime_of
from leadrelay.errors import NotThereYet, UnknownSubject
from leadrelay.leads.derived import SOURCES, compute_all, derive
from leadrelay.leads.fields import SUBJECTS, UNTIL, Fields, Value
from leadrelay.leads.owner import owner_facts
from leadrelay.leads.team import Team
from leadrelay.store import history
from leadrelay.store.derived import ANSWERS
from leadrelay.store.history import NO_END, replay
from leadrelay.store.owners import whole_team
from leadrelay.store.raw import Statement
from leadrelay.store.watches import OWNED
from leadrelay.store.windows import THREE_WEEKS, leaves_three_weeks, leaves_year, year_before

Facts = dict[str, Value]
_LINKS = {
    "request": ("contact", "account"),
    "opportunity": ("contact", "account"),
    "contact": ("account",),
    "account": (),
}
_SINCE = Statement("SELECT min(at) FROM history WHERE subject = :subject AND at > :at")
_ACTIVITIES = Statement(
    "SELECT kind, at, direction FROM activities WHERE contact = :contact AND recorded_at <= :known"
    " AND kind IN ('visit', 'site_visit', 'email', 'call', 'meeting') ORDER BY at"
)
_TASK = Statement(
    # Of the tasks of that very moment, those that were made by decisions before the one that is asked about.
    "SELECT due_at, owner FROM tasks WHERE subject = :subject AND (created_at < :at OR created_at = :at AND"
    " (:upto >= :no_end OR EXISTS (SELECT 1 FROM decisions d WHERE d.key = tasks.cause AND d.history_id < :upto)))"
    " AND (done_at IS NULL OR done_at > :at) ORDER BY due_at, id LIMIT 1"
)
_MOVED = (  # the IN is the one of ix_history_moved, without which SQLite does not use it
    "SELECT subject FROM history WHERE field = '{link}' AND field IN ('owner', 'contact', 'account')"
    " AND old = :as_json AND subject LIKE '{kind}/%'"
)
_BELONGING = {
    (kind, link): Statement(
        f"SELECT '{kind}/' || id FROM {table} WHERE {link} = :to UNION " + _MOVED.format(kind=kind, link=link)
    )
    for kind, table, link in (
        ("request", "requests", "contact"),
        ("request", "requests", "account"),
        ("request", "requests", "owner"),
        ("opportunity", "opportunities", "account"),
        ("opportunity", "opportunities", "owner"),
    )
}


class Past(Struct, frozen=True):
    """A moment: what had happened by `at`, in history up to and including the row `upto`, as it was known at `known`,
    which is earlier than `at` where somebody looks ahead."""

    conn: Connection
    at: Instant
    known: Instant
    upto: int = NO_END
    team: Team = field(default_factory=Team)

    def state(self, subjects: Iterable[str]) -> dict[str, Facts]:
        """The stored fields of these subjects by name; those that did not exist yet are left out."""
        rows = history.of(self.conn, subjects, self.known, self.upto)
        states = {subject: replay(found) for subject, found in rows.items()}
        return {subject: state for subject, state in states.items() if state is not None}

    def belonging(self, kind: str, link: str, to: str) -> list[Facts]:
        """The state of every subject of a kind whose `link` was `to`, by id."""
        ever = _BELONGING[kind, link].rows(self.conn, to=to, as_json=orjson.dumps(to).decode())
        states = self.state(row[0] for row in ever)
        return [states[subject] for subject in sorted(states) if states[subject].get(link) == to]


def facts_at(
    conn: Connection,
    subject: str,
    at: Instant,
    before: int | None = None,
    team: Team | None = None,
    paths: Iterable[str] | None = None,
    fields: Fields | None = None,
    known: Instant | None = None,
) -> Facts | None:
    """Every fact that a rule about `subject` (request/42) could see at a moment, by path; unknown ones are left out.

    `before`: the `history_id` of a decision, for the facts just before it. `team`: who was there then. `paths`: of the
    counts, only these are needed. `fields`: for own fields that are computed, and the chances of stages. `known`: an
    earlier moment, for the facts at `at` as far as they could be told then. None when it did not exist yet."""
    past = Past(conn, at, at if known is None else min(at, known), NO_END if before is None else before, team or Team())
    kind = subject.partition("/")[0]
    own = past.state([subject]).get(subject)
    if own is None:
        return None
    linked = {link: f"{link}/{own[link]}" for link in _LINKS[kind] if own.get(link) is not None}
    states = past.state(linked.values())
    facts = {f"{kind}.{name}": value for name, value in own.items()}
    for link, other in linked.items():
        facts |= {f"{link}.{name}": value for name, value in states.get(other, {}).items()}
    entities = {kind, *(link for link, other in linked.items() if other in states)}
    facts |= {path: derive(path, facts) for path in SOURCES if path.partition(".")[0] in entities}
    formulas = (fields or Fields()).formulas.items()
    compute_all([(path, one) for path, one in formulas if path.partition(".")[0] in entities], facts)
    wanted = None if paths is None else set(paths)
    for path, count in _COUNTS.items():
        if path.partition(".")[0] in entities and _is_wanted(path, wanted):
            facts |= count(past, facts)
    if kind in OWNED:
        facts |= _owner(past, own.get("owner"), _is_wanted("owner.open_count", wanted))
    return {path: value for path, value in facts.items() if value is not None}


def unknown(conn: Connection, subject: str, at: Instant, zone: ZoneInfo) -> UnknownSubject:
    """Why there are no facts about a subject at a moment: it came later, or never."""
    since = _SINCE.rows(conn, subject=subject, at=at)[0][0]
    if since is None:
        return UnknownSubject(subject=subject)
    then, first = (f"{datetime_of(one, zone):%Y-%m-%d %H:%M}" for one in (at, since))
    return NotThereYet(subject=subject, at=then, since=first)


def _is_wanted(path: str, wanted: set[str] | None) -> bool:
    return wanted is None or path in wanted or path + UNTIL in wanted


def _visits(kind: str) -> Callable[[Past, Facts], Facts]:
    def last(past: Past, facts: Facts) -> Facts:
        path = "contact.last_visited_at" if kind == "visit" else "contact.last_site_visit_at"
        return _newest(path, _moments(past, facts, kind), past.at)

    return last


def _newest(path: str, moments: list[Instant], now: Instant) -> Facts:
    """The last of these moments up to now, and when the next one comes."""
    return {
        path: max((at for at in moments if at <= now), default=None),
        path + UNTIL: min((at for at in moments if at > now), default=FOREVER),
    }


def _answers(past: Past, facts: Facts) -> Facts:
    rows = _ACTIVITIES.rows(past.conn, contact=facts["contact.id"], known=past.known)
    answers = [at for kind, at, direction in rows if kind in ANSWERS and direction == "in"]
    return _newest("contact.last_answer_at", answers, past.at)


def _last_asked(past: Past, facts: Facts) -> Facts:
    asked = past.belonging("request", "contact", str(facts["contact.id"]))
    once = (one for one in asked if one.get("same_as") is None)
    moments = [at for one in once if isinstance(at := one.get("received_at"), int)]
    return _newest("contact.last_asked_at", moments, past.at)


def _running_request(past: Past, facts: Facts) -> Facts:
    asked = past.belonging("request", "contact", str(facts["contact.id"]))
    still = [one for one in asked if one.get("status") == "open"]
    newest: Facts = max(still, key=lambda one: (one.get("received_at") or 0, one["id"]), default={})
    return {"contact.running_request": newest.get("id")}


def _site_visits(past: Past, facts: Facts) -> Facts:
    moments = _moments(past, facts, "site_visit")
    return _window("contact.site_visits_3w", moments, past.at - THREE_WEEKS, past.at, leaves_three_weeks)


def _moments(past: Past, facts: Facts, kind: str) -> list[Instant]:
    rows = _ACTIVITIES.rows(past.conn, contact=facts["contact.id"], known=past.known)
    return [at for one, at, _ in rows if one == kind]


def _asked(path: str, outcome: str | None) -> Callable[[Past, Facts], Facts]:
    link = path.partition(".")[0]

    def count(past: Past, facts: Facts) -> Facts:
        zone = past.team.zone
        asked = past.belonging("request", link, str(facts[f"{link}.id"]))
        moments = [
            at
            for one in asked
            if isinstance(at := one.get("received_at"), int)
            and one.get("same_as") is None
            and outcome in (None, one.get("outcome"))
        ]
        return _window(path, moments, year_before(past.at, zone), past.at, lambda at: leaves_year(at, zone))

    return count


def _window(
    path: str, moments: list[Instant], after: Instant, now: Instant, leaves: Callable[[Instant], Instant]
) -> Facts:
    """How many moments are in (after, now], and when that next changes."""
    inside = [at for at in moments if after < at <= now]
    changes = [at for at in moments if at > now] + ([leaves(min(inside))] if inside else [])
    return {path: len(inside), path + UNTIL: min(changes, default=FOREVER)}


def _running(path: str, name: str) -> Callable[[Past, Facts], Facts]:
    def find(past: Past, facts: Facts) -> Facts:
        deals = past.belonging("opportunity", "account", str(facts["account.id"]))
        running = [deal for deal in deals if deal.get("closed_at") is None]
        newest: Facts = max(running, key=lambda deal: (deal.get("created_at") or 0, deal["id"]), default={})
        return {path: newest.get(name)}

    return find


def _last_sale(past: Past, facts: Facts) -> Facts:
    account = str(facts["account.id"])
    sold = [one for one in past.belonging("request", "account", account) if one.get("outcome") == "order"]
    won = [one for one in past.belonging("opportunity", "account", account) if one.get("outcome") == "won"]
    return {
        "account.last_sale_at": max(
            (at for one in (*sold, *won) if isinstance(at := one.get("closed_at"), int)), default=None
        )
    }


def _task(kind: str) -> Callable[[Past, Facts], Facts]:
    def first(past: Past, facts: Facts) -> Facts:
        subject = f"{kind}/{facts[f'{kind}.id']}"
        rows = _TASK.rows(past.conn, subject=subject, at=past.known, upto=past.upto, no_end=NO_END)
        due_at, owner = rows[0] if rows else (None, None)
        return {f"{kind}.task_due_at": due_at, f"{kind}.task_owner": owner}

    return first


def _owner(past: Past, owner: Value, counted: bool) -> Facts:
    if not isinstance(owner, str):
        return {}
    count = None
    if counted:
        requests = past.belonging("request", "owner", owner)
        deals = past.belonging("opportunity", "owner", owner)
        count = sum(one.get("status") == "open" for one in requests) + sum(
            one.get("closed_at") is None for one in deals
        )
    return owner_facts(owner, whole_team(past.conn, past.team), past.at, count)


_COUNTS: Mapping[str, Callable[[Past, Facts], Facts]] = {
    "contact.last_visited_at": _visits("visit"),
    "contact.last_site_visit_at": _visits("site_visit"),
    "contact.site_visits_3w": _site_visits,
    "contact.requests_12m": _asked("contact.requests_12m", None),
    "contact.orders_12m": _asked("contact.orders_12m", "order"),
    "contact.last_answer_at": _answers,
    "contact.last_asked_at": _last_asked,
    "contact.running_request": _running_request,
    "account.running_opportunity": _running("account.running_opportunity", "id"),
    "account.running_owner": _running("account.running_owner", "owner"),
    "account.running_stage": _running("account.running_stage", "stage"),
    "account.last_sale_at": _last_sale,
    "account.requests_12m": _asked("account.requests_12m", None),
    "account.orders_12m": _asked("account.orders_12m", "order"),
    **{f"{kind}.{name}": _task(kind) for kind in SUBJECTS for name in ("task_due_at", "task_owner")},
}
"""The derived fields that other rows decide, by path: the same as store/derived.py says in SQL for now."""
