"""`quote`: making quotes, having them approved, sending them, and noting the answer."""

from collections.abc import Mapping
from typing import Any

import click

from leadrelay.act.person import named
from leadrelay.act.quotes import STEPS, Desk
from leadrelay.act.set_by_hand import Lacking
from leadrelay.clock import date_of, day_of, iso
from leadrelay.commands.common import NUMBERED, Options, as_json, options, print_json, subject_of, table
from leadrelay.commands.lacking import lack_as_dict, tell_lacks
from leadrelay.errors import BadLine, BadSubject, BadValue, UnknownQuote
from leadrelay.intake.moments import NotAMoment, date_in
from leadrelay.leads.quote import WRITTEN, QuoteLine, is_too_much, read_line
from leadrelay.leads.team import Person
from leadrelay.project import Project, open_project
from leadrelay.store import quotes
from leadrelay.store.quotes import Quote

BY = click.option("--by", metavar="PERSON", envvar="LEADRELAY_BY", required=True, help="Who does it: a person's id.")
NUMBER = click.argument("number", type=NUMBERED)


@click.group("quote")
def quote_command() -> None:
    """Quotes of opportunities: new, show, send, accept, reject, withdraw; approve and refuse.

    \b
    Example: leadrelay quote new opportunity/7 --line "GTX Pro x 2 @ 4821.00 -10%" --valid-until 2026-12-31 --by an
             leadrelay quote send 1 --by an
    """


def _desk(chosen: Options, by: str) -> tuple[Project, Desk, Person]:
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as connection:
        person = named(connection, project.ruleset.team, by)
    desk = Desk(project.database, project.ruleset, project.clock(), project.settings.company.language)
    return project, desk, person


@quote_command.command("new")
@click.argument("opportunity")
@click.option("--line", "lines", multiple=True, required=True, metavar="LINE", help=f"{WRITTEN}; as often as needed.")
@click.option("--valid-until", "until", required=True, metavar="DATE", help="The last day it holds.")
@click.option("--document", metavar="WHERE", help="Where the document is.")
@BY
@as_json
@options
def new_command(
    opportunity: str,
    lines: tuple[str, ...],
    until: str,
    document: str | None,
    by: str,
    as_json: bool,
    chosen: Options,
) -> None:
    """Makes a quote. Above the limit of rules/stages.yaml it waits until somebody has approved it.

    \b
    Example: leadrelay quote new opportunity/7 --line "GTX Pro x 2 @ 4821.00 -10%" --valid-until 2026-12-31 --by an
    """
    kind, name = subject_of(opportunity)
    if kind != "opportunity":
        raise BadSubject(text=opportunity)
    read = [_line(text) for text in lines]
    if is_too_much(read):
        raise BadValue(field="--line", why="what it comes to is more than an amount can be")
    try:
        last = day_of(date_in(until, ()))
    except NotAMoment as error:
        raise BadValue(field="--valid-until", why=str(error)) from error
    project, desk, person = _desk(chosen, by)
    _tell(project, desk.new(name, read, last, person, document), as_json)


def _line(text: str) -> QuoteLine:
    line = read_line(text)
    if line is None:
        raise BadLine(text=text, wanted=WRITTEN)
    return line


