"""`report`: what the numbers say; `forecast` so far."""

from collections.abc import Iterable

import click

from leadrelay.commands.common import Options, as_json, options, print_json, table
from leadrelay.project import open_project
from leadrelay.report.forecast import Forecast, Line, forecast
from leadrelay.store.deals import open_deals

GROUPS = ("stage", "month", "owner", "product")


@click.group("report")
def report_command() -> None:
    """Reports over what the database holds.

    \b
    Example: leadrelay report forecast
    """


@report_command.command("forecast")
@click.option("--by", "groups", multiple=True, type=click.Choice(GROUPS), help="Groups to show.")
@as_json
@options
def forecast_command(groups: tuple[str, ...], as_json: bool, chosen: Options) -> None:
    """What the open opportunities may bring, weighted by the chance of their stage and their own chance of winning.

    \b
    Example: leadrelay report forecast
             leadrelay report forecast --by owner --by product --json
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as connection:
        found = forecast(open_deals(connection), project.ruleset.stages)
    shown = groups or ("stage", "month")
    if as_json:
        by = {name: [line.as_dict() for line in found.groups[name]] for name in shown}
        print_json({"total": found.total.as_dict(), "by": by})
    else:
        _tell(found, shown)


def _tell(found: Forecast, shown: Iterable[str]) -> None:
    for name in shown:
        rows = [_row(line) for line in (*found.groups[name], found.total)]
        click.echo(table(rows, (name.upper(), "DEALS", "VALUE", "WEIGHTED", "NO VALUE YET")) + "\n")


def _row(line: Line) -> tuple[object, ...]:
    return line.name, line.count, f"{line.value / 100:.2f}", f"{line.weighted / 100:.2f}", line.unvalued
