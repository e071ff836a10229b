"""`messages flood`: what comes of 1,000 messages in ten minutes to one person; nothing is written or sent."""

import click

from leadrelay.clock import MINUTE, SECOND, parse_time
from leadrelay.commands.common import Options, as_json, options, print_json, table
from leadrelay.errors import UnknownPerson
from leadrelay.leads.team import Team
from leadrelay.messages.flood import FLOOD, READER, Flooded, flood
from leadrelay.messages.readers import Readers
from leadrelay.project import open_project
from leadrelay.zone import zone_of

MONDAY = parse_time("2026-11-23 10:00", zone_of("UTC"))


@click.command("flood")
@click.option("--to", "person", metavar="PERSON", help="By this person's part of rules/messages.yaml.")
@click.option("--signals", type=click.IntRange(2, 10_000), default=1000, show_default=True)
@click.option("--minutes", type=click.IntRange(1, 24 * 60), default=10, show_default=True)
@as_json
@options
def flood_command(person: str | None, signals: int, minutes: int, as_json: bool, chosen: Options) -> int:
    """Plays a flood of messages to one reader, one of them about a key account, and shows which mails come of it.

    Without --to the reader is a director with a cap of 6 mails an hour, and nothing else. Exit code 1 when messages are
    left that were never told.

    \b
    Example: leadrelay messages flood
             leadrelay messages flood --to dirk --now '2026-11-23 10:00'
    """
    if person is None:
        came = flood(Readers(FLOOD, Team(), {}), MONDAY, signals, minutes * MINUTE)
    else:
        project = open_project(chosen.project, chosen.now, rules="folder")
        ruleset = project.ruleset
        if person not in ruleset.team.people:
            raise UnknownPerson(person=person)
        readers = Readers(ruleset.messages, ruleset.team, ruleset.calendars)
        came = flood(readers, project.clock(), signals, minutes * MINUTE, person)
    if as_json:
        print_json(_facts(came))
    else:
        _print(came, person or READER, minutes)
    return 1 if came.untold else 0


def _facts(came: Flooded) -> dict[str, object]:
    mails = [
        {
            "after_seconds": (mail.at - came.start) / SECOND,
            "template": mail.template,
            "messages": len(mail.members),
            "why": mail.why,
        }
        for mail in came.mails
    ]
    return {
        "signals": came.signals,
        "mails": mails,
        "most_in_an_hour": came.most_in_an_hour,
        "slowest_seconds": came.slowest / SECOND,
        "key_account_seconds": came.key_account / SECOND,
        "untold": came.untold,
    }


def _print(came: Flooded, to: str, minutes: int) -> None:
    click.echo(f"{came.signals:,} messages in {minutes} minutes to {to}\n")
    rows = [(_span(mail.at - came.start), mail.template, len(mail.members), mail.why.value) for mail in came.mails]
    click.echo(table(rows, ("after", "mail", "messages", "how")))
    untold = f"{came.untold} were never told" if came.untold else "everything was told"
    click.echo(
        f"\n{len(came.mails)} mails, at most {came.most_in_an_hour} in any hour; the last message was told "
        f"{_span(came.slowest)} after it came, the key account's after {_span(came.key_account)}; "
        f"{untold}."
    )


def _span(microseconds: int) -> str:
    minutes, seconds = divmod(microseconds / SECOND, 60)
    return f"{int(minutes)}:{seconds:04.1f}"