@quote_command.command("show")
@click.argument("what", metavar="NUMBER|opportunity/7")
@as_json
@options
def show_command(what: str, as_json: bool, chosen: Options) -> None:
    """Shows a quote with its lines, or the quotes of an opportunity.

    \b
    Example: leadrelay quote show 1
             leadrelay quote show opportunity/7
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as connection:
        if what.isdecimal():
            quote = quotes.find(connection, int(what)) if len(what) < 10 else None
            found = [quote] if quote else []
            if not found:
                raise UnknownQuote(number=what)
        else:
            found = quotes.of_opportunity(connection, subject_of(what)[1])
    if what.isdecimal():
        _tell(project, found[0], as_json)
    elif as_json:
        print_json([_as_dict(project, one) for one in found])
    else:
        rows = [(one.id, one.status, _money(one.total), date_of(one.valid_until), one.created_by) for one in found]
        click.echo(table(rows, ("QUOTE", "STATUS", "TOTAL", "VALID UNTIL", "BY")))


@quote_command.command("send")
@NUMBER
@BY
@click.option("--override", metavar="REASON", help="Go through a gate that your role may override, and say why.")
@as_json
@options
def send_command(number: int, by: str, override: str | None, as_json: bool, chosen: Options) -> int:
    """The quote goes out, and its opportunity to the stage `quote`, if it has what that asks for.

    \b
    Example: leadrelay quote send 1 --by an
    """
    project, desk, person = _desk(chosen, by)
    quote, outcome = desk.send(number, person, override)
    if as_json:
        lacks = [lack_as_dict(one, project.ruleset, outcome) for one in outcome.lacks]
        print_json({**_as_dict(project, quote), "move": outcome.move, "lacks": lacks})
    elif outcome.lacks:
        tell_lacks(outcome, project.ruleset)
    else:
        _tell(project, quote, as_json=False)
    return 1 if outcome.lacks else 0


def _step(verb: str, about: str) -> click.Command:
    """The command of one step in the life of a quote."""
    wants = STEPS[verb].reason

    @click.command(verb, help=f"{about}\n\n\b\nExample: leadrelay quote {verb} 1{' --reason WHY' * wants} --by dirk")
    @NUMBER
    @click.option("--reason", required=wants, help="Why; it stays on record.")
    @click.option("--override", metavar="REASON", help="Go through a gate that your role may override, and say why.")
    @BY
    @as_json
    @options
    def command(number: int, reason: str | None, override: str | None, by: str, as_json: bool, chosen: Options) -> int:
        project, desk, person = _desk(chosen, by)
        try:
            _tell(project, desk.take(verb, number, person, reason, override), as_json)
        except Lacking as lacking:
            tell_lacks(lacking.outcome, project.ruleset)
            return 1
        return 0

    return command


for _verb, _about in (
    ("approve", "Approves a quote that waits for it; nobody approves their own."),
    ("refuse", "Refuses a quote that waits for approval."),
    ("accept", "The customer has accepted the quote."),
    ("reject", "The customer has rejected the quote."),
    ("expire", "The quote holds no more: its last day is past."),
    ("withdraw", "The quote is ours to take back."),
):
    quote_command.add_command(_step(_verb, _about))


def _money(cents: int) -> str:
    return f"{cents // 100}.{cents % 100:02}"


def _as_dict(project: Project, quote: Quote) -> dict[str, object]:
    with project.database.read() as connection:
        lines = quotes.lines_of(connection, quote.id)
    shown: dict[str, Any] = quote._asdict()
    for name in ("created_at", "approval_due_at", "decided_at", "sent_at", "answered_at"):
        shown[name] = None if shown[name] is None else iso(shown[name], project.zone)
    shown |= {"valid_until": date_of(quote.valid_until).isoformat(), "total": quote.total / 100}
    shown["lines"] = [
        {
            "product": one.product,
            "quantity": float(one.quantity),
            "unit_price": one.unit_price / 100,
            "discount": float(one.discount),
            "total": one.total / 100,
        }
        for one in lines
    ]
    return shown


def _tell(project: Project, quote: Quote, as_json: bool) -> None:
    shown = _as_dict(project, quote)
    if as_json:
        print_json(shown)
        return
    with project.database.read() as connection:
        lines = quotes.lines_of(connection, quote.id)
    status = quote.status.replace("_", " ")
    until = date_of(quote.valid_until)
    click.echo(f"Quote {quote.id} of opportunity/{quote.opportunity}: {status}, valid until {until}")
    rows = [(one.product, one.quantity, _money(one.unit_price), f"{one.discount}%", _money(one.total)) for one in lines]
    click.echo(table([*rows, ("total", "", "", "", _money(quote.total))], ("PRODUCT", "NUMBER", "EACH", "LESS", "")))
    click.echo("".join(f"{line}\n" for line in _remarks(quote, shown)), nl=False)


def _remarks(quote: Quote, shown: Mapping[str, object]) -> list[str]:
    """What else there is to say about it."""
    said = []
    if quote.status == "awaiting_approval":
        said.append(f"{quote.approver} has been asked to approve it, until {shown['approval_due_at']}.")
    if quote.decided_by:
        said.append(f"Decided by {quote.decided_by} at {shown['decided_at']}.")
    if quote.reason:
        said.append(f"Reason: {quote.reason}")
    return said
