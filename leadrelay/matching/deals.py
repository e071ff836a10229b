"""Pure: which of the deals that run a request is about, by asker, product, number and words, with the evidence (M3)."""

import re
from collections.abc import Iterable, Sequence

from msgspec import Struct

SAME, DOUBT, NONE = "same", "doubt", "none"
"""One deal is meant; one of several may be, or one that nothing points at; none runs."""
PERSON, ACCOUNT, PARENT = "person", "account", "parent"
"""Through whom a deal may be meant: the asker (whatever account it hangs on), their company, or a parent of that."""
ASKER, PRODUCT, NUMBER, WORDS, OTHER_PRODUCT = "asker", "product", "number", "words", "other product"
SEPARATOR = ", "
"""Between the ids of several deals or sellers in one field."""
_LONG = 4
"""So many letters a word of a name has at least to tell one deal from another, or a word that others begin with."""
_SHORT = 3
"""So many letters a word of a product has at least."""
_WORD = re.compile(r"\w+")
_QUOTE = r"(?:offerte(?:nummer|nr)?|quote|quotation)(?: ?(?:nummer|nr|no|number))?[\s/#:.]*"
_DEAL = r"(?:opportunity|deal|kans|verkoopkans|project)(?: ?(?:nummer|nr|no|number))?[\s/#:.]*"
_EVERYDAY = frozenset(
    (
        *("about", "deal", "hello", "invoice", "machine", "offer", "order", "please", "project", "quotation", "quote"),
        *("request", "status", "update", "with", "your"),
        *(
            "aanvraag",
            "graag",
            "kans",
            "nieuw",
            "nieuwe",
            "offerte",
            "onze",
            "over",
            "prijs",
            "uitbreiding",
            "voor",
            "vraag",
        ),
    )
)
"""Words of many deals' names that tell none from another."""


class Deal(Struct, frozen=True):
    """A running deal that may be asked about. `contacts`: its primary contact and deciders; `quotes`: the numbers of
    its quotes; `through`: PERSON, ACCOUNT or PARENT."""

    id: str
    through: str = ACCOUNT
    contacts: tuple[str, ...] = ()
    product: str | None = None
    name: str | None = None
    owner: str | None = None
    quotes: tuple[int, ...] = ()


class Asked(Struct, frozen=True):
    """What a request says of it: who asks (a contact's id), the product, the summary, and the company's name."""

    contact: str | None = None
    product: str | None = None
    summary: str | None = None
    company: str | None = None


class Weighed(Struct, frozen=True):
    """A deal that was considered; `evidence` in words, each with its kind. `fits`: something points at it."""

    deal: str
    through: str
    owner: str | None
    evidence: tuple[tuple[str, str], ...] = ()
    fits: bool = False


class Meant(Struct, frozen=True):
    """Which deal is meant: SAME with its id, DOUBT or NONE; `weighed` are all that were considered, by id."""

    answer: str
    deal: str | None = None
    weighed: tuple[Weighed, ...] = ()

    @property
    def shown(self) -> tuple[Weighed, ...]:
        """Those that it may be: the one that is meant, or those that fit, or all when none does."""
        if self.answer == SAME:
            return tuple(one for one in self.weighed if one.deal == self.deal)
        return tuple(one for one in self.weighed if one.fits) if self._several_fit else self.weighed

    @property
    def _several_fit(self) -> bool:
        return sum(one.fits for one in self.weighed) > 1

    def fields(self) -> dict[str, str | None]:
        """The request's fields that say so, by name."""
        owners = dict.fromkeys(one.owner for one in self.shown if one.owner)
        meant = next((one for one in self.weighed if one.deal == self.deal), None)
        return {
            "deal": self.deal,
            "deal_match": self.answer,
            "deal_owner": meant.owner if meant else None,
            "deals": SEPARATOR.join(one.deal for one in self.shown) or None,
            "deal_sellers": SEPARATOR.join(owners) or None,
        }


