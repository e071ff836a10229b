"""`due`: what is coming, when, and the arithmetic that says so."""

from typing import Any
from zoneinfo import ZoneInfo

import click

from leadrelay.act.outlook import Coming, Outlook
from leadrelay.clock import Instant, iso
from leadrelay.commands.common import Options, as_json, options, print_json, subject_of
from leadrelay.project import open_project
from leadrelay.report.due import as_text
from leadrelay.rulebook.model import FLOWS
from leadrelay.store import agenda

MOST = 20


@click.command("due")
@click.argument("subject", required=False)
@click.option(
    "--most", default=MOST, show_default=True, type=click.IntRange(1, 1_000_000), help="How many moments, over all."
)
@as_json
@options
def due_command(subject: str | None, most: int, as_json: bool, chosen: Options) -> None:
    """What is coming for a subject: next steps and repeats, rules that time alone will turn, open tasks. Without a
    subject, the next moments of the whole agenda.

    \b
    Example: leadrelay due request/42
             leadrelay due --most 5
    """
    if subject:
        subject_of(subject)
    project = open_project(chosen.project, chosen.now)
    now = project.clock()
    document: dict[str, Any] = {"now": iso(now, project.zone)}
    with project.database.read() as connection:
        outlook = Outlook(connection, project.ruleset, now)
        if subject:
            document = {"subject": subject, **document}
            found = outlook.of(subject)
        else:
            document["due_now"] = {flow: agenda.count_due(connection, flow, now) for flow in FLOWS}
            found = outlook.next(most)
    document["due"] = [_row(one, now, project.zone) for one in found]
    if as_json:
        print_json(document)
    else:
        click.echo(as_text(document))


def _row(one: Coming, now: Instant, zone: ZoneInfo) -> dict[str, Any]:
    return {
        "at": iso(one.at, zone),
        "overdue": one.at < now,
        "subject": one.subject,
        "flow": one.flow,
        "what": one.what,
        "rulebook": one.rulebook,
        "rule": one.rule.id if one.rule else None,
        "step": one.step,
        "mode": one.mode,
        "file": one.rule.place.file if one.rule else None,
        "line": one.rule.place.line if one.rule else None,
        "arithmetic": one.why,
    }
