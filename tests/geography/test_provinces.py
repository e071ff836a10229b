"""Provinces by postcode: as the tables that they were made from say, and nothing outside of them."""

from pathlib import Path

import pytest

from leadrelay.geography import make
from leadrelay.geography.provinces import GROUPS, PROVINCES, province
from leadrelay.geography.table import BE, NL
from leadrelay.leads.derived import derive

SHARED = Path(__file__).parents[3] / "shared" / "data" / "postcodes"


@pytest.mark.parametrize(
    ("country", "postcode", "expected"),
    [
        ("NL", "1017 AB", "Noord-Holland"),
        ("nl", "1017AB", "Noord-Holland"),
        ("NL", "NL-2511 CV", "Zuid-Holland"),
        ("Nederland", "8900 AA", "Friesland"),  # a PO box in Leeuwarden
        ("NL", "6211", "Limburg"),
        ("BE", "B-1000", "Brussel"),
        ("BE", "3500", "Limburg"),
        ("België", "9000 Gent", "Oost-Vlaanderen"),
        ("BE", "4000", "Luik"),
        ("BE", "9999", None),
        ("NL", "0999", None),
        ("DE", "10115", None),
        (None, "1017 AB", None),
        ("NL", None, None),
        ("NL", "somewhere", None),
    ],
)
def test_the_province_of_a_postcode(country: str | None, postcode: str | None, expected: str | None) -> None:
    facts = {"account.country": country, "account.postcode": postcode}
    assert derive("account.province", facts) == expected


def test_every_province_is_there_and_groups_are_made_of_them() -> None:
    assert len({name for _, _, name in NL}) == 12
    assert len({name for _, _, name in BE}) == 11
    assert {name for _, members in GROUPS for name in members} <= set(PROVINCES)
    flemish, walloon = dict(GROUPS)["Vlaanderen"], dict(GROUPS)["Wallonië"]
    assert {*flemish, *walloon, "Brussel"} == {name for _, _, name in BE}


@pytest.mark.skipif(not SHARED.exists(), reason="the tables that others made are not here")
def test_the_table_says_what_the_tables_say_that_it_was_made_of() -> None:
    for country, rows in (("NL", make.dutch(SHARED)), ("BE", make.belgian(SHARED))):
        for postcode, expected in rows:
            assert province(country, postcode) == expected
