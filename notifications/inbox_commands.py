"""`inbox`: what comes back is matched with our messages and contacts."""

from collections import Counter

import click

from leadrelay.commands.common import Options, as_json, options, print_json, table
from leadrelay.project import open_project
from leadrelay.rulebook.filters import clean
from notifications.inbox.objection import Objections
from notifications.inbox.source import mails
from notifications.inbox.take import take_in


@click.command("inbox")
@click.argument("source")
@click.option(
    "--days", type=click.IntRange(1, 3650), default=30, show_default=True, help="Of an IMAP folder: so far back."
)
@as_json
@options
def inbox_command(source: str, days: int, as_json: bool, chosen: Options) -> None:
    """Reads mail that came in: a maildir, an mbox, a folder of .eml files, or an IMAP folder, which it does not change.

    Hard bounces mark the contact, soft ones are noted, complaints unsubscribe, automatic replies change nothing, and
    an answer counts as one, and 'STOP, remove me' is an objection. Each mail counts once, however often it is read.

    \b
    Example: leadrelay inbox var/inbox
             LEADRELAY_IMAP_USER=sales LEADRELAY_IMAP_PASSWORD=… leadrelay inbox imaps://mail.example.com/INBOX
    """
    project = open_project(chosen.project, chosen.now)
    now = project.clock()
    objections = Objections.of_project(project.ruleset.lists)
    taken = take_in(project.database, project.ruleset.team, mails(source, now, days), now, objections)
    counts = Counter(one.report.kind.value for one in taken)
    if as_json:
        print_json({"read": len(taken), "counts": dict(counts), "mails": [one.as_dict() for one in taken]})
        return
    rows = [
        [one.report.kind.value, clean(one.whom, 40), one.done, clean(one.told, 60)]
        for one in taken
        if one.done not in ("nothing", "known already")
    ]
    if rows:
        click.echo(table(rows, ("KIND", "ABOUT", "DONE", "WHY")))
    click.echo(
        f"{len(taken)} read: " + (", ".join(f"{number} {kind}" for kind, number in sorted(counts.items())) or "none")
    )
