"""Which contact and account a row is about: by id, e-mail address, telephone, domain and name; doubt is told."""

from collections.abc import Collection, Iterable

from msgspec import Struct

from leadrelay.intake.known import Known, Record, derived_id, lower, name_key
from leadrelay.intake.values import domain_of
from leadrelay.leads.fields import Value
from leadrelay.leads.mailbox import contact_id_made_of, mailbox_of
from leadrelay.matching.keys import person_key, phone_key, sought_keys
from leadrelay.matching.left_out import PLACE_LEFT_OUT, SIBLING, WORD_LEFT_OUT
from leadrelay.matching.phones import same_phone
from leadrelay.matching.policy import MatchPolicy
from leadrelay.matching.score import DIFFERENT, DOUBT, ONE_NAME, SAME, Party, Verdict, compare

NEW = "new"
MOST = 5
"""So many candidates are kept to be shown."""
_CLEAR = 0.05
"""By so much one of several must be more alike than the next to be meant."""
_COMPARED = ("name", "domain", "postcode", "country")
_LEFT_OUT = frozenset({PLACE_LEFT_OUT, WORD_LEFT_OUT})
_EQUAL = 0.99
"""What names score that differ only in how they are written."""
Given = dict[str, Value]


class Candidate(Struct, frozen=True):
    """An account that a row may be about, and why."""

    account: Record
    verdict: Verdict


class Found(Struct):
    """The account of a row, if any, and how sure that is; `certain`: the row gave its id, `created`: it is new, `why`:
    in a few words, where there was nothing to compare."""

    account: Record | None
    match: str
    certain: bool = False
    created: bool = False
    candidates: tuple[Candidate, ...] = ()
    why: str = ""


