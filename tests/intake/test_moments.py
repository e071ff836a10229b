"""Dates and times as they stand in real files."""

import pytest

from leadrelay.clock import parse_time
from leadrelay.intake.moments import NotAMoment, date_in, moment_of
from leadrelay.zone import zone_of

ZONE = zone_of("Europe/Amsterdam")

TIMES = [
    ("2026-11-20", "2026-11-20T00:00+01:00"),
    ("2026-11-20 09:13", "2026-11-20T09:13+01:00"),
    ("2026-07-20T09:13:05Z", "2026-07-20T09:13:05+00:00"),
    ("2011-10-11 13:42:22.688000+02:00", "2011-10-11T13:42:22.688000+02:00"),
    ("2024-08-14T11:37:45.65+00:00", "2024-08-14T11:37:45.650+00:00"),
    ("2020-12-30 3:15:52", "2020-12-30T03:15:52+01:00"),
    ("15 Apr, 2021 00:03:00", "2021-04-15T00:03:00+02:00"),
    ("30 Dec, 2018 00:11:00", "2018-12-30T00:11:00+01:00"),
    ("3 mei 2026", "2026-05-03T00:00+02:00"),
    ("3 oktober 2026 14:00", "2026-10-03T14:00+02:00"),
    ("Apr 15, 2021 3:05 PM", "2021-04-15T15:05+02:00"),
    ("April 15th, 2021", "2021-04-15T00:00+02:00"),
    ("Thu, 15 Apr 2021 10:00:00", "2021-04-15T10:00:00+02:00"),
    ("15-Apr-2021", "2021-04-15T00:00+02:00"),
    ("31-12-2021", "2021-12-31T00:00+01:00"),
    ("03-04-2021 12:00", "2021-04-03T12:00+02:00"),
    ("31.12.2021", "2021-12-31T00:00+01:00"),
    ("31/12/2021", "2021-12-31T00:00+01:00"),
    ("12/31/2021", "2021-12-31T00:00+01:00"),
    ("05/05/2021", "2021-05-05T00:00+02:00"),
    ("2021/04/15 12:00 AM", "2021-04-15T00:00+02:00"),
    ("20210415", "2021-04-15T00:00+02:00"),
    ("1618444980", "2021-04-15T00:03:00+00:00"),
    ("1618444980000", "2021-04-15T00:03:00+00:00"),
    ("2021-04-15 10:00 UTC", "2021-04-15T10:00+00:00"),
]


@pytest.mark.parametrize(("text", "iso"), TIMES)
def test_times(text: str, iso: str) -> None:
    assert moment_of(text, ZONE) == parse_time(iso, ZONE)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("04/05/2021", "can be two days"),
        ("2021-02-30", "no date or time"),
        ("31-31-2021", "no date or time"),
        ("15 Foo 2021", "no month"),
        ("tomorrow", "no date or time"),
        ("0021-04-15", "cannot be meant"),
        ("2021-04-15 25:00", "no date or time"),
        ("2021-04-15 13:00 PM", "no date or time"),
        ("12", "no date or time"),
    ],
)
def test_what_is_no_moment(text: str, part: str) -> None:
    with pytest.raises(NotAMoment, match=part):
        moment_of(text, ZONE)


def test_formats_come_first_and_in_order() -> None:
    assert moment_of("04/05/2021", ZONE, ["%d/%m/%Y", "%m/%d/%Y"]) == parse_time("2021-05-04", ZONE)
    assert moment_of("04/25/2021", ZONE, ["%d/%m/%Y", "%m/%d/%Y"]) == parse_time("2021-04-25", ZONE)
    assert moment_of("2021-04-25", ZONE, ["%d/%m/%Y"]) == parse_time("2021-04-25", ZONE)


def test_a_date_is_the_one_that_is_written() -> None:
    assert str(date_in("2021-04-15T23:30:00-08:00")) == "2021-04-15"
