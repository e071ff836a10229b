"""A person's absence days are those of their own calendar's zone."""

from datetime import date
from zoneinfo import ZoneInfo

import pytest

from leadrelay.clock import day_of, parse_time
from leadrelay.leads.owner import owner_facts
from leadrelay.leads.team import Away, Person, Team
from tests.rulebook.projects import TEAM, load_with

DAY = day_of(date(2026, 11, 20))
ZONES = {"default": "Europe/Amsterdam", "ny": "America/New_York", "tokyo": "Asia/Tokyo"}
UTC = ZoneInfo("UTC")


@pytest.mark.parametrize(
    ("calendar", "first", "after"),
    [
        ("default", "2026-11-19 23:00", "2026-11-20 23:00"),
        ("ny", "2026-11-20 05:00", "2026-11-21 05:00"),
        ("tokyo", "2026-11-19 15:00", "2026-11-20 15:00"),
        ("gone", "2026-11-19 23:00", "2026-11-20 23:00"),
    ],
)
def test_midnight_is_where_they_are(calendar: str, first: str, after: str) -> None:
    person = Person("jo", "Jo", calendar=calendar, away=(Away(DAY, DAY),))
    team = Team({"jo": person}, zones=ZONES)
    begins, ends = parse_time(first, UTC), parse_time(after, UTC)
    assert team.absence(person, begins - 1) == (None, begins)
    assert team.absence(person, begins) == (person.away[0], ends)
    assert team.absence(person, ends)[0] is None
    assert owner_facts("jo", team, begins, 0)["owner.away"] is True
    assert owner_facts("jo", team, begins - 1, 0)["owner.away"] is False


def test_the_zone_of_a_pools_calendar_counts_for_its_members() -> None:
    hours = "hours: {monday-friday: '09:00-17:00'}"
    calendars = (
        f"calendars:\n  default: {{zone: Europe/Amsterdam, {hours}}}\n  ny: {{zone: America/New_York, {hours}}}\n"
    )
    team = TEAM.replace("inside_sales: {members: [bram],", "inside_sales: {calendar: ny, members: [bram],")
    loaded = load_with({"rules/team.yaml": team, "rules/calendar.yaml": calendars})
    assert [one.code for one in loaded.problems] == ["no-rulebooks"]
    people = loaded.ruleset.team.people
    assert loaded.ruleset.team.zone_for(people["bram"]).key == "America/New_York"
    assert loaded.ruleset.team.zone_for(people["an"]).key == "Europe/Amsterdam"
