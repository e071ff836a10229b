"""What an opportunity lacks for a stage, told with its place in the rule files and the command that gives it."""

from collections.abc import Iterator

import click

from leadrelay.act.set_by_hand import OWNED_BY, Outcome
from leadrelay.leads.fields import Type
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.stages import Lack

_EXAMPLES = {
    Type.NUMBER: "50",
    Type.MONEY: "12000",
    Type.YES_NO: "yes",
    Type.DATE: "2026-12-01",
    Type.TIME: "'2026-12-01 09:00'",
    Type.LIST: "…",
    Type.TEXT: "…",
}
_COMPUTED = {
    **dict.fromkeys(
        ("deciders", "decider_count", "contact_roles"), "leadrelay team {subject} add contact/ID --role decider"
    ),
    "team": "leadrelay team {subject} add PERSON --role ROLE",
    **dict.fromkeys(("quote_status", "quote_total", "quote_discount"), "leadrelay quote new {subject} --line …"),
    **dict.fromkeys(("quote_sent_at", "quote_valid_until"), "leadrelay quote send NUMBER"),
    "scotsman_score": "leadrelay set {subject} scotsman.money=yes …",
    "bant_score": "leadrelay set {subject} bant.budget=yes …",
    "weighted_value": "leadrelay set {subject} expected_value=12000",
    "owner": "leadrelay assign {subject} --to PERSON --by WHO",
}
"""How to give what is no plain field, by name."""


def how_to_give(path: str, ruleset: Ruleset, outcome: Outcome) -> str:
    """The command that gives a field a value; for what no command gives, an empty text."""
    entity, _, name = path.partition(".")
    if name in _COMPUTED and entity == "opportunity":
        return _COMPUTED[name].format(subject=outcome.subject)
    field = ruleset.fields.get(path)
    subject = outcome.subject if entity == "opportunity" else f"{entity}/{outcome.links.get(entity) or 'ID'}"
    if field is None or field.derived or name in OWNED_BY or entity == "owner":
        return ""
    example = field.choices[0] if field.choices else _EXAMPLES.get(field.type, "…")
    return f"leadrelay set {subject} {name}={example}"


def lack_as_dict(lack: Lack, ruleset: Ruleset, outcome: Outcome) -> dict[str, object]:
    """As `set --json` lists it."""
    return {
        "kind": lack.kind,
        "stage": lack.stage,
        "what": lack.what,
        "about": lack.about,
        "fields": list(lack.fields),
        "file": lack.place.file,
        "line": lack.place.line,
        "give": [give for path in lack.fields if (give := how_to_give(path, ruleset, outcome))],
        "override": list(lack.override),
    }


def tell_lacks(outcome: Outcome, ruleset: Ruleset) -> None:
    """What is missing, for a person at the terminal."""
    stage = outcome.lacks[-1].stage
    click.echo(f"{outcome.subject} cannot go to {stage} yet; nothing was changed.")
    for lack in outcome.lacks:
        click.echo("\n".join(_lines(lack, ruleset, outcome)))


def _lines(lack: Lack, ruleset: Ruleset, outcome: Outcome) -> Iterator[str]:
    what = f"{lack.what} is not known" if lack.kind == "demand" else f"{lack.kind.replace('_', ' ')}: {lack.what}"
    yield f"\n  {what}  [{lack.place.file}:{lack.place.line}, stage {lack.stage}]"
    if lack.about:
        yield f"    {lack.about}"
    for path in lack.fields:
        if give := how_to_give(path, ruleset, outcome):
            yield f"    give it: {give}"
    if lack.override:
        who = sorted({one.id for role in lack.override for one in ruleset.team.with_role(role)})
        named = f" ({', '.join(who)})" if who else ""
        yield f'    or override it, with --override "why": {", ".join(lack.override)}{named}'
