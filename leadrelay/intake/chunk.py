"""One chunk of rows in one transaction: what is stored is read, rows are settled, and only what differs is written."""

from collections.abc import Collection, Iterator, Mapping, Sequence

from sqlalchemy import Connection

from leadrelay.clock import Instant
from leadrelay.intake.bundle import Bundle
from leadrelay.intake.ids import activity_id, own_id
from leadrelay.intake.known import Known, Named, Record, lower, name_key
from leadrelay.intake.match import Matcher
from leadrelay.intake.settle import Keep, Settler
from leadrelay.intake.stored import accounts_with, contacts_with, last_imported, records
from leadrelay.leads.fields import Value
from leadrelay.matching.keys import person_key, phone_key, sought_keys
from leadrelay.matching.policy import MatchPolicy
from leadrelay.store import match_index, matches, merges
from leadrelay.store.activities import upsert_activities
from leadrelay.store.addresses import forgotten, forgotten_contacts
from leadrelay.store.intake_writes import upsert, upsert_people

FORGOTTEN = (
    "whoever has this address asked to be forgotten: leave the row out, or, if they come back themselves, "
    "leadrelay person remember ADDRESS --by PERSON"
)
REOPENED = "the request is closed, and a closed request is never reopened; give a later one an id of its own"
Refused = tuple[Bundle, str]
"""A row that is not taken, and why."""
_ORDER = ("account", "contact", "request", "opportunity", "activity", "person")


def take(
    conn: Connection,
    entity: str,
    rows: Sequence[Bundle],
    keep: Keep,
    free_mail: Collection[str],
    now: Instant,
    cause: str,
    policy: MatchPolicy,
    adds_only: bool = False,
    history: bool = False,
) -> tuple[list[Bundle], list[Refused]]:
    """Takes rows about an `entity`; returns those that brought something, and those that are refused with the reason:
    they would reopen a request, or bring back who was forgotten.

    `adds_only`: what is there keeps its values, and what comes in comes from the asker at this moment; `history`: what
    they bring is known and nobody acts on it."""
    known = Known()
    matcher = Matcher(known, free_mail, policy)
    match_index.ensure(conn)
    _read(conn, entity, rows, known, matcher)
    settler = Settler(known, matcher, keep, now, adds_only=adds_only)
    said = _said(conn, known) if entity == "request" else {}
    refused = [(row, REOPENED) for row in rows if entity == "request" and _reopens(row, known, said)]
    refused += [(row, FORGOTTEN) for row in _of_the_forgotten(conn, entity, rows, matcher, live=adds_only)]
    left_out = {id(row) for row, _ in refused}
    for row in rows:
        if id(row) not in left_out:
            settler.settle(entity, row)
    altered = {(one.entity, one.id): one for row in rows for one in row.altered}
    written = _write(conn, altered.values(), _news(conn, altered.values()), now, cause, history)
    matches.add(conn, settler.matches)
    taken = [row for row in rows if any((one.entity, one.id) in written for one in row.altered)]
    return taken, refused


def _of_the_forgotten(
    conn: Connection, entity: str, rows: Sequence[Bundle], matcher: Matcher, live: bool
) -> Iterator[Bundle]:
    """The rows about people who were forgotten, but for what they ask themselves afterwards."""
    people = {id(row): row.of("contact") for row in rows if row.of("contact")}
    by_address = forgotten(conn, [one.get("email") for one in people.values()])
    by_id = forgotten_contacts(conn, {matcher.contact_id(one) for one in people.values()})
    if not by_address and not by_id:
        return
    for row in rows:
        person = people.get(id(row), {})
        since = by_address.get(str(person.get("email"))) or by_id.get(matcher.contact_id(person) if person else "")
        asked_at = row.of("request").get("received_at")
        asks = entity == "request" and (
            live if asked_at is None else isinstance(asked_at, int) and asked_at > (since or 0)
        )
        if since is not None and not asks and person.keys() - {"id"}:
            yield row


def _read(conn: Connection, entity: str, rows: Sequence[Bundle], known: Known, matcher: Matcher) -> None:
    """Reads every stored record that the rows may be about."""
    main = [row.of(entity) for row in rows]
    if entity not in ("contact", "account"):
        known.add_stored(entity, records(conn, entity, {own_id(entity, row) for row in rows}))
    if entity == "request":
        carried = {activity_id(row) for row in rows if row.of("activity")}
        known.add_stored("activity", records(conn, "activity", carried))
    origins = {str(one["request"]) for one in main if "request" in one}
    known.add_stored("request", records(conn, "request", origins))
    people = [row.of("contact") for row in rows if row.of("contact")]
    emails = {str(one["email"]) for one in people if "email" in one}
    contacts = {matcher.contact_id(one) for one in people} | contacts_with(conn, emails)
    known.add_stored("contact", records(conn, "contact", contacts | _linked(known, "contact")))
    companies = [row.of("account") for row in rows if row.of("account")]
    domains = {lower(str(one["domain"])) for one in companies if "domain" in one}
    domains |= {domain for one in people if (domain := matcher.company_domain(one.get("email")))}
    names = {name_key(str(one["name"])) for one in companies if "name" in one}
    names |= {name_key(parent) for one in companies if isinstance(parent := one.get("parent"), Named)}
    accounts = {matcher.account_id(one) for one in companies} | accounts_with(conn, domains, names)
    known.add_stored("account", records(conn, "account", accounts | _linked(known, "account")))
    _read_alike(conn, people, companies, known, matcher)


