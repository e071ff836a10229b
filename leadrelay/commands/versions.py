"""`rules`: versions that went live, and rules that are held because they would act on too many at once."""

import click

from leadrelay.act.held import held_rules, release
from leadrelay.clock import iso
from leadrelay.commands.common import Options, as_json, options, print_json, table
from leadrelay.project import open_project
from leadrelay.rulebook.model import FLOWS
from leadrelay.store import rulesets


@click.group("rules")
def rules_command() -> None:
    """The versions of the rules that went live, and rules that are held.

    \b
    Example: leadrelay rules log
    """


@rules_command.command("log")
@as_json
@options
def log_command(as_json: bool, chosen: Options) -> None:
    """Every version that went live: its number, when, and why.

    \b
    Example: leadrelay rules log
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as connection:
        rows = [
            {"version": one.version, "live_at": iso(one.live_at, project.zone), "cause": one.cause}
            for one in rulesets.log(connection)
        ]
    if as_json:
        print_json(rows)
    else:
        click.echo(table([list(row.values()) for row in rows], ("VERSION", "LIVE AT", "CAUSE")))


@rules_command.command("held")
@as_json
@options
def held_command(as_json: bool, chosen: Options) -> int:
    """The rules that act on nobody because their first run would begin more episodes than first_run_limit.

    \b
    Example: leadrelay rules held
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as connection:
        states = rulesets.rule_states(connection)
    held = [held_rules(project.ruleset, flow, states) for flow in FLOWS]
    rows = [{"rule": key, "would_begin": number} for found in held for key, number in found.items()]
    if as_json:
        print_json(rows)
    elif rows:
        click.echo(table([list(row.values()) for row in rows], ("RULE", "WOULD BEGIN")))
    else:
        click.echo("No rule is held.")
    return 1 if rows else 0


@rules_command.command("release")
@click.argument("rule")
@options
def release_command(rule: str, chosen: Options) -> None:
    """Lets a held rule go: from the next run on it acts on everybody it holds for.

    \b
    Example: leadrelay rules release close-it
    """
    project = open_project(chosen.project, chosen.now)
    state = release(project.database, project.ruleset, rule, project.clock())
    click.echo(f"{rule} is released; it will begin about {state.would_begin} episodes at the next run.")
