"""Episodes, rounds, ladder and repeats, one small rulebook at a time."""

from itertools import pairwise

import pytest

from leadrelay.act.engine import ROUNDS
from leadrelay.act.memory import Memory
from leadrelay.clock import HOUR, MINUTE, Instant
from leadrelay.rulebook.model import Assign, Close, Notify, Route, Set, Stop
from tests.act.builders import NOW, at, book, line, memory, older, otherwise, rule, ruleset, swept, when

TELL = Notify(("dirk",), "overdue")
NUDGE = Notify(("an",), "nudge")


def steps(found: Memory) -> list[tuple[str, int, str, str]]:
    return [(one.rule, one.episode, one.step, one.mode) for _, one in found.decided]


def moments(found: Memory) -> list[tuple[Instant, str]]:
    return [(moment, one.step) for moment, one in found.decided]


def messages(found: Memory) -> list[tuple[str, str]]:
    return [(one.to, one.template) for one in found.messages.values()]


ROUTING = book(
    "routing",
    rule("renewal", when(line("request.kind", "renewal")), Route("sales"), Assign("an")),
    scope=when(line("request.status", "open"), line("request.desk")),
    otherwise=otherwise("routing", Route("inside_sales")),
)


@pytest.mark.parametrize(
    ("kind", "decided", "desk"), [("Renewal ", "renewal", "sales"), ("other", "otherwise", "inside_sales")]
)
def test_the_topmost_rule_or_otherwise_decides_once(kind: str, decided: str, desk: str) -> None:
    found = swept(ruleset(ROUTING), request={"kind": kind})
    assert steps(found) == [(decided, 1, "0", "live")]
    assert found.entities.values["request", "R-1"]["desk"] == desk
    found.start(NOW + MINUTE)
    found.sweep(NOW + MINUTE)
    assert len(found.decided) == 1


def test_an_episode_ends_when_its_rule_no_longer_decides_and_is_armed_again() -> None:
    found = swept(ruleset(ROUTING), request={"kind": "renewal"})
    assert found.episodes["request/R-1"] == {}
    found.entities.values["request", "R-1"]["desk"] = None
    found.start(NOW + HOUR)
    found.sweep(NOW + HOUR)
    assert steps(found) == [("renewal", 1, "0", "live"), ("renewal", 2, "0", "live")]


def test_a_rule_that_another_one_covers_ends_its_episode() -> None:
    rules = ruleset(
        book(
            "b",
            rule("old", older("request.received_at", "2 hours"), TELL),
            rule("new", when(), NUDGE, later=(("3 hours", TELL),)),
        )
    )
    found = swept(rules, request={})
    found.run_until(NOW + 10 * HOUR, NOW)
    assert moments(found) == [(NOW, "0"), (NOW + 2 * HOUR, "0")]


def test_rulebooks_see_what_the_former_did_in_their_order() -> None:
    first = book("first", rule("set", line("request.triage"), Set((("request.triage", "new"),))), order=10, hit="all")
    second = book("second", rule("see", line("request.triage", "new"), NUDGE), order=20, hit="all")
    assert [one[0] for one in steps(swept(ruleset(second, first), request={}))] == ["set", "see"]


def test_all_rules_that_hold_decide_up_to_one_that_stops() -> None:
    rules = (rule("one", when(), NUDGE), rule("two", when(), TELL, Stop()), rule("three", when(), NUDGE))
    assert [one[0] for one in steps(swept(ruleset(book("b", *rules, hit="all")), request={}))] == ["one", "two"]


def test_rules_that_set_each_other_off_are_cut_and_stay_so() -> None:
    flip = rule("flip", line("request.triage", "new"), Set((("request.triage", "doubt"),)))
    flop = rule("flop", line("request.triage", "doubt"), Set((("request.triage", "new"),)))
    found = swept(ruleset(book("b", flip, flop, hit="all")), request={"triage": "new"})
    modes = [one[3] for one in steps(found)]
    assert modes == ["live"] * ROUNDS + ["cut"]
    assert found.cut == [("request/R-1", ("flip", "flop"))]
    found.start(NOW + MINUTE)
    found.sweep(NOW + MINUTE)
    assert len(found.decided) == ROUNDS + 1


def test_ten_rules_in_a_chain_are_no_cut() -> None:
    values = ("a", "b", "c", "d", "e", "f", "g", "h", "i")
    chain = [
        rule(f"to-{new}", line("request.source", old), Set((("request.source", new),))) for old, new in pairwise(values)
    ]
    found = swept(ruleset(book("b", *chain, hit="all")), request={"source": "a"})
    assert found.cut == []
    assert found.entities.values["request", "R-1"]["source"] == "i"


LADDER = rule(
    "slow",
    when(line("request.first_response_at")),
    NUDGE,
    later=(("2 hours", TELL), ("4 hours", Notify(("bram",), "late"))),
)


def test_the_ladder_counts_from_the_beginning_of_the_episode() -> None:
    found = swept(ruleset(book("b", LADDER)), request={})
    found.run_until(NOW + 24 * HOUR, NOW)
    assert moments(found) == [(NOW, "0"), (NOW + 2 * HOUR, "1"), (NOW + 4 * HOUR, "2")]


