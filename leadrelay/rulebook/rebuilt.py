"""Conditions and rulesets rebuilt with other lines in place of their own: to watch them, or to force one of them."""

from collections.abc import Callable

from msgspec.structs import replace

from leadrelay.rulebook.condition import All, Any, Condition, Line, Nothing
from leadrelay.rulebook.model import Rule, Rulebook, Ruleset

NEVER = Any()
"""What no subject passes, as ALWAYS is what every subject passes."""


def rebuilt(condition: Condition, change: Callable[[Line], Condition]) -> Condition:
    """The condition with `change` of each of its lines in its place; a condition without lines is given back itself."""
    if isinstance(condition, Line):
        return change(condition)
    assert isinstance(condition, All | Any | Nothing)
    if not condition.parts:
        return condition
    return replace(condition, parts=tuple(rebuilt(part, change) for part in condition.parts))


def rebuilt_rules(ruleset: Ruleset, change: Callable[[Rulebook, Rule | None, Line], Condition]) -> Ruleset:
    """The ruleset with other lines in its scopes (`change` is told of no rule), rules and steps."""

    def rule_of(book: Rulebook, rule: Rule) -> Rule:
        later = tuple(
            replace(step, when=rebuilt(step.when, lambda line: change(book, rule, line))) for step in rule.later
        )
        return replace(rule, when=rebuilt(rule.when, lambda line: change(book, rule, line)), later=later)

    def book_of(book: Rulebook) -> Rulebook:
        scope = rebuilt(book.scope, lambda line: change(book, None, line))
        return replace(book, scope=scope, rules=tuple(rule_of(book, rule) for rule in book.rules))

    return replace(ruleset, rulebooks=tuple(book_of(book) for book in ruleset.rulebooks))
