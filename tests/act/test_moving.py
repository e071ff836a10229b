"""Rules that move opportunities: demands and gates hold for them, and no request is lost for want of a field."""

from collections.abc import Mapping

import pytest
from msgspec.structs import replace

from leadrelay.leads.fields import Value
from leadrelay.rulebook.condition import ALWAYS
from leadrelay.rulebook.model import Close, Qualify, Ruleset, Set
from tests.act.builders import at, book, line, rule, ruleset, swept
from tests.rulebook.test_stages import STAGES, loaded

TO_QUOTE = Set((("opportunity.stage", "QUOTE"), ("opportunity.win_chance", 40)))
ENOUGH: Mapping[str, Value] = {
    "stage": "Qualified",
    "expected_value": 100_000,
    "decision_on": 20_800,
    "next_step_at": at("2026-11-23 10:00"),
}


def with_stages(*actions: object, subject: str = "opportunity") -> Ruleset:
    when = line("opportunity.owner", "an") if subject == "opportunity" else ALWAYS
    made = book("b", rule("moves", when, *actions), subject=subject)  # type: ignore[arg-type]
    return replace(ruleset(made), stages=loaded(stages=STAGES).ruleset.stages)


def test_a_rule_moves_what_has_all_it_takes() -> None:
    found = swept(with_stages(TO_QUOTE), opportunity={**ENOUGH, "owner": "an"})
    deal = found.entities.values["opportunity", "O-1"]
    assert (deal["stage"], deal["win_chance"], deal["stage_since"]) == ("quote", 40, found.now)
    assert found.decided[0][1].actions == [{"set": {"opportunity.stage": "quote", "opportunity.win_chance": 40}}]


def test_a_rule_does_nothing_where_something_is_lacking_and_says_what() -> None:
    found = swept(with_stages(TO_QUOTE), opportunity={**ENOUGH, "owner": "an", "expected_value": 99_999})
    deal = found.entities.values["opportunity", "O-1"]
    assert (deal["stage"], deal.get("win_chance")) == ("Qualified", None)
    assert found.decided[0][1].actions == [{"set": None, "stage": "quote", "lacks": ["gate worth-it"]}]


def test_what_a_rule_sets_together_counts() -> None:
    """A rule may give in one action what the stage asks for."""
    both = Set((("opportunity.expected_value", 100_000), *TO_QUOTE.values))
    found = swept(with_stages(both), opportunity={**ENOUGH, "owner": "an", "expected_value": None})
    assert found.entities.values["opportunity", "O-1"]["stage"] == "quote"


@pytest.mark.parametrize(
    ("stage", "value", "reached", "lacks"),
    [
        ("new", None, "new", None),
        ("Qualified", 100_000, "Qualified", None),
        ("Qualified", None, "new", ["demand expected_value"]),
        ("quote", 100_000, "new", ["demand decision_on", "next_step next_step_at"]),
    ],
)
def test_a_request_always_becomes_an_opportunity(
    stage: str, value: int | None, reached: str, lacks: list[str] | None
) -> None:
    given = {"owner": "an", "expected_value": value}
    found = swept(with_stages(Qualify(stage), subject="request"), request=given, account={"name": "Vos"})
    assert found.entities.values["request", "R-1"]["outcome"] == "sales"
    assert found.entities.values["opportunity", "O-R-1"]["stage"] == reached
    done = found.decided[0][1].actions[0]
    assert (done["stage"], done.get("lacks")) == (reached, lacks)
    tasks = [(one.subject, one.owner, one.what) for one in found.tasks.values()]
    if lacks is None:
        assert tasks == []
    else:
        missing = ", ".join(one.partition(" ")[2] for one in lacks)
        assert tasks == [("opportunity/O-R-1", "an", f"Find out what is still missing for {stage}: {missing}")]
        assert (done["wanted"], done["task"], done["what"]) == (stage, "an", tasks[0][2])


def test_closing_is_no_move_that_gates_stop() -> None:
    found = swept(with_stages(Close("lost", "silence")), opportunity={"owner": "an", "stage": "new"})
    assert found.entities.values["opportunity", "O-1"]["outcome"] == "lost"
