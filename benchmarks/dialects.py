"""Conditions in the languages of other engines, guarded so that a field without a value passes no test there either."""

import json
from typing import Any as Anything

from benchmarks.workload import flat
from leadrelay.clock import HOUR
from leadrelay.rulebook.condition import (
    All,
    Any,
    Condition,
    Contains,
    Equals,
    Known,
    Line,
    NewerThan,
    Not,
    Nothing,
    OlderThan,
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
    low, high, high_open = _bounds(test)
    parts = [known]
    if low is not None:
        parts.append({">=": [value, low]})
    if high is not None:
        parts.append({"<" if high_open else "<=": [value, high]})
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
    low, high, high_open = _bounds(test)
    parts = [f"{name} != null"]
    if low is not None:
        parts.append(f"{name} >= {low}")
    if high is not None:
        parts.append(f"{name} {'<' if high_open else '<='} {high}")
    return f"({' and '.join(parts)})"


def _bounds(test: Test) -> tuple[float | None, float | None, bool]:
    """The range of a number, or of an age in hours: lowest, highest, and whether the highest itself is out."""
    match test:
        case Range():
            return test.low, test.high, False
        case OlderThan():
            return _hours(test), None, False
        case NewerThan():
            return 0, _hours(test), True
    raise TypeError(test)


def _hours(test: OlderThan | NewerThan) -> float:
    return test.span.after(0, None) / HOUR  # type: ignore[arg-type]  # elapsed time needs no calendar
