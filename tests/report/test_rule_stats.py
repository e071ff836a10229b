"""Rules at work, counted: answered in time, put right by people, acknowledged, sent, never fired; the worst first."""

import pytest

from leadrelay.act.halting import modes, stop
from leadrelay.act.sweep import sweep
from leadrelay.clock import HOUR, MINUTE, Instant
from leadrelay.duration import parse_duration
from leadrelay.leads.effects import StageMove
from leadrelay.report.rule_stats import RuleStats, stats
from leadrelay.rulebook.model import Assign, Notify, Route, Ruleset, Set, Task
from leadrelay.store import episodes, intake_writes, stage_moves
from leadrelay.store.database import Database
from tests.act.builders import NOW, ZONE, book, line, otherwise, rule, ruleset, when
from tests.act.test_sweep import put

OPEN = when(line("request.status", "open"), line("request.desk"))
TASK = Task("an", "Answer", parse_duration("4 hours"))
NAG = rule("nag", line("request.status", "open"), Notify(("an",), "nudge"), later=(("2 hours", TASK),))
RULES = ruleset(
    book(
        "routing",
        rule("renewal", line("request.kind", "renewal"), Route("sales"), Assign("an"), Notify(("an",), "hello"), TASK),
        rule("never", line("request.kind", "crm"), Route("sales")),
        rule("off", line("request.kind", "phone"), Route("sales"), mode="off"),
        scope=OPEN,
        otherwise=otherwise("routing", Route("inside_sales"), Assign("bram")),
    ),
    book("nags", NAG, hit="all", flow="nudge"),
)


def by_hand(database: Database, now: Instant, name: str, who: str = "person an", **values: object) -> None:
    with database.begin() as conn:
        intake_writes.upsert(conn, "request", [{"id": name, **values}], now, who)  # type: ignore[dict-item]


def found(database: Database, rules: Ruleset, now: Instant, since: Instant = 0) -> dict[str, RuleStats]:
    with database.read() as conn:
        return {one.key: one for one in stats(conn, rules, modes(conn, rules), now, since)}


def test_answers_are_judged_by_the_first_task_or_the_first_rung(database: Database) -> None:
    put(database, RULES, request=[{"id": f"{number}", "kind": "renewal"} for number in range(5)])
    for flow in ("route", "nudge"):
        sweep(database, RULES, flow, NOW)  # type: ignore[arg-type]
    by_hand(database, NOW + HOUR, "0", first_response_at=NOW + HOUR)
    by_hand(database, NOW + 3 * HOUR, "1", first_response_at=NOW + 3 * HOUR, status="closed")
    sweep(database, RULES, "nudge", NOW + 3 * HOUR)
    by_hand(database, NOW + 5 * HOUR, "2", first_response_at=NOW + 5 * HOUR)
    early, late = found(database, RULES, NOW + 3 * HOUR), found(database, RULES, NOW + 6 * HOUR)
    assert [(one.in_time, one.late, one.waiting) for one in (early["renewal"], late["renewal"])] == [
        (2, 1, 2),  # 2 was answered after its deadline, whenever it is asked
        (2, 3, 0),
    ]
    assert (late["nag"].in_time, late["nag"].late, late["nag"].waiting) == (2, 3, 0)
    assert (late["nag"].decided, late["nag"].steps) == (5, 4)


def test_what_people_put_right_is_counted_once_per_decision_and_by_field(database: Database) -> None:
    put(database, RULES, request=[{"id": f"{number}"} for number in range(6)])
    sweep(database, RULES, "route", NOW)
    for number in range(4):
        by_hand(database, NOW + 1, str(number), owner="dirk", desk="sales")
    by_hand(database, NOW + 2, "4", summary="nothing that the rule had set")
    by_hand(database, NOW + 2, "5", "import crm.csv", owner="dirk")
    by_hand(database, NOW + 3, "5", owner="an")  # puts the import right, not the rule
    by_hand(database, NOW + 3, "0", owner="an")  # puts the person right
    one = found(database, RULES, NOW + HOUR)["routing/otherwise"]
    assert (one.overridden, one.overridden_fields) == (4, {"desk": 4, "owner": 4})
    assert one.flags == []
    by_hand(database, NOW + 4, "4", desk="archive")
    one = found(database, RULES, NOW + HOUR)["routing/otherwise"]
    assert (one.overridden, one.flags) == (5, ["overridden often"])


@pytest.mark.parametrize(("to", "move", "put_right"), [("won", "forward", 0), ("lead", "back", 1)])
def test_an_opportunity_that_goes_on_was_not_put_right(database: Database, to: str, move: str, put_right: int) -> None:
    stage = rule("stage", line("opportunity.stage", "lead"), Set((("opportunity.stage", "quoted"),)))
    rules = ruleset(book("deals", stage, subject="opportunity"))
    put(database, rules, opportunity=[{"id": "1", "stage": "lead"}])
    sweep(database, rules, "route", NOW)
    with database.begin() as conn:
        intake_writes.upsert(conn, "opportunity", [{"id": "1", "stage": to}], NOW + 1, "person an")
        stage_moves.record(conn, [StageMove("1", "quoted", to, move, "person an")], NOW + 1)
    assert found(database, rules, NOW + HOUR)["stage"].overridden == put_right


def test_acknowledgements_and_messages_by_what_became_of_them(database: Database) -> None:
    put(database, RULES, request=[{"id": f"{number}"} for number in range(4)])
    sweep(database, RULES, "nudge", NOW)
    with database.begin() as conn:
        episodes.acknowledge(conn, "request/1", "an", NOW + MINUTE)
        for number, state in enumerate(("sent", "suppressed", "dead")):
            conn.exec_driver_sql(f"UPDATE messages SET state = '{state}' WHERE subject = 'request/{number}'")
    one = found(database, RULES, NOW + HOUR)["nag"]
    assert one.acknowledged == 1
    assert one.as_dict(ZONE)["messages"] == {"sent": 1, "suppressed": 1, "dead": 1, "waiting": 1}


def test_what_needs_attention_comes_first_and_what_never_fired_is_said(sqlite_database: Database) -> None:
    put(sqlite_database, RULES, request=[{"id": f"{number}"} for number in range(6)])
    sweep(sqlite_database, RULES, "route", NOW)
    for number in range(6):
        by_hand(sqlite_database, NOW + 1, str(number), desk="sales")
    stop(sqlite_database, RULES, "renewal", "", NOW + 2)
    rules = found(sqlite_database, RULES, NOW + HOUR)
    assert [(key, one.flags) for key, one in rules.items()] == [
        ("routing/otherwise", ["overridden often"]),
        ("renewal", ["stopped", "never fired"]),
        ("nag", ["never fired"]),
        ("never", ["never fired"]),
        ("off", []),
    ]


def test_since_leaves_out_what_was_before_and_rules_that_are_gone_stay(sqlite_database: Database) -> None:
    put(sqlite_database, RULES, request=[{"id": "1"}])
    sweep(sqlite_database, RULES, "route", NOW)
    assert found(sqlite_database, RULES, NOW, since=NOW + 1)["routing/otherwise"].decided == 0
    gone = found(sqlite_database, ruleset(), NOW)["routing/otherwise"]
    assert (gone.mode, gone.decided, gone.last_at) == ("gone", 1, NOW)
