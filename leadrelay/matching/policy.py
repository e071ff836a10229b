"""How sure a match must be, and what counts for it: the values of rules/matching.yaml."""

from msgspec import Struct

SIGNALS = ("name", "domain", "phone", "postcode", "country")
"""What may count besides an id and an e-mail address."""


class MatchPolicy(Struct, frozen=True):
    """`same`: from this score on two names are one company; `different`: below it they are two; what lies between is a
    doubt. `free_mail`: the list of domains where anybody has an address; `noise` and `legal_forms`: the company's own
    words; `known_as`: names of one company; `country`: of telephone numbers without a country code, two letters.
    Of one person, what is `repeat_likeness` alike within `repeat_minutes` is one question; 0 minutes: never."""

    same: float = 0.9
    different: float = 0.6
    signals: frozenset[str] = frozenset(SIGNALS)
    free_mail: str = "free-mail"
    noise: frozenset[str] = frozenset()
    legal_forms: frozenset[str] = frozenset()
    known_as: tuple[tuple[str, ...], ...] = ()
    country: str = ""
    repeat_minutes: int = 10
    repeat_likeness: float = 0.95
