"""Versions of the rules, the state of first runs, and what each flow did last."""

from leadrelay.rulebook.model import Ruleset
from leadrelay.store import rulesets, sweeps, turns
from leadrelay.store.database import Database
from leadrelay.store.rulesets import RuleState, Version

NOW = 1_800_000_000_000_000
FILES = {"rules/routing.yaml": "rulebook: routing ✓\n"}


def test_versions(database: Database) -> None:
    with database.begin() as conn:
        assert rulesets.live(conn) is None
        assert rulesets.files_of(conn, 1) is None
        assert rulesets.live_number(conn) is None
        first = rulesets.put_live(conn, "aa", FILES, NOW, "rules folder")
        assert rulesets.put_live(conn, "aa", {}, NOW + 1, "again") == first
        second = rulesets.put_live(conn, "bb", {}, NOW + 2, "rollback")
        assert rulesets.put_live(conn, "aa", FILES, NOW + 3, "back") == second + 1
        assert rulesets.live(conn) == Version(second + 1, "aa", NOW + 3, FILES, "back")
        assert rulesets.version_of(conn, second) == Version(second, "bb", NOW + 2, {}, "rollback")
        assert rulesets.files_of(conn, first) == FILES
        assert rulesets.live_number(conn) == second + 1
        assert [one.cause for one in rulesets.log(conn)] == ["back", "rollback", "rules folder"]
    assert rulesets.numbered(Ruleset(digest="aa"), 3).version == 3


def test_rule_states(database: Database) -> None:
    with database.begin() as conn:
        assert rulesets.rule_states(conn) == {}
        rulesets.set_rule_states(conn, [RuleState("late", "aa", "held", 80, NOW), RuleState("b", "cc", "live", 2, NOW)])
        rulesets.set_rule_states(conn, [RuleState("late", "aa", "released", 80, NOW + 1)])
        assert rulesets.rule_states(conn) == {
            "b": RuleState("b", "cc", "live", 2, NOW),
            "late": RuleState("late", "aa", "released", 80, NOW + 1),
        }


def test_what_each_flow_did_last(database: Database) -> None:
    with database.begin() as conn:
        assert sweeps.last(conn) == {}
        assert sweeps.last_decision_at(conn) is None
        assert turns.read(conn) == {}
        sweeps.record(conn, "route", NOW, {"decided": 3})
        sweeps.record(conn, "route", NOW + 1, {"decided": 4})
        assert sweeps.last(conn) == {"route": sweeps.Sweep("route", NOW + 1, {"decided": 4})}
