"""An explanation as text for somebody who writes no programs: in short, or rule by rule with every line."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leadrelay.rulebook.explain import Explanation, by_what
from leadrelay.rulebook.spoken import said

MOST_SHOWN = 3
"""So many changes that would make another rule decide are shown; `--json` has all that were found."""


def render(explanation: Explanation) -> str:
    """Everything: the scope, and every rule line by line."""
    shown = [*_head(explanation)]
    scope = explanation["scope"]
    if scope["tests"]:
        shown += ["", f"  scope: {'in scope' if scope['holds'] else 'not in scope, so no rule is tried'}"]
        shown += render_tests(scope)
    for rule in explanation["rules"]:
        shown += ["", *render_rule(rule, _names(explanation))]
    return "\n".join(shown) + "\n"


def in_short(explanation: Explanation) -> str:
    """What decided, the rule that came nearest, and what would change it. Line by line only the rules that decided,
    and with them the nearest one."""
    scope = explanation["scope"]
    if not scope["holds"]:
        return f"{explanation['rulebook']}: not in scope: {'; '.join(map(by_what, scope['why_not']))}"
    names, shown = _names(explanation), [*_head(explanation)]
    near = (explanation["nearest"] or {}).get("rule")
    for rule in explanation["rules"]:
        if rule["id"] in names or (names and rule["id"] == near):
            shown += ["", *render_rule(rule, names)]
    return "\n".join(shown)


def _names(explanation: Explanation) -> Sequence[str]:
    decided = explanation["decided"]
    return decided if isinstance(decided, list) else [decided] if decided else []


def _head(explanation: Explanation) -> Iterator[str]:
    """What decided, how near another rule was, and what would change it: other facts, or time alone."""
    yield f"{explanation['rulebook']}: {', '.join(_names(explanation)) or 'nothing'} decided"
    if explanation["changes_at"]:
        yield f"  If no field changes, this stands until {explanation['changes_at']}."
    if explanation["nearest"]:
        yield f"  {explanation['nearest']['text']}"
    for one in explanation["would_change"][:MOST_SHOWN]:
        yield f"  {one['text']}"
    for turn in explanation.get("by_itself", ()):
        will = "will come to decide" if turn["holds"] else "will decide no more"
        yield f"  {turn['at'][:16].replace('T', ' ')}  {turn['rule']} {will}: {turn['arithmetic']}"


def render_rule(rule: Explanation, names: Sequence[str]) -> Iterator[str]:
    """One rule with its tests, its place, and whether it decided: it did if its id is among these names."""
    if rule["mode"] == "off":
        verdict = "is off"
    elif rule["id"] in names:
        verdict = "decided"
    elif not rule["holds"]:
        verdict = "does not hold"
    elif rule["beaten_by"]:
        verdict = f"holds, but {rule['beaten_by']} decided before it"
    else:
        verdict = "holds, but was not reached"
    shadow = " (shadow: recorded only)" if rule["mode"] == "shadow" else ""
    yield f"  {rule['id']}: {verdict}{shadow}  [{rule['file']}:{rule['line']}]"
    if rule["about"]:
        yield f"    {rule['about']}"
    yield from render_tests(rule)
    if rule["changes_at"]:
        yield f"    may change at {rule['changes_at']}"


def render_tests(part: Mapping[str, Any]) -> Iterator[str]:
    """The tests of a rule or a gate with the values they saw, and what stands in the way."""
    for test in part["tests"]:
        group = f"{test['group']}: " if test["group"] else ""
        seen = said(test["value"]) + _found(test)
        yield f"    {'yes' if test['holds'] else 'no '}  {group}{test['field']}: {test['test']}  (it is {seen})"
    if part["why_not"]:
        lines = ", ".join(f"{test['field']} (line {test['line']})" for test in part["why_not"])
        yield f"    stands in the way: {lines}"


def _found(test: Mapping[str, Any]) -> str:
    """What a text mentions, as its list has it."""
    entries = test.get("found")
    return f"; it mentions {', '.join(map(repr, entries))}" if entries else ""
