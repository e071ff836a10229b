"""What a row changes: the records it is about, found or created, in memory and in the order of the file."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

from msgspec import Struct, field

from leadrelay.clock import Instant
from leadrelay.intake.bundle import Bundle
from leadrelay.intake.ids import activity_id, own_id
from leadrelay.intake.known import Known, Named, Record, name_key
from leadrelay.intake.match import Found, Matcher
from leadrelay.leads.fields import Value
from leadrelay.matching.score import DOUBT, SAME
from leadrelay.store.matches import Considered, Match

WORDS = frozenset(
    (
        "summary",
        "kind",
        "product",
        "language",
        "channel",
        "source",
        "referrer",
        "prompted",
        "expected_value",
        "received_at",
    )
)
"""What a request was, which nothing changes once it is closed."""
Keep = Mapping[tuple[str, str], str]


class Settler(Struct, frozen=True):
    """Settles the rows of one chunk. `keep`: what to do, per (entity, field), when rows about one record differ."""

    known: Known
    matcher: Matcher
    keep: Keep
    now: Instant
    matches: list[Match] = field(default_factory=list)
    """How the accounts of new requests were found, to be written."""
    adds_only: bool = False
    """Rows fill what is blank in records that are there, and change nothing; closed requests stay as they are."""

    def settle(self, entity: str, row: Bundle) -> None:
        """Changes the records that the row is about."""
        _SETTLERS[entity](self, row)

    def _contact_and_account(self, row: Bundle, ask: bool = False) -> tuple[Record | None, Found]:
        """The row's contact and account, found or created, with what the row adds to them."""
        person, company = row.of("contact"), dict(row.of("account"))
        contact = self.matcher.contact(person) if person else None
        found = self.matcher.account(company, person.get("email"), contact, ask=ask)
        if contact is None and found.match == SAME:
            contact = self.matcher.colleague(person, found.account)
        self._settle_company(row, found, company)
        account = found.account.id if found.account else company.get("id")
        if person:
            contact = self._settle_carried(row, contact, person, account, sure=found.match != DOUBT)
        return contact, found

    def _settle_company(self, row: Bundle, found: Found, company: dict[str, Value]) -> None:
        """What a row adds to the account it names: nothing when in doubt, all of it when it gave the account's id."""
        if found.account is None:
            return
        if found.created:
            row.altered.append(found.account)
        if company and (found.certain or found.match != DOUBT):
            self._alter(row, found.account, company, overwrite=found.certain)

    def _settle_carried(
        self, row: Bundle, contact: Record | None, person: dict[str, Value], account: Value, sure: bool
    ) -> Record | None:
        if contact is None:
            if len(person) == 1 and "id" in person:
                return None
            values = dict(person) if account is None else {"account": account, **person}
            contact = self.known.create("contact", self.matcher.contact_id(person), values)
            row.altered.append(contact)
            return contact
        self._alter(row, contact, person, overwrite="id" in person)
        if sure and account is not None:
            self._alter(row, contact, {"account": account}, overwrite=False)
        return contact

    def _alter(self, row: Bundle, record: Record, values: dict[str, Value], overwrite: bool = True) -> None:
        kept = {name: value for name, value in values.items() if self._counts(record, name, value)}
        if self.known.update(record, kept, overwrite and not self._is_kept(record)):
            row.altered.append(record)

    def _is_kept(self, record: Record) -> bool:
        """Whether what this record says may not be changed by rows: it was there before them."""
        return self.adds_only and record.stored is not None

    def _counts(self, record: Record, name: str, value: Value) -> bool:
        """Whether a value that another row gave already may be replaced by this one."""
        keep, before = self.keep.get((record.entity, name), ""), record.get(name)
        if not keep or before is None:
            return True
        if isinstance(before, int | float) and isinstance(value, int | float):
            return value > before if keep == "latest" else value < before if keep == "earliest" else False
        return False

    def request(self, row: Bundle) -> None:
        """A request with its contact and account."""
        values = row.of("request")
        key = own_id("request", row)
        record = self.known.find("request", key)
        if record is not None and self._is_kept(record) and record.get("status") == "closed":
            return
        contact, found = self._links_of(row, record)
        account = found.account.id if found.account else row.of("account").get("id")
        if record is None:
            links = {"contact": contact.id if contact else row.of("contact").get("id"), "account": account}
            first = {"received_at": self.now, "match": found.match, **_present(links), **values}
            record = self.known.create("request", key, _ended(first, "received_at"))
            row.altered.append(record)
            if "match" not in values:
                self.matches.append(_match(key, found, row, self.now))
        else:
            given = {name: row.of(name)["id"] for name in ("contact", "account") if "id" in row.of(name)}
            self._alter(row, record, {**given, **self._sayable(record, values)})
            if record.get("outcome") and record.get("status") != "closed":
                self._alter(row, record, {"status": "closed"})
            if record.get("status") == "closed":
                self._alter(row, record, _ended(record.values, "received_at"), overwrite=False)
        self._activity_of(row, record)

    def _sayable(self, record: Record, values: dict[str, Value]) -> dict[str, Value]:
        """What a row may say of a known request: of a closed one, nothing else than it said then (M13)."""
        if (record.stored or {}).get("status") != "closed":
            return values
        return {name: value for name, value in values.items() if name not in WORDS or record.get(name) is None}

    def _links_of(self, row: Bundle, record: Record | None) -> tuple[Record | None, Found]:
        """A request that is known keeps its contact and account; the row may add to them."""
        if record is None:
            return self._contact_and_account(row, ask=True)
        for entity in ("contact", "account"):
            key = record.text(entity)
            linked = self.known.find(entity, key) if key and "id" not in row.of(entity) else None
            if linked is not None and record.get("match") != DOUBT:
                self._alter(row, linked, row.of(entity), overwrite=False)
        if any("id" in row.of(entity) for entity in ("contact", "account")):
            return self._contact_and_account(row)
        return None, Found(None, SAME)

    def _activity_of(self, row: Bundle, request: Record) -> None:
        values = row.of("activity")
        if "at" not in values or "kind" not in values:
            return
        links = {name: request.get(name) for name in ("contact", "account")}
        self._activity(row, activity_id(row), {"request": request.id, **_present(links), **values})

    def opportunity(self, row: Bundle) -> None:
        """An opportunity; contact and account from the row, else from the request that it came from."""
        values = row.of("opportunity")
        key = own_id("opportunity", row)
        record = self.known.find("opportunity", key)
        contact, found = self._contact_and_account(row) if record is None or _has_id(row) else (None, Found(None, SAME))
        links = {
            "contact": contact.id if contact else row.of("contact").get("id"),
            "account": found.account.id if found.account else row.of("account").get("id"),
        }
        origin = self.known.find("request", str(values.get("request")))
        if origin is not None:
            links = {name: link if link is not None else origin.get(name) for name, link in links.items()}
        if record is None:
            first = {"created_at": self.now, **_present(links), **values}
            record = self.known.create("opportunity", key, _ended(first, "created_at"))
            row.altered.append(record)
            return
        self._alter(row, record, values)
        self._alter(row, record, _present(links), overwrite=_has_id(row))
        self._alter(row, record, _ended(record.values, "created_at"), overwrite=False)

    def contact(self, row: Bundle) -> None:
        """A contact; its account by id, domain or name, or by its address when that is known already."""
        values = row.of("contact")
        record = self.matcher.contact(values)
        company = row.of("account")
        found = self.matcher.account(company, values.get("email"), record, create=bool(company))
        account = found.account.id if found.account else company.get("id")
        self._settle_company(row, found, company)
        link: dict[str, Value] = {} if account is None else {"account": account}
        if record is None:
            row.altered.append(self.known.create("contact", self.matcher.contact_id(values), {**link, **values}))
            return
        self._alter(row, record, values)
        self._alter(row, record, link, overwrite=found.certain)

    def account(self, row: Bundle) -> None:
        """An account, by its id, else by its domain and name."""
        values = dict(row.of("account"))
        parent = values.get("parent")
        if isinstance(parent, Named):
            values["parent"] = self._named(parent)
        record = None
        if "id" in values:
            record = self.known.find("account", str(values["id"]))
        else:
            found = self.matcher.account(values, None, None, create=False)
            record = (
                found.account if found.match == SAME else self.known.find("account", self.matcher.account_id(values))
            )
        if record is None:
            row.altered.append(self.known.create("account", self.matcher.account_id(values), values))
        else:
            self._alter(row, record, values)

    def _named(self, name: str) -> str:
        found = self.known.names.get(name_key(name))
        return found[0].id if found else self.matcher.account_id({"name": str(name)})

    def activity(self, row: Bundle) -> None:
        """An activity with the contact and account that it concerns."""
        contact, found = self._contact_and_account(row)
        links = {
            "contact": contact.id if contact else row.of("contact").get("id"),
            "account": found.account.id if found.account else row.of("account").get("id"),
        }
        values = {**_present(links), **row.of("activity")}
        origin = self.known.find("request", str(values.get("request")))
        if origin is not None:
            values = {**_present({name: origin.get(name) for name in ("contact", "account")}), **values}
        self._activity(row, own_id("activity", row), values)

    def _activity(self, row: Bundle, key: str, values: dict[str, Value]) -> None:
        record = self.known.find("activity", key)
        if record is None:
            row.altered.append(self.known.create("activity", key, values))
        else:
            self._alter(row, record, values)

    def person(self, row: Bundle) -> None:
        """A person of the team; without an id the e-mail address or the name is the id."""
        values = row.of("person")
        key = own_id("person", row)
        record = self.known.find("person", key)
        if record is None:
            row.altered.append(self.known.create("person", key, {"name": key, **values}))
        else:
            self._alter(row, record, values)


