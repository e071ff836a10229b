"""Which contact and account a row is about: by id, e-mail address, domain, then exact name; doubt is told."""

from collections.abc import Collection

from msgspec import Struct

from leadrelay.intake.known import Known, Record, derived_id, lower, name_key
from leadrelay.intake.values import domain_of
from leadrelay.leads.fields import Value

SAME, NEW, DOUBT = "same", "new", "doubt"
Given = dict[str, Value]


class Found(Struct):
    """The account of a row, if any, and how sure that is; `certain`: the row gave its id, `created`: it is new."""

    account: Record | None
    match: str
    certain: bool = False
    created: bool = False


class Matcher(Struct, frozen=True):
    """Finds or creates contacts and accounts in a chunk. `free_mail`: domains where anybody has an address."""

    known: Known
    free_mail: Collection[str]

    def company_domain(self, email: Value) -> str:
        """The domain of an e-mail address if it is a company's."""
        domain = domain_of(email) if isinstance(email, str) and "@" in email else None
        return domain if domain and domain not in self.free_mail else ""

    def contact(self, given: Given) -> Record | None:
        """The contact with that id or e-mail address, if there is one already."""
        key = given.get("id")
        if isinstance(key, str):
            return self.known.find("contact", key)
        email = given.get("email")
        found = self.known.emails.get(lower(email)) if isinstance(email, str) else None
        return found[0] if found else self.known.find("contact", self.contact_id(given))

    def contact_id(self, given: Given) -> str:
        """The id that a contact gets: its own, or one made of its e-mail address, or else of all it says."""
        key, email = given.get("id"), given.get("email")
        if isinstance(key, str):
            return key
        parts = ["email", lower(email)] if isinstance(email, str) else sorted(given.items())
        return derived_id("c-", parts)

    def account_id(self, given: Given) -> str:
        """The id that an account gets: its own, or one made of its domain, or of its name."""
        key, domain, name = given.get("id"), given.get("domain"), given.get("name")
        if isinstance(key, str):
            return key
        if isinstance(domain, str) and lower(domain) not in self.free_mail:
            return derived_id("a-", ["domain", lower(domain)])
        if isinstance(name, str):
            return derived_id("a-", ["name", name_key(name)])
        return derived_id("a-", sorted(given.items()))

    def account(self, given: Given, email: Value, contact: Record | None, create: bool = True) -> Found:
        """The account that a row names, or that its contact's address or known contact points at.

        What is named and not known is created, if `create`; where signals disagree the match is DOUBT."""
        theirs = self._of_contact(contact)
        key = given.get("id")
        if isinstance(key, str):
            known = self.known.find("account", key)
            created = known is None and create and len(given) > 1
            record = self.known.create("account", key, given) if created else known
            doubt = theirs is not None and theirs.id != key
            return Found(record, DOUBT if doubt else SAME if known else NEW, certain=True, created=created)
        found = self._by_signals(given, email, theirs)
        if found is None:
            return self._unknown(given, email, theirs, create)
        if theirs is not None and found.account is not theirs:
            found.match = DOUBT
        return found

    def _of_contact(self, contact: Record | None) -> Record | None:
        key = contact.text("account") if contact else None
        return self.known.find("account", key) if key else None

    def _by_signals(self, given: Given, email: Value, theirs: Record | None) -> Found | None:
        """The account that domain and name point at; None when neither is known."""
        said = given.get("domain")
        domain = lower(said) if isinstance(said, str) else self.company_domain(email)
        domain = "" if domain in self.free_mail else domain
        name = given.get("name")
        named = self.known.names.get(name_key(name), []) if isinstance(name, str) else []
        placed = self.known.domains.get(domain, []) if domain else []
        both = [one for one in placed if one in named]
        candidates = both or placed or named
        if not candidates:
            return None
        chosen = theirs if theirs is not None and theirs in candidates else candidates[0]
        sure = bool(both) or (
            (len(candidates) == 1 or chosen is theirs)
            and (not isinstance(name, str) or chosen in named or chosen.get("name") is None)
            and (not domain or chosen in placed or chosen.get("domain") is None)
        )
        return Found(chosen, SAME if sure else DOUBT)

    def _unknown(self, given: Given, email: Value, theirs: Record | None, create: bool) -> Found:
        """A row whose domain and name nobody knows."""
        domain = self.company_domain(email)
        if not given and theirs is not None:
            return Found(theirs, SAME)
        values = dict(given) if given.get("domain") or not domain else {**given, "domain": domain}
        if not create or not (values.get("name") or values.get("domain")):
            return Found(theirs, SAME if theirs and not given else NEW)
        key = self.account_id(values)
        known = self.known.find("account", key)
        record = known or self.known.create("account", key, values)
        match = DOUBT if theirs not in (None, record) else SAME if known else NEW
        return Found(record, match, created=known is None)
