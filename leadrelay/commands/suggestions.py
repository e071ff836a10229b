"""`test --suggest`: rule tests for the edges that no test tries, as a file for rules/tests/."""

from collections.abc import Sequence

import click

from leadrelay.act.suggest import Suggestion, Unsuggested, suggest
from leadrelay.commands.common import print_json
from leadrelay.errors import UnknownRule
from leadrelay.rulebook.context import suggestion
from leadrelay.rulebook.model import OTHERWISE, Ruleset
from leadrelay.rulebook.rule_test import RuleTest
from leadrelay.rulebook.written_tests import as_yaml
from leadrelay.zone import zone_of


def print_suggestions(ruleset: Ruleset, tests: Sequence[RuleTest], only: str | None, as_json: bool) -> int:
    """Prints what `suggest` finds, for all rules, one of them, or those of one rulebook; 0, there is nothing wrong.

    Raises UnknownRule."""
    known = {rule.id for _, rule in ruleset.rules() if rule.id != OTHERWISE} | {book.name for book in ruleset.rulebooks}
    if only is not None and only not in known:
        raise UnknownRule(rule=only, hint=f" {suggestion(only, sorted(known))}")
    found = list(suggest(ruleset, tests, only))
    made = [one for one in found if isinstance(one, Suggestion)]
    left = [one for one in found if isinstance(one, Unsuggested)]
    if as_json:
        print_json(
            {
                "suggested": [_as_dict(one) | {"test": one.test.name, "yaml": _yaml([one], ruleset)} for one in made],
                "not_suggested": [_as_dict(one) | {"edge": one.edge, "why": one.why} for one in left],
            }
        )
        return 0
    nothing = "tests: []   # every edge for which a test was found has one\n"
    click.echo(_yaml(made, ruleset) if made else nothing, nl=False)
    for one in left:
        what = f"{one.rule.id}, {one.line.path}: {one.line.written}, {one.edge}"
        click.echo(f"# {one.line.place}: no test for {what}: {one.why}")
    return 0


def _yaml(made: Sequence[Suggestion], ruleset: Ruleset) -> str:
    return as_yaml([one.test for one in made], ruleset.fields, zone_of(ruleset.team.zone))


def _as_dict(one: Suggestion | Unsuggested) -> dict[str, object]:
    return {
        "rulebook": one.book.name,
        "rule": one.rule.id,
        "file": one.line.place.file,
        "line": one.line.place.line,
        "column": one.line.place.column,
        "field": one.line.path,
        "condition": one.line.written,
    }
