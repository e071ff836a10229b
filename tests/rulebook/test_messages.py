"""rules/messages.yaml as values; its faults are in bad/, each with what check says."""

from leadrelay.clock import parse_time
from leadrelay.duration import Duration
from leadrelay.messages.policy import (
    ROLL_UP,
    Again,
    Cap,
    Digest,
    Inhibition,
    Match,
    Policy,
    Quiet,
    Route,
    Silence,
    Unheard,
)
from leadrelay.messages.times import parse_quiet
from leadrelay.zone import zone_of
from tests.rulebook.projects import load_with, one_rule

NOBODY: frozenset[str] = frozenset()
LAYOUTS = {"templates/base.html.j2": "", "templates/base.txt.j2": ""}
TEMPLATES = {f"templates/en/{name}.j2": "" for name in ("key_account", "nudge", "escalated", "digest", "rollup")}
WHOLE = """
routes:
  - route: key
    match: {template: key_account, to: [account_manager, dirk], rule: one, rulebook: routing, urgency: now,
            about: account/7}
    send: now
    group: {by: [account, template], wait: 2 minutes, interval: 1 working hour}
    repeat: {every: 1 day, at_most: 3}
    escalate: {after: 4 hours, to: [sales_director, an], template: escalated}
  - route: others
    send: digest
quiet_hours:
  - {to: inside_sales, hours: {monday-friday: 19:00-07:00}, days_off: true, then: digest, bypass: key_account}
  - {hours: {}}
digests:
  - at: ['16:00', '8:30', 08:30]
caps:
  - {to: dirk, at_most: 6, per: 1 hour, roll_up: 2, bypass: [key_account]}
  - {at_most: 12, per: 1 day}
silences:
  - {match: {to: an}, from: 2026-12-21 08:00, until: 2027-01-04, why: She is at the fair.}
inhibit:
  - {by: escalated, mutes: [nudge], same: account, for: 1 working day}
"""


def policy(text: str) -> Policy:
    loaded = load_with({"rules/book.yaml": one_rule(), **LAYOUTS, **TEMPLATES, "rules/messages.yaml": text})
    assert not [one for one in loaded.problems if one.place.file == "rules/messages.yaml"]
    return loaded.ruleset.messages


def test_without_the_file_nothing_is_planned():
    assert load_with({"rules/book.yaml": one_rule()}).ruleset.messages == Policy()


def test_every_part_of_the_file():
    def names(*words: str) -> frozenset[str]:
        return frozenset(words)

    def at(text: str) -> int:
        return parse_time(text, zone_of("Europe/Amsterdam"))

    key = Route(
        "key",
        Match(
            names("account_manager", "dirk"),
            names("key_account"),
            names("routing"),
            names("one"),
            names("now"),
            names("account/7"),
        ),
        "now",
        ("account", "template"),
        Duration(2, "minute"),
        Duration(1, "working hour"),
        Again(Duration(1, "day"), 3),
        Unheard(Duration(4, "hour"), ("an", "sales_director"), "escalated"),
    )
    nights = parse_quiet({"monday-friday": "19:00-07:00"})
    assert policy(WHOLE) == Policy(
        (key, Route("others", send="digest")),
        (
            Quiet(names("inside_sales"), nights, days_off=True, then="digest", bypass=names("key_account")),
            Quiet(NOBODY, parse_quiet({})),
        ),
        (Digest(NOBODY, (510, 960)),),
        (
            Cap(names("dirk"), 6, Duration(1, "hour"), 2, names("key_account")),
            Cap(NOBODY, 12, Duration(1, "day"), ROLL_UP),
        ),
        (Silence(Match(to=names("an")), at("2027-01-04"), "She is at the fair.", at("2026-12-21 08:00")),),
        (Inhibition(names("escalated"), names("nudge"), "account", Duration(1, "working day")),),
    )


def test_the_defaults_of_a_route():
    assert policy("routes:\n  - route: all\n") == Policy((Route("all"),))
    assert policy("routes:\n  - {route: all, group: {by: []}}\n").routes[0].by == ()