_SETTLERS: Mapping[str, Callable[[Settler, Bundle], None]] = MappingProxyType(
    {
        "request": Settler.request,
        "opportunity": Settler.opportunity,
        "contact": Settler.contact,
        "account": Settler.account,
        "activity": Settler.activity,
        "person": Settler.person,
    }
)


def _ended(values: dict[str, Value], began: str) -> dict[str, Value]:
    """A record that has ended gets what an ended one always has: status, time of closing and a reason."""
    if not (values.get("outcome") or values.get("status") == "closed"):
        return {"status": "open", **values} if began == "received_at" else values
    last = values.get("last_touched_at") or values.get("stage_since") or values.get(began)
    ended: dict[str, Value] = {"closed_at": last, "reason": "closed before it was imported"}
    return {**ended, **values, **({"status": "closed"} if began == "received_at" else {})}


def _match(request: str, found: Found, row: Bundle, now: Instant) -> Match:
    """How a request was matched, as it is kept."""
    person = row.of("contact")
    given = dict(row.of("account")) | {f"contact.{name}": person[name] for name in ("email", "phone") if name in person}
    account = found.account.id if found.account else None
    tried = tuple(
        Considered(one.account.id, one.verdict.answer, one.verdict.score, one.verdict.evidence)
        for one in found.candidates
    )
    if found.why and account is not None and account not in [one.account for one in tried]:
        tried = (Considered(account, found.match, 1.0, (("row", 1.0, found.why),)), *tried)
    return Match(request, now, found.match, account, given, tried)


def _present(values: dict[str, Value]) -> dict[str, Value]:
    return {name: value for name, value in values.items() if value is not None}


def _has_id(row: Bundle) -> bool:
    return any("id" in row.of(entity) for entity in ("contact", "account"))
