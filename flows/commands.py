"""`run`: the flows, once, on what is due."""

from collections.abc import Mapping
from typing import Any

import click

from flows.names import ORDER
from flows.news import tell_of_rules
from flows.run import run_flows
from flows.work import told_of_held
from leadrelay.commands.common import Options, as_json, options, print_json, table, tell
from leadrelay.project import Project, open_project

COLUMNS = ("looked_at", "decided", "acted", "messages", "tasks")


@click.command("run")
@click.argument("flows", nargs=-1, type=click.Choice(ORDER), metavar="[FLOW]…")
@as_json
@options
def run_command(flows: tuple[str, ...], as_json: bool, chosen: Options) -> int:
    """Runs the named flows, or all of them in order, once, on what is due: route, escalate, nudge, nurture, deliver.

    A rules folder that has changed goes live first if it passes check and its rule tests; otherwise the last good
    version goes on, and ops are told. Exit code 1 then, when rules set each other off, or when a message cannot be
    delivered.

    \b
    Example: leadrelay run
             leadrelay run route --now '2026-11-20 09:13' --json
    """
    project = open_project(chosen.project, chosen.now, rules="take_up")
    for notice in (*project.notices, *tell_of_rules(project)):
        tell(notice)
    summary = run_flows(flows, project, project.clock())
    if summary["notice"]:
        tell(str(summary["notice"]))
    _tell_held(summary)
    if as_json:
        print_json(summary)
    else:
        _print(summary)
    return 1 if _is_wrong(project, summary) else 0


def _tell_held(summary: Mapping[str, Any]) -> None:
    for flow, one in summary["flows"].items():
        for _, line in told_of_held(flow, one):
            tell(line)
        for subject, rules in one.get("cut", {}).items():
            tell(f"{flow}: {subject}: rules set each other off and were cut after ten rounds: {', '.join(rules)}")


def _print(summary: Mapping[str, Any]) -> None:
    rows = [(flow, *(one.get(name, 0) for name in COLUMNS)) for flow, one in summary["flows"].items()]
    click.echo(table(rows, ("FLOW", *(name.upper().replace("_", " ") for name in COLUMNS))))
    counts = {state: one for state, one in summary["notifications"].items() if isinstance(one, int) and one}
    _print_write_back(summary["notifications"].get("write_back", {}))
    click.echo("messages: " + (", ".join(f"{number} {state}" for state, number in counts.items()) or "none to send"))


def _print_write_back(done: Mapping[str, Any]) -> None:
    outcomes = ", ".join(f"{done[state]} {state}" for state in ("sent", "failed", "dead") if done.get(state))
    if outcomes:
        click.echo(
            f"written back: {outcomes}" + "".join(f"\n  {why} ({number})" for why, number in done["why"].items())
        )


def _is_wrong(project: Project, summary: Mapping[str, Any]) -> bool:
    notifications = summary["notifications"]
    cut = any(one.get("cut") for one in summary["flows"].values())
    back = notifications.get("write_back", {})
    failed = any(one.get(state) for one in (notifications, back) for state in ("dead", "failed"))
    return bool(project.refused or cut or failed)