def _read_alike(
    conn: Connection, people: list[dict[str, Value]], companies: list[dict[str, Value]], known: Known, matcher: Matcher
) -> None:
    """Reads who is filed under keys that the rows ask for, and what all those read were merged into."""
    names = {str(one["name"]) for one in companies if "name" in one and "id" not in one}
    unknown = {name for name in names if name_key(name) not in known.names}
    wanted = {key for name in unknown for key in sought_keys(name, matcher.policy.known_as)}
    for one in people:
        if not one.keys() & {"id", "email"}:
            wanted |= {phone_key(str(one["phone"]))} if "phone" in one else set()
            wanted |= {person_key(str(one["name"]))} if "name" in one else set()
    known.filed.update(match_index.find(conn, wanted - {""}))
    subjects = {one for some in known.filed.values() for one in some}
    subjects |= {f"{entity}/{key}" for entity, key in known.records if entity in match_index.FILED}
    known.merged.update(merges.merged(conn, subjects))
    subjects |= {f"{one.partition('/')[0]}/{kept}" for one, kept in known.merged.items()}
    for entity in ("contact", "account"):
        ids = {key for kind, _, key in (one.partition("/") for one in subjects) if kind == entity}
        ids |= _linked(known, entity) if entity == "account" else set()
        missing = {key for key in ids if known.find(entity, key) is None}
        known.add_stored(entity, records(conn, entity, missing) if missing else {})


def _linked(known: Known, name: str) -> set[str]:
    """The contacts or accounts of the records read so far."""
    return {key for one in known.records.values() if (key := one.text(name))}


def _said(conn: Connection, known: Known) -> Mapping[str, Mapping[str, Value]]:
    """What files last said about the requests of this chunk that are closed."""
    closed = [
        f"request/{one.id}"
        for one in known.records.values()
        if one.entity == "request" and one.get("status") == "closed"
    ]
    return last_imported(conn, closed) if closed else {}


def _reopens(row: Bundle, known: Known, said: Mapping[str, Mapping[str, Value]]) -> bool:
    """Whether the row opens a closed request, unless it only says again what a file said before it was closed."""
    values = row.of("request")
    record = known.find("request", str(values.get("id")))
    if record is None or values.get("status") != "open" or record.get("status") != "closed":
        return False
    return said.get(f"request/{record.id}", {}).get("status") != "open"


def _news(conn: Connection, altered: Collection[Record]) -> dict[tuple[str, str], dict[str, Value]]:
    """The fields of each record to be written. What a file said before, and rules or people have changed since, is no
    news when a file says it again."""
    changes = {(one.entity, one.id): one.changed() for one in altered}
    subjects = [
        f"{one.entity}/{one.id}"
        for one in altered
        if one.stored and one.entity not in ("activity", "person") and changes[one.entity, one.id]
    ]
    said = last_imported(conn, subjects) if subjects else {}
    for (entity, key), fields in changes.items():
        before = said.get(f"{entity}/{key}", {})
        for name in [name for name, value in fields.items() if name in before and before[name] == value]:
            del fields[name]
    return {key: fields for key, fields in changes.items() if fields}


def _write(
    conn: Connection,
    altered: Collection[Record],
    news: Mapping[tuple[str, str], dict[str, Value]],
    now: Instant,
    cause: str,
    history: bool,
) -> set[tuple[str, str]]:
    """Writes the news, accounts and contacts first; returns what was written."""
    for entity in _ORDER:
        rows: list[dict[str, Value]] = [
            {**news[entity, one.id], "id": one.id}
            for one in altered
            if one.entity == entity and (entity, one.id) in news
        ]
        if rows:
            _write_entity(conn, entity, rows, now, cause, history)
    return set(news)


def _write_entity(
    conn: Connection, entity: str, rows: list[dict[str, Value]], now: Instant, cause: str, history: bool
) -> None:
    if entity == "person":
        upsert_people(conn, rows, now)
    elif entity == "activity":
        upsert_activities(conn, rows, now, cause, history)
    else:
        upsert(conn, entity, rows, now, cause, history)
