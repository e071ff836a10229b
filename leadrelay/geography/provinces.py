"""The province of a postcode, and the names that stand for several provinces or are written in another way."""

from bisect import bisect_right
from collections.abc import Iterator

from leadrelay.geography.table import BE, NL

_TABLES = {"NL": NL, "BE": BE}
_FIRSTS = {country: [first for first, _, _ in table] for country, table in _TABLES.items()}
_COUNTRIES = {
    **dict.fromkeys(("nl", "nld", "netherlands", "the netherlands", "nederland", "holland", "pays-bas"), "NL"),
    **dict.fromkeys(("be", "bel", "belgium", "belgië", "belgie", "belgique", "belgien"), "BE"),
}

PROVINCES: tuple[str, ...] = tuple(
    dict.fromkeys(province for table in (NL, BE) for province in sorted({name for _, _, name in table}))
)
"""Every province there is, and Brussel; Limburg is one name for two: tell them apart by the country."""

GROUPS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Vlaanderen", ("Antwerpen", "Limburg", "Oost-Vlaanderen", "Vlaams-Brabant", "West-Vlaanderen")),
    ("Wallonië", ("Henegouwen", "Luik", "Luxemburg", "Namen", "Waals-Brabant")),
    ("Fryslân", ("Friesland",)),
)
"""Names that rules may write as well: regions of Belgium, and the official name of Friesland."""


def province(country: object, number: object) -> str | None:
    """The province of a country (code or name) and a postcode's leading number; None outside NL and BE, for a number
    that is no postcode there, and when one of them is unknown."""
    if not isinstance(country, str) or not isinstance(number, int):
        return None
    code = _COUNTRIES.get(country.strip().casefold())
    if code is None:
        return None
    place = bisect_right(_FIRSTS[code], number) - 1
    if place < 0:
        return None
    _, last, name = _TABLES[code][place]
    return name if number <= last else None


def ranges() -> Iterator[tuple[str, int, str]]:
    """Country code, first postcode and province of every range of postcodes."""
    for country, table in _TABLES.items():
        for first, _, name in table:
            yield country, first, name
