"""`acknowledge`: somebody takes note of what waits, and it stops climbing."""

import click

from leadrelay.act.acknowledge import acknowledge
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of
from leadrelay.project import open_project


@click.command("acknowledge")
@click.argument("subject")
@click.option("--by", "person", required=True, metavar="PERSON", help="Who takes note: a person's id.")
@click.option("--rule", metavar="ID", help="Only what this rule says.")
@as_json
@options
def acknowledge_command(subject: str, person: str, rule: str | None, as_json: bool, chosen: Options) -> None:
    """Takes note of what rules say of a subject now: their later steps, repeats and unsent messages are called off.

    It lasts as long as the rule holds: once it has ceased to hold, it may begin anew.

    \b
    Example: leadrelay acknowledge request/42 --by an
    """
    kind, name = subject_of(subject)
    project = open_project(chosen.project, chosen.now)
    stopped = acknowledge(project.database, project.ruleset, kind, name, person, project.clock(), rule)
    if as_json:
        print_json({"subject": subject, "by": person, "rules": stopped})
    elif stopped:
        click.echo(f"{subject}: {person} has taken note of {', '.join(stopped)}.")
    else:
        click.echo(f"{subject}: there is nothing to take note of.")
