"""Conditions in the languages of other engines, guarded so that a field without a value passes no test there either."""

import json
from typing import Any as Anything

from benchmarks.workload import flat
from leadrelay.rulebook.condition import (
    All,
    Any,
    Condition,
    Contains,
    Equals,
    Known,
    Line,
    Not,
    Nothing,
    Range,
    Test,
)

Logic = dict[str, Anything]


def json_logic(condition: Condition) -> Logic:
    """For datalogic-py."""
    if isinstance(condition, Line):
        return _logic_test(condition.test, {"var": flat(condition.path)})
    assert isinstance(condition, All | Any | Nothing)
    parts = [json_logic(part) for part in condition.parts]
    if isinstance(condition, All):
        return {"and": parts}
    return {"or": parts} if isinstance(condition, Any) else {"!": [{"or": parts}]}


def _logic_test(test: Test, value: Logic) -> Logic:
    known: Logic = {"!==": [value, None]}
    match test:
        case Not():
            return {"!": [_logic_test(test.test, value)]}
        case Known():
            return known
        case Equals():
            values = sorted(test.values, key=str)
            return {"===": [value, values[0]]} if len(values) == 1 else {"in": [value, values]}
        case Contains():
            return {"and": [known, {"in": [test.needles[0], value]}]}
    assert isinstance(test, Range)
    parts = [known]
    if test.low is not None:
        parts.append({">=": [value, test.low]})
    if test.high is not None:
        parts.append({"<" if test.high_open else "<=": [value, test.high]})
    return {"and": parts}


def expression(condition: Condition, language: str) -> str:
    """For zen-engine ('zen') and rule-engine ('rule-engine'), whose expressions differ in how text is searched."""
    if isinstance(condition, Line):
        return _expression_test(condition.test, flat(condition.path), language)
    assert isinstance(condition, All | Any | Nothing)
    parts = [expression(part, language) for part in condition.parts]
    joined = (" and " if isinstance(condition, All) else " or ").join(parts)
    return f"not ({joined})" if isinstance(condition, Nothing) else f"({joined})"


def _expression_test(test: Test, name: str, language: str) -> str:
    match test:
        case Not():
            return f"not ({_expression_test(test.test, name, language)})"
        case Known():
            return f"{name} != null"
        case Equals():
            values = [json.dumps(value) for value in sorted(test.values, key=str)]
            return f"{name} == {values[0]}" if len(values) == 1 else f"{name} in [{', '.join(values)}]"
        case Contains():
            needle = json.dumps(test.needles[0])
            found = f"contains({name}, {needle})" if language == "zen" else f"{needle} in {name}"
            return f"({name} != null and {found})"
    assert isinstance(test, Range)
    parts = [f"{name} != null"]
    if test.low is not None:
        parts.append(f"{name} >= {test.low}")
    if test.high is not None:
        parts.append(f"{name} {'<' if test.high_open else '<='} {test.high}")
    return f"({' and '.join(parts)})"
