"""The `leadrelay` command: loads a verb's module alone, and turns every failure into a message and an exit code."""

import gc
import importlib
import os
import sys
from pathlib import Path

import click

from leadrelay.commands.common import Options, options
from leadrelay.errors import ForeignPackage, LeadrelayError
from leadrelay.terminal import guarded

VERBS = {
    "init": "leadrelay.commands.start",
    "check": "leadrelay.commands.rules",
    "test": "leadrelay.commands.trials",
    "fields": "leadrelay.commands.rules",
    "schema": "leadrelay.commands.schema",
    "rules": "leadrelay.commands.versions",
    "packs": "leadrelay.commands.packs",
    "import": "leadrelay.commands.intake",
    "explain": "leadrelay.commands.explain",
    "due": "leadrelay.commands.due",
    "backtest": "leadrelay.commands.backtest",
    "acknowledge": "leadrelay.commands.acknowledge",
    "tasks": "leadrelay.commands.tasks",
    "set": "leadrelay.commands.by_hand",
    "close": "leadrelay.commands.by_hand",
    "team": "leadrelay.commands.members",
    "quote": "leadrelay.commands.quotes",
    "assign": "leadrelay.commands.assign",
    "match": "leadrelay.commands.match",
    "consent": "leadrelay.commands.consent",
    "lists": "leadrelay.commands.nurture_lists",
    "person": "notifications.person_command",
    "push": "notifications.marketing.command",
    "export": "leadrelay.commands.state",
    "report": "leadrelay.commands.report",
    "audit": "leadrelay.commands.state",
    "repair": "leadrelay.commands.repair",
    "run": "flows.commands",
    "serve": "flows.service",
    "status": "flows.service",
    "completion": "leadrelay.commands.completion",
    "render": "notifications.commands",
    "messages": "notifications.messages_commands",
    "inbox": "notifications.inbox_commands",
    "write-back": "notifications.write_back_command",
}
"""Verb -> the module that holds it. The upper floors are named here as text and loaded when asked for, so that
nothing below imports them and `check` starts in a blink."""


class Verbs(click.Group):
    """A group whose commands are imported when they are called."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every verb, in the order of a first use."""
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The verb's command, or None when there is no such verb."""
        if cmd_name not in VERBS:
            return None
        command = getattr(_ours(VERBS[cmd_name]), f"{cmd_name.replace('-', '_')}_command")
        assert isinstance(command, click.Command)
        return command


def _ours(module: str) -> object:
    """Imports a module and makes sure that it is ours: `flows` and `notifications` are common names."""
    package = importlib.import_module(module.partition(".")[0])
    home = Path(__file__).resolve().parent.parent
    found = Path(package.__file__ or "").resolve().parent.parent
    if found != home:
        raise ForeignPackage(package=package.__name__, path=found)
    return importlib.import_module(module)


@click.group(
    cls=Verbs,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(package_name="leadrelay", prog_name="leadrelay")
@options
@click.pass_context
def leadrelay(ctx: click.Context, chosen: Options) -> None:
    """Rules decide what happens to sales requests, flows carry it out, people are told, and nothing is lost.

    Without a verb it says what is going on here, and what to do next.

    \b
    leadrelay init company      a new project folder
    leadrelay check             every fault in the rule files, with its remedy
    leadrelay import leads.csv  take requests in
    leadrelay run               decide and tell people
    leadrelay explain request/42
    """
    ctx.obj = chosen
    if ctx.invoked_subcommand is None:
        _say_what_goes_on(chosen)


def _say_what_goes_on(chosen: Options) -> None:
    if not (chosen.project / "leadrelay.toml").exists():
        click.echo(
            "There is no project here. Make one with 'leadrelay init FOLDER'; 'leadrelay --help' has every verb."
        )
        return
    from leadrelay.project import open_project  # only this needs a database

    overview = importlib.import_module("flows.overview")
    project = open_project(chosen.project, chosen.now)
    click.echo(overview.as_text(project, overview.overview(project)))


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and returns its exit code: 0 done, 1 done and something is wrong, 2 could not be done."""
    with guarded():
        return _main(arguments)


def _main(arguments: list[str] | None) -> int:
    try:
        result = leadrelay.main(args=arguments, prog_name="leadrelay", standalone_mode=False)
    except LeadrelayError as error:
        click.echo(f"leadrelay: {error}", err=True)
        return error.exit_code
    except click.ClickException as error:
        error.show()
        return 2
    except (click.Abort, KeyboardInterrupt):
        click.echo("leadrelay: stopped", err=True)
        return 2
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader went away; nothing is wrong
        return 0
    except OSError as error:  # a name that no file can have, a folder that may not be entered, a disk that is full
        why = error.strerror or str(error)
        click.echo(f"leadrelay: {error.filename or 'A file'} cannot be used: {why}.", err=True)
        return 2
    return result if isinstance(result, int) else 0


def entry() -> None:
    """The console script. Little of what we make goes in circles, so the collector of circles need seldom look."""
    gc.set_threshold(50_000, 20, 20)
    sys.exit(main())