def test_after_an_outage_only_the_latest_rung_is_done() -> None:
    found = swept(ruleset(book("b", LADDER)), request={})
    found.sweep(NOW + 24 * HOUR)
    assert steps(found)[1:] == [("slow", 1, "1", "skipped"), ("slow", 1, "2", "live")]
    assert messages(found) == [("an", "nudge"), ("bram", "late")]


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        (1, []),
        (24, [("repeat-1", "live")]),
        (49, [("repeat-1", "skipped"), ("repeat-2", "live")]),
        (2400, [("repeat-1", "skipped"), ("repeat-2", "skipped"), ("repeat-3", "live")]),
    ],
)
def test_missed_repeats_are_done_once(hours: int, expected: list[tuple[str, str]]) -> None:
    found = swept(ruleset(book("b", rule("again", when(), NUDGE, repeat=("24 hours", 3)))), request={})
    found.sweep(NOW + hours * HOUR)
    found.sweep(NOW + hours * HOUR)
    assert [(step, mode) for _, _, step, mode in steps(found)[1:]] == expected


def test_repeats_go_by_working_days_and_stop_at_most() -> None:
    found = swept(ruleset(book("b", rule("again", when(), NUDGE, repeat=("1 working day", 2)))), request={})
    found.run_until(NOW + 1000 * HOUR, NOW)
    monday, tuesday = at("2026-11-23 09:13"), at("2026-11-24 09:13")
    assert moments(found) == [(NOW, "0"), (monday, "repeat-1"), (tuesday, "repeat-2")]


def test_an_acknowledged_episode_climbs_no_further_until_it_is_armed_again() -> None:
    found = swept(ruleset(book("b", LADDER)), request={})
    found.episodes["request/R-1"]["slow"].acknowledged_at = NOW + HOUR
    found.run_until(NOW + 9 * HOUR, NOW)
    assert [one[2] for one in steps(found)] == ["0"]
    for value in (NOW, None):
        found.entities.values["request", "R-1"]["first_response_at"] = value
        found.start(NOW + 10 * HOUR)
        found.sweep(NOW + 10 * HOUR)
    assert steps(found)[-1] == ("slow", 2, "0", "live")


def test_a_rung_that_ends_the_episode_leaves_no_repeat_behind() -> None:
    closing = Close("archived", "nobody answered")
    patient = rule(
        "patient", line("request.status", "open"), NUDGE, later=(("2 hours", closing),), repeat=("1 hour", 9)
    )
    found = swept(ruleset(book("b", patient)), request={})
    found.sweep(NOW + 3 * HOUR)
    assert [one[2:] for one in steps(found)] == [("0", "live"), ("1", "live")]


def test_a_shadow_rule_records_what_it_would_do_and_hides_no_live_rule() -> None:
    draft = rule("draft", when(), Route("archive"), Assign("bram"), NUDGE, mode="shadow", later=(("1 hour", TELL),))
    found = swept(ruleset(book("b", draft, rule("real", when(), Route("sales")))), request={})
    found.run_until(NOW + 2 * HOUR, NOW)
    assert steps(found) == [("draft", 1, "0", "shadow"), ("real", 1, "0", "live"), ("draft", 1, "1", "shadow")]
    assert found.decided[0][1].actions == [
        {"route": "archive"},
        {"assign": "bram", "how": "named"},
        {"notify": ["an"], "template": "nudge"},
    ]
    own = found.entities.values["request", "R-1"]
    assert (own["desk"], own.get("owner"), own["status"], messages(found)) == ("sales", None, "open", [])


def test_a_shadow_rule_that_stops_stops_nothing() -> None:
    rules = (rule("draft", when(), Stop(), mode="shadow"), rule("real", when(), NUDGE))
    assert len(steps(swept(ruleset(book("b", *rules, hit="all")), request={}))) == 2


def test_a_rule_that_is_off_or_gone_ends_its_episode() -> None:
    found = swept(ruleset(book("b", LADDER)), request={})
    for later in (
        ruleset(book("b", rule("slow", when(), mode="off"))),
        ruleset(book("b", rule("other", line("request.kind", "x")))),
    ):
        edited = memory(later, request={})
        edited.episodes = {"request/R-1": dict(found.episodes["request/R-1"])}
        edited.start(NOW + HOUR)
        edited.sweep(NOW + HOUR)
        assert edited.episodes["request/R-1"] == {}
        assert edited.decided == []


def test_an_episode_survives_an_edit_of_the_words_of_its_rule() -> None:
    found = swept(ruleset(book("b", LADDER)), request={})
    edited = memory(
        ruleset(book("b", rule("slow", when(), TELL, later=(("2 hours", NUDGE),), about="Better words."))), request={}
    )
    edited.episodes = found.episodes
    edited.start(NOW + HOUR)
    edited.run_until(NOW + 9 * HOUR, NOW + HOUR)
    assert moments(edited) == [(NOW + 2 * HOUR, "1")]


def test_the_reason_of_a_message_names_rule_purpose_and_facts() -> None:
    rules = ruleset(
        book(
            "routing",
            rule(
                "key",
                when(line("account.tier", "key"), line("request.expected_value", 1250000)),
                TELL,
                about="A top customer asks.",
            ),
        )
    )
    found = swept(rules, request={"expected_value": 1250000}, account={"tier": "key"})
    (message,) = found.messages.values()
    assert message.reason == "routing/key: A top customer asks. (account.tier: key; request.expected_value: 12,500.00)"
    assert message.key == "key|request/R-1|1|0|overdue|dirk"
    assert message.decision == "key|request/R-1|1|0"
