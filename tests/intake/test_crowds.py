"""Names that very many share a part of: what they share leads nowhere, in one chunk as in the database."""

from leadrelay.intake.known import Known
from leadrelay.matching.keys import name_keys, sought_keys
from leadrelay.store.match_index import MOST


def crowd(size: int) -> Known:
    known = Known()
    for number in range(size):
        known.create("account", f"a{number}", {"name": f"Vereniging {number + 1000}"})
    return known


def test_a_crowd_in_one_chunk_is_no_crowd_of_candidates() -> None:
    wanted = sought_keys("Vereniging 7000")
    shared = wanted & name_keys("Vereniging 1000")
    assert shared, "they share the beginning of their names"
    assert len(crowd(MOST).under("account", shared)) == MOST
    assert crowd(MOST + 1).under("account", shared) == []


def test_what_the_database_has_counts_as_well() -> None:
    known = crowd(MOST)
    (key,) = [one for one in name_keys("Vereniging 1000") & name_keys("Vereniging 1001") if one.startswith("h")]
    known.filed[key] = ["account/stored"]
    assert known.under("account", [key]) == []


def test_one_of_a_crowd_is_found_by_its_own_name() -> None:
    found = crowd(5 * MOST).under("account", sought_keys("vereniging 1017"))
    assert "Vereniging 1017" in {one.text("name") for one in found}