def meant(asked: Asked, deals: Iterable[Deal]) -> Meant:
    """Which of the running deals a request is about.

    A number in the text settles it. Else the one whose evidence holds all that speaks for any other; if two fit
    otherwise it is a doubt. When nothing points at any, the only one there is counts if it is the asker's or of the
    asker's own company. Another product than the deal's speaks against it."""
    known = sorted(deals, key=lambda one: one.id)
    if not known:
        return Meant(NONE)
    telling = _telling_words(asked, known)
    kinds = {one.id: _evidence(asked, one, telling[one.id]) for one in known}
    weighed = tuple(
        Weighed(one.id, one.through, one.owner, tuple(kinds[one.id].items()), _fits(kinds[one.id])) for one in known
    )
    chosen = _chosen(known, {deal: frozenset(found) for deal, found in kinds.items()})
    return Meant(SAME if chosen else DOUBT, chosen, weighed)


def _chosen(known: Sequence[Deal], kinds: dict[str, frozenset[str]]) -> str | None:
    """The deal that is meant; None when that is in doubt."""
    named = [one.id for one in known if NUMBER in kinds[one.id]]
    if named:
        return named[0] if len(named) == 1 else None
    if len(known) == 1:
        return _only(known[0], kinds[known[0].id])
    speaks = {deal: found - {OTHER_PRODUCT} for deal, found in kinds.items()}
    fitting = [one.id for one in known if speaks[one.id]]
    holds_all = [one for one in fitting if all(speaks[one] > speaks[other] for other in fitting if other != one)]
    best = [one for one in known if one.id in holds_all]
    if len(best) != 1 or OTHER_PRODUCT in kinds[best[0].id]:
        return None
    elsewhere = best[0].through == PERSON and kinds[best[0].id] == {ASKER}
    return None if elsewhere else best[0].id


def _only(deal: Deal, kinds: frozenset[str]) -> str | None:
    """The only running deal, unless it is of another product, or a parent's that nothing points at."""
    if OTHER_PRODUCT in kinds or (deal.through == PARENT and not _fits(kinds)):
        return None
    return deal.id


def _fits(kinds: Iterable[str]) -> bool:
    return bool(set(kinds) - {OTHER_PRODUCT})


def _evidence(asked: Asked, deal: Deal, telling: frozenset[str]) -> dict[str, str]:
    """What speaks for a deal, and against it, by kind."""
    found: dict[str, str] = {}
    text = (asked.summary or "").casefold()
    if asked.contact is not None and asked.contact in deal.contacts:
        found[ASKER] = "who asks is its contact or decides about it"
    if number := _number(text, deal):
        found[NUMBER] = f"the text names {number}"
    if asked.product and deal.product:
        same = asked.product.strip().casefold() == deal.product.strip().casefold()
        found[PRODUCT if same else OTHER_PRODUCT] = f"it is about {deal.product}"
    spoken = _WORD.findall(text)
    words = sorted(word for word in telling if any(_says(said, word) for said in spoken))
    if words:
        found[WORDS] = f"the text speaks of {', '.join(words)}"
    return found


def _number(text: str, deal: Deal) -> str | None:
    """The deal's id, or the number of one of its quotes, if the text names it."""
    own = re.escape(deal.id.casefold())
    told_apart = any(sign.isdigit() for sign in deal.id) and any(sign.isalpha() for sign in deal.id)
    if re.search(rf"(?<![\w-]){'' if told_apart else _DEAL}{own}(?![\w-])", text):
        return deal.id
    for quote in deal.quotes:
        if re.search(rf"(?<!\w){_QUOTE}{quote}(?!\w)", text):
            return f"quote {quote}"
    return None


def _telling_words(asked: Asked, deals: Sequence[Deal]) -> dict[str, frozenset[str]]:
    """The words of each deal's name and product that no other one has, and that are not everyday ones."""
    company = frozenset(_words(asked.company))
    words = {
        one.id: frozenset((*_words(one.name), *_words(one.product, _SHORT))) - _EVERYDAY - company for one in deals
    }
    return {
        deal: own - frozenset().union(*(others for other, others in words.items() if other != deal))
        for deal, own in words.items()
    }


def _says(said: str, word: str) -> bool:
    """Whether a word of the text is that one, or begins with it: robotcel is about a robot."""
    return said == word or (len(word) >= _LONG and said.startswith(word))


def _words(text: str | None, least: int = _LONG) -> list[str]:
    return [word for word in _WORD.findall((text or "").casefold()) if len(word) >= least]
