"""The windows that counts look back through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.clock import Instant, iso, parse_time
from leadrelay.store.windows import leaves_year, year_before
from leadrelay.zone import zone_of

ZONE = "Europe/Amsterdam"
MOMENTS = st.integers(1_500_000_000_000_000, 2_000_000_000_000_000)


def at(text: str) -> Instant:
    return parse_time(text, zone_of(ZONE))


@pytest.mark.parametrize(
    ("came", "leaves"),
    [
        ("2025-11-20 09:12", "2026-11-20T09:12:00+01:00"),
        ("2025-10-25 12:00", "2026-10-25T12:00:00+01:00"),  # the clock changes in between
        ("2028-02-29 10:00", "2029-03-01T00:00:00+01:00"),
        ("2026-03-28 02:30", "2027-03-28T03:00:00+02:00"),  # 02:30 is skipped a year later
    ],
)
def test_when_something_is_a_year_ago(came: str, leaves: str) -> None:
    assert iso(leaves_year(at(came), ZONE), zone_of(ZONE)) == leaves


@given(MOMENTS, MOMENTS)
def test_who_comes_later_leaves_later(one: Instant, other: Instant) -> None:
    first, second = sorted((one, other))
    assert leaves_year(first, ZONE) <= leaves_year(second, ZONE)


@given(MOMENTS)
def test_the_window_begins_where_the_last_one_has_left(now: Instant) -> None:
    edge = year_before(now, ZONE)
    assert leaves_year(edge, ZONE) <= now < leaves_year(edge + 1, ZONE)


def test_even_through_the_nights_on_which_the_clock_changes() -> None:
    for night in ("2026-10-25 00:00", "2027-03-28 00:00", "2028-02-29 00:00", "2025-10-26 00:00"):
        moments = range(at(night), at(night) + 30 * 3_600_000_000, 600_000_000)
        gone = [leaves_year(moment, ZONE) for moment in moments]
        assert gone == sorted(gone)
        assert all(leaves_year(year_before(moment, ZONE), ZONE) <= moment for moment in moments)
