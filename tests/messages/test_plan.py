"""The planner, part by part: who gets what in which mail, and what waits, merges or never goes, with its reason."""

import pytest

from leadrelay.clock import HOUR, MINUTE, SECOND
from leadrelay.duration import Duration
from leadrelay.messages.plan import plan
from leadrelay.messages.policy import (
    Again,
    Cap,
    Digest,
    Inhibition,
    Match,
    Quiet,
    Route,
    Silence,
    Unheard,
)
from leadrelay.messages.postbox import Postbox
from leadrelay.messages.signal import Dropped, Held, Signal, State, Why
from leadrelay.messages.times import parse_quiet
from tests.messages.world import at, names, readers, signal

HALF_HOUR = Duration(30, "minute")
NIGHT = parse_quiet({"monday-sunday": "19:00-07:30"})


def mails(box: Postbox) -> list[tuple[str, str, int, Why]]:
    return [(mail.to, mail.template, len(mail.members), mail.why) for mail in box.mails]


def filled(*signals: Signal) -> Postbox:
    box = Postbox()
    box.put(signals)
    return box


def test_without_a_policy_each_message_goes_at_once_by_itself():
    box = filled(signal(1), signal(2, urgency="digest"), signal(2, to="bram"))
    made = box.tick(readers(), at("10:00"))
    assert [mail.key for mail in made.mails] == [one.key for one in (signal(1), signal(2), signal(2, to="bram"))]
    assert {mail.why for mail in made.mails} == {Why.ALONE} and not made.held and not made.dropped
    assert not box.tick(readers(), at("10:00")).mails


@pytest.mark.parametrize(
    ("match", "matched"),
    [
        (Match(), True),
        (Match(to=names("an")), True),
        (Match(to=names("account_manager", "x")), True),
        (Match(to=names("sales")), True),
        (Match(to=names("bram")), False),
        (Match(template=names("new_request")), True),
        (Match(template=names("nudge")), False),
        (Match(rulebook=names("telling"), rule=names("a-rule"), urgency=names("now")), True),
        (Match(rule=names("other")), False),
        (Match(urgency=names("digest")), False),
        (Match(about=names("request/1")), True),
        (Match(about=names("account/1")), True),
        (Match(about=names("account/2")), False),
    ],
)
def test_a_route_matches_by_everything_it_names(match: Match, matched: bool):
    later = readers(routes=(Route("later", match, send="digest"),), digests=(Digest(names(), (960,)),))
    made = plan(later, State((signal(1),)), at("10:00"))
    assert made.held == ((Held(signal(1).key, at("16:00"), Why.DIGEST),) if matched else ())


def test_a_group_waits_first_and_then_keeps_its_interval():
    route = Route("nudges", by=("template",), wait=Duration(5, "minute"), interval=HALF_HOUR)
    house, box = readers(routes=(route,)), filled(signal(1))
    assert box.tick(house, at("10:00")).held == (Held(signal(1).key, at("10:05"), Why.WAIT),)
    box.put([signal(2, "10:03")])
    box.tick(house, at("10:05"))
    assert mails(box) == [("an", "rollup", 2, Why.GROUP)]
    box.put([signal(3, "10:06"), signal(3, "10:06", template="nudge")])
    assert {(one.until, one.why) for one in box.tick(house, at("10:06")).held} == {
        (at("10:35"), Why.INTERVAL),
        (at("10:11"), Why.WAIT),
    }
    box.tick(house, at("10:11"))
    box.tick(house, at("10:35"))
    assert mails(box)[1:] == [("an", "nudge", 1, Why.ALONE), ("an", "new_request", 1, Why.ALONE)]


@pytest.mark.parametrize(
    ("by", "groups"),
    [
        (("message",), 4),
        ((), 1),
        (("account",), 3),
        (("subject",), 3),
        (("template",), 2),
        (("account", "template"), 4),
        (("rulebook", "rule", "urgency"), 1),
    ],
)
def test_messages_are_grouped_by_what_they_share(by: tuple[str, ...], groups: int):
    unknown = signal(3, account=None)
    box = filled(signal(1), signal(2), signal(2, template="nudge"), unknown)
    box.tick(readers(routes=(Route("all", by=by),)), at("10:00"))  # type: ignore[arg-type]
    assert len(box.mails) == groups


def test_a_digest_takes_everything_that_waits_for_it_and_is_per_reader():
    house = readers(digests=(Digest(names("dirk"), (510, 960)), Digest(names(), (720,))))
    box = filled(*(signal(number, to=to, urgency="digest") for number in (1, 2) for to in ("an", "dirk")))
    box.put([signal(3)])
    box.tick(house, at("10:00"))
    assert mails(box) == [("an", "new_request", 1, Why.ALONE)]
    assert box.next == at("12:00")
    for moment in ("12:00", "16:00"):
        box.tick(house, at(moment))
    assert mails(box)[1:] == [("an", "digest", 2, Why.DIGEST), ("dirk", "digest", 2, Why.DIGEST)]