class Matcher(Struct, frozen=True):
    """Finds or creates contacts and accounts in a chunk. `free_mail`: domains where anybody has an address."""

    known: Known
    free_mail: Collection[str]
    policy: MatchPolicy = MatchPolicy()

    def company_domain(self, email: Value) -> str:
        """The domain of an e-mail address if it is a company's."""
        domain = domain_of(email) if isinstance(email, str) and "@" in email else None
        return domain if domain and domain not in self.free_mail else ""

    def contact(self, given: Given) -> Record | None:
        """The contact with that id or e-mail address, if there is one already; of who gives no address, the one of the
        same name and telephone number."""
        key = given.get("id")
        if isinstance(key, str):
            return self.known.standing(self.known.find("contact", key))
        email = given.get("email")
        found = self.known.emails.get(mailbox_of(email)) if isinstance(email, str) else None
        if found:
            return self.known.standing(found[0])
        known = self.known.find("contact", self.contact_id(given))
        return self.known.standing(known) or (self._by_phone(given) if email is None else None)

    def _by_phone(self, given: Given) -> Record | None:
        """The only contact of that name with that telephone number."""
        name, phone = given.get("name"), given.get("phone")
        if not isinstance(name, str) or not isinstance(phone, str) or "phone" not in self.policy.signals:
            return None
        same = self._namesakes(name, self.known.under("contact", [phone_key(phone)]))
        same = [one for one in same if same_phone(one.text("phone") or "", phone, self.policy.country)]
        return same[0] if len(same) == 1 else None

    def colleague(self, given: Given, account: Record | None) -> Record | None:
        """The only contact of that name at a known account, for a row that gives neither address nor number."""
        name = given.get("name")
        if account is None or not isinstance(name, str) or given.keys() & {"id", "email", "phone"}:
            return None
        same = self._namesakes(name, self.known.under("contact", [person_key(name)]))
        same = [one for one in same if one.text("account") == account.id]
        return same[0] if len(same) == 1 else None

    def _namesakes(self, name: str, some: Iterable[Record]) -> list[Record]:
        wanted = person_key(name)
        standing = (self.known.standing(one) for one in some if wanted and person_key(one.text("name") or "") == wanted)
        return list(dict.fromkeys(one for one in standing if one is not None))

    def contact_id(self, given: Given) -> str:
        """The id that a contact gets: its own, or one made of its e-mail address, or else of all it says."""
        key, email = given.get("id"), given.get("email")
        if isinstance(key, str):
            return key
        return contact_id_made_of(email) if isinstance(email, str) else derived_id("c-", sorted(given.items()))

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

    def account(
        self, given: Given, email: Value, contact: Record | None, create: bool = True, ask: bool = False
    ) -> Found:
        """The account that a row names, or that its contact's address or known contact points at.

        What is named and not known is created, if `create`; where signals disagree the match is DOUBT. `ask`: a name
        that is only like a known one is a doubt as well, for somebody to settle; else it is another company."""
        theirs = self._of_contact(contact)
        key = given.get("id")
        if isinstance(key, str):
            known = self.known.standing(self.known.find("account", key))
            created = known is None and create and len(given) > 1
            record = self.known.create("account", key, given) if created else known
            doubt = theirs is not None and theirs is not record and theirs.id != key
            match = DOUBT if doubt else SAME if known else NEW
            return Found(record, match, certain=True, created=created, why=f"it gave the account's id {key}")
        found = self._by_signals(given, email, theirs, ask)
        if found is None:
            return self._unknown(given, email, theirs, create)
        if theirs is not None and found.account is not theirs:
            found.match, found.why = DOUBT, f"its contact is known at account/{theirs.id}"
        return found

    def _of_contact(self, contact: Record | None) -> Record | None:
        key = contact.text("account") if contact else None
        return self.known.standing(self.known.find("account", key)) if key else None

    def _by_signals(self, given: Given, email: Value, theirs: Record | None, ask: bool) -> Found | None:
        """The account that domain and name point at; None when neither is known."""
        said, name = given.get("domain"), given.get("name")
        domain = lower(said) if isinstance(said, str) else self.company_domain(email)
        domain = "" if domain in self.free_mail else domain
        named = self.known.names.get(name_key(name), []) if isinstance(name, str) else []
        placed = self.known.domains.get(domain, []) if domain else []
        if len(named) == 1 and (not placed or placed == named) and self._exact(named[0], domain, given):
            return Found(named[0], SAME, candidates=(Candidate(named[0], ONE_NAME),))
        firm = [one for one in placed if one in named] or [*placed, *named]
        alike = [] if named or not isinstance(name, str) else self._alike(name)
        tried = self.tried({**given, "domain": domain}, [*firm[:MOST], *alike, *([theirs] if theirs in firm else [])])
        meant = {self.known.standing(one) for one in firm}
        kept = [one for one in tried if ask or one.account in meant or one.verdict.answer == SAME]
        return self._chosen(kept, theirs, {self.known.standing(one) for one in placed}) if kept else None

    def _exact(self, known: Record, domain: str, given: Given) -> bool:
        """Whether an account of that very name needs no comparing: nothing else that is known speaks against it."""
        if "name" not in self.policy.signals or self.known.standing(known) is not known:
            return False
        said = {"domain": domain, "country": given.get("country")}
        return all(not value or known.get(field) in (None, value) for field, value in said.items())

    def _alike(self, name: str) -> list[Record]:
        return self.known.under("account", sought_keys(name, self.policy.known_as))

    def tried(self, given: Given, records: Iterable[Record]) -> list[Candidate]:
        """Each account that what is given may be of, with the best of its names; what was merged into it speaks for
        it. What is the same but for a city or a weak word is a doubt where a sibling is known: 'Acme Gent' may be
        'Acme' where that is all there is, not where there is 'Acme Luik' besides."""
        party = self._party(given)
        best: dict[str, Candidate] = {}
        siblings = False
        for one in dict.fromkeys(records):
            account = self.known.standing(one)
            if account is None:
                continue
            verdict = compare(party, self._party(one.values), self.policy)
            siblings = siblings or _speaks(verdict, {SIBLING})
            before = best.get(account.id)
            if verdict.answer != DIFFERENT and (before is None or before.verdict.score < verdict.score):
                best[account.id] = Candidate(account, verdict)
        return [_doubted(one) if siblings else one for one in best.values()]

    def _party(self, values: Given) -> Party:
        name, domain, postcode, country = (str(values.get(one) or "") for one in _COMPARED)
        domain = domain.strip().lower()
        return Party(name, "" if domain in self.free_mail else domain, "", postcode, country)

    def _chosen(self, tried: list[Candidate], theirs: Record | None, placed: Collection[Record | None]) -> Found:
        """Who is meant among those that may be; several that fit as well leave a doubt."""

        def fits(one: Candidate) -> tuple[bool, float]:
            return one.verdict.answer == SAME, (one.account in placed) + one.verdict.name_score

        tried = sorted(tried, key=lambda one: (*(-part for part in fits(one)), len(one.account.id), one.account.id))
        first, shown = tried[0], tuple(tried[:MOST])
        own = next((one for one in tried if one.account is theirs), None)
        if own is not None and fits(own)[0] == fits(first)[0]:
            return Found(own.account, own.verdict.answer, candidates=shown)
        rivals = [one for one in tried[1:] if one.verdict.answer == SAME]
        lead = fits(first)[1] - fits(rivals[0])[1] if rivals else 1.0
        clear = lead >= _CLEAR or (lead > 0 and first.verdict.name_score >= _EQUAL > rivals[0].verdict.name_score)
        return Found(first.account, first.verdict.answer if clear else DOUBT, candidates=shown)

    def _unknown(self, given: Given, email: Value, theirs: Record | None, create: bool) -> Found:
        """A row whose domain and name nobody knows."""
        domain = self.company_domain(email)
        if not given and theirs is not None:
            return Found(theirs, SAME, why="it is its contact's account")
        values = dict(given) if given.get("domain") or not domain else {**given, "domain": domain}
        if not create or not (values.get("name") or values.get("domain")):
            return Found(theirs, SAME if theirs and not given else NEW)
        key = self.account_id(values)
        known = self.known.standing(self.known.find("account", key))
        record = known or self.known.create("account", key, values)
        match = DOUBT if theirs not in (None, record) else SAME if known else NEW
        return Found(record, match, created=known is None, why="nobody known has that name or domain")


def _speaks(verdict: Verdict, kinds: Collection[str]) -> bool:
    return any(one.kind in kinds for one in verdict.evidence)


def _doubted(one: Candidate) -> Candidate:
    """A candidate that is the same but for what may be left out, when what is left out tells others apart."""
    verdict = one.verdict
    if verdict.answer != SAME or not _speaks(verdict, _LEFT_OUT) or _speaks(verdict, {"domain", "phone"}):
        return one
    return Candidate(one.account, verdict._replace(answer=DOUBT, at_most=DOUBT))