def test_a_digest_of_one_is_the_message_itself():
    box = filled(signal(1, urgency="digest"))
    box.tick(readers(digests=(Digest(names(), (600,)),)), at("10:00"))
    assert mails(box) == [("an", "new_request", 1, Why.DIGEST)] and box.mails[0].key == signal(1).key


def test_quiet_hours_hold_what_does_not_bypass_them():
    house = readers(quiet=(Quiet(names(), NIGHT, bypass=names("key_account")),))
    box = filled(signal(1, "21:00"), signal(2, "21:00", template="key_account"))
    made = box.tick(house, at("21:00"))
    assert mails(box) == [("an", "key_account", 1, Why.ALONE)]
    assert made.held == (Held(signal(1).key, at("2026-11-21 07:30"), Why.QUIET),)
    box.tick(house, at("2026-11-21 07:30"))
    assert len(box.mails) == 2


def test_quiet_hours_may_put_off_to_the_digest():
    quiet = Quiet(names(), NIGHT, then="digest", bypass=names("key_account"))
    house = readers(quiet=(quiet,), digests=(Digest(names(), (510,)),))
    box = filled(*(signal(number, "06:00") for number in (1, 2)))
    assert {one.until for one in box.tick(house, at("06:00")).held} == {at("08:30")}
    assert not box.tick(house, at("07:45")).mails
    box.tick(house, at("08:30"))
    assert mails(box) == [("an", "digest", 2, Why.DIGEST)]


def test_who_is_named_has_quiet_hours_of_their_own():
    quiet = (Quiet(names(), NIGHT), Quiet(names("sales"), parse_quiet({})), Quiet(names("bram"), NIGHT))
    box = filled(*(signal(1, "21:00", to=to) for to in ("an", "bram", "dirk")))
    box.tick(readers(quiet=quiet), at("21:00"))
    assert [mail.to for mail in box.mails] == ["an"]


def test_a_cap_lets_half_go_then_spaces_and_rolls_up():
    cap = Cap(names(), 4, Duration(1, "hour"), bypass=names("key_account"))
    house, box = readers(caps=(cap,)), Postbox()
    for number in range(5):
        box.put([signal(number, f"10:0{number}")])
        box.tick(house, at(f"10:0{number}"))
    assert [mail.at for mail in box.mails] == [at("10:00"), at("10:01")]
    assert {(one.until, one.why) for one in box.held.values()} == {(at("10:16"), Why.CAP)}
    box.put([signal(9, "10:05", template="key_account")])
    box.tick(house, at("10:05"))
    assert mails(box)[2:] == [("an", "key_account", 1, Why.ALONE)]
    box.tick(house, box.next)
    assert mails(box)[3:] == [("an", "rollup", 3, Why.ROLL_UP)] and box.mails[3].at == at("10:16")
    box.put([signal(10, "10:17")])
    box.tick(house, at("10:17"))
    box.tick(house, box.next)
    box.put([signal(11, "10:32")])
    box.tick(house, at("10:32"))
    assert box.next == at("11:00")  # the fifth waits until the first is an hour ago


def test_more_than_a_few_at_one_moment_go_together():
    cap = Cap(names("an"), 20, Duration(1, "hour"), roll_up=2)
    box = filled(*(signal(number, to=to) for number in range(3) for to in ("an", "bram")))
    box.tick(readers(caps=(cap,)), at("10:00"))
    assert mails(box)[0] == ("an", "rollup", 3, Why.ROLL_UP)
    assert [mail.to for mail in box.mails[1:]] == ["bram"] * 3


def test_a_silence_drops_while_it_lasts_and_says_why():
    silence = Silence(Match(template=names("nudge")), at("12:00"), "everybody is at the fair", at("09:00"))
    house = readers(silences=(silence,))
    nudge = signal(1, "08:00", template="nudge")
    for moment, dropped in (("08:59", False), ("09:00", True), ("11:59", True), ("12:00", False)):
        made = plan(house, State((nudge, signal(1, "08:00"))), at(moment))
        assert made.dropped == ((Dropped(nudge.key, Why.SILENCED, "everybody is at the fair"),) if dropped else ())
        assert len(made.mails) == (1 if dropped else 2)


def test_what_is_no_longer_true_is_not_told():
    box = filled(signal(1, over="answered by An"))
    assert box.tick(readers(), at("10:00")).dropped == (Dropped(signal(1).key, Why.OVER, "answered by An"),)
    assert not box.mails


@pytest.mark.parametrize(
    ("same", "lasts", "later", "muted"),
    [
        ("subject", None, "10:00", True),
        ("subject", Duration(1, "hour"), "11:59", True),
        ("subject", Duration(1, "hour"), "13:00", False),
        ("account", None, "10:00", True),
    ],
)
def test_an_escalated_request_mutes_its_nudges(same: str, lasts: Duration | None, later: str, muted: bool):
    inhibition = Inhibition(names("escalated"), names("nudge"), same, lasts)  # type: ignore[arg-type]
    house = readers(inhibitions=(inhibition,))
    box = filled(signal(1, "11:00", to="dirk", template="escalated"))
    box.tick(house, at("11:00"))
    nudge = signal(1, later, template="nudge")
    box.put([nudge, signal(2, later, template="nudge")])
    box.tick(house, at(later))
    assert (nudge.key in box.dropped) == muted
    if muted:
        assert box.dropped[nudge.key] == Dropped(nudge.key, Why.INHIBITED, "escalated to dirk about request/1")
    assert signal(2, later, template="nudge").key in box.told


def test_muting_ends_when_somebody_acknowledged_or_it_is_over():
    inhibition = Inhibition(names("escalated"), names("nudge"))
    for end in ("acknowledged", "over"):
        box = filled(signal(1, to="dirk", template="escalated"))
        house = readers(inhibitions=(inhibition,))
        box.tick(house, at("10:00"))
        key = next(iter(box.told))
        if end == "over":
            box.end(key, "closed")
        else:
            box.acknowledge(key, at("10:05"))
        box.put([signal(1, "10:10", template="nudge")])
        assert len(box.tick(house, at("10:10")).mails) == 1


ESCALATED = Route("key", Match(template=names("key_account")), escalate=Unheard(HALF_HOUR, ("director",), "escalated"))


def test_nobody_acknowledges_and_somebody_else_is_told_once():
    house, box = readers(routes=(ESCALATED,)), filled(signal(1, template="key_account"))
    box.tick(house, at("10:00"))
    assert box.next == at("10:30")
    assert not box.tick(house, at("10:29")).written
    (new,) = box.tick(house, at("10:30")).written
    assert (new.key, new.to, new.template, new.urgency) == (
        "key-1-key_account-an|unheard|dirk",
        "dirk",
        "escalated",
        "now",
    )
    assert mails(box)[1:] == [("dirk", "escalated", 1, Why.ALONE)]  # nobody who is not active
    assert not box.tick(house, at("23:00")).mails


@pytest.mark.parametrize("when", ["10:00", "10:29"])
def test_an_acknowledgement_covers_what_was_told(when: str):
    house, box = readers(routes=(ESCALATED,)), filled(signal(1, template="key_account"))
    box.tick(house, at("10:00"))
    box.acknowledge("key-1-key_account-an", at(when))
    assert not box.tick(house, at("10:30")).written
    box.put([signal(2, "10:31", template="key_account", acknowledged_at=at("10:00"))])
    box.tick(house, at("10:31"))
    assert len(box.tick(house, at("11:01")).written) == 1  # acknowledged before it was told: that covers nothing


def test_what_nobody_acknowledges_is_told_again_a_few_times():
    route = Route("escalated", by=("template",), repeat=Again(Duration(1, "hour"), 2))
    house, box = readers(routes=(route,)), filled(signal(1), signal(2))
    for hour in range(10, 16):
        box.tick(house, at(f"{hour}:00"))
    assert [(mail.at, len(mail.members)) for mail in box.mails] == [(at(f"{hour}:00"), 2) for hour in (10, 11, 12)]
    assert {key for key in box.told if "again" in key} == {
        f"key-{number}-new_request-an|again-{again}" for number in (1, 2) for again in (1, 2)
    }
    assert box.next > at("2026-11-30 10:00")


def test_a_repeat_ends_with_an_acknowledgement_or_with_what_it_says():
    route = Route("all", repeat=Again(Duration(1, "hour"), 5))
    house, box = readers(routes=(route,)), filled(signal(1), signal(2), signal(3))
    box.tick(house, at("10:00"))
    box.tick(house, at("11:00"))
    box.acknowledge(signal(1).key, at("11:30"))
    box.end(f"{signal(2).key}|again-1", "closed")
    made = box.tick(house, at("12:00"))
    assert [one.follows for one in made.written] == [signal(3).key]


def test_what_a_reader_snoozed_waits_by_itself():
    box = filled(signal(1, snoozed=at("14:00")), signal(2))
    assert box.tick(readers(), at("10:00")).held == (Held(signal(1).key, at("14:00"), Why.SNOOZED),)
    assert len(box.tick(readers(), at("14:00")).mails) == 1


def test_mail_to_people_outside_is_never_put_together():
    house = readers(
        routes=(Route("all", by=()),), digests=(Digest(names(), (960,)),), caps=(Cap(names(), 1, Duration(1, "day")),)
    )
    box = filled(*(signal(number, to="contact/3", urgency="digest") for number in range(3)))
    box.tick(house, at("10:00"))
    assert mails(box) == [("contact/3", "new_request", 1, Why.ALONE)] * 3


def test_the_next_moment_is_when_something_can_change():
    box = filled(signal(1, "21:00"))
    box.tick(readers(quiet=(Quiet(names(), NIGHT),)), at("21:00"))
    assert box.next == at("21:00") + 10 * HOUR + 30 * MINUTE
    assert SECOND < HOUR and plan(readers(), State(), at("21:00")).next > box.next
