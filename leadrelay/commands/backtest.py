"""`backtest`: history lived through again under other rules, and what would have been otherwise."""

import csv
from pathlib import Path
from typing import TYPE_CHECKING

import click

from leadrelay.clock import parse_time
from leadrelay.commands.common import Options, as_json, options, print_json, table, tell
from leadrelay.errors import DraftUnusable, UnreadableFile
from leadrelay.private import open_private
from leadrelay.rulebook.load import Loaded, load, read_draft, read_files
from leadrelay.rulebook.problem import show

if TYPE_CHECKING:
    from leadrelay.backtest.run import Backtest

FAULTS = 5
"""So many faults of a draft are named."""


@click.command("backtest")
@click.option("--rules", "draft", type=click.Path(path_type=Path), metavar="DIR", help="A folder of draft rules.")
@click.option("--since", metavar="DATE", help="The draft goes live on that day; what was before is not counted.")
@click.option(
    "--sample", type=click.IntRange(1, 10_000_000), metavar="N", help="Only N accounts, and all that is theirs."
)
@click.option("--csv", "csv_file", type=click.Path(path_type=Path), metavar="FILE", help="Every change, as CSV.")
@as_json
@options
def backtest_command(
    draft: Path | None, since: str | None, sample: int | None, csv_file: Path | None, as_json: bool, chosen: Options
) -> None:
    """Replays history under other rules: whose outcome changes and how, messages and load per person, deadlines.

    With --rules: the draft in DIR against the rules that are live. Without: the rules folder as it is against what
    happened. Nothing is written: not a row of the database changes.

    \b
    Example: leadrelay backtest --rules draft
             leadrelay backtest --rules draft --since 2026-07-01 --csv changes.csv
    """
    from leadrelay.backtest.report import as_dict  # these bring the database, which --help can do without
    from leadrelay.backtest.rules import live_now
    from leadrelay.backtest.run import Wish, both, read
    from leadrelay.intake.progress import shown
    from leadrelay.project import open_project

    project = open_project(chosen.project, chosen.now)
    loaded = _drafted(chosen.project, draft)
    with project.database.read() as connection:
        before = None if draft is None else live_now(connection) or _drafted(chosen.project, None).ruleset
        wish = Wish(
            before,
            loaded.ruleset,
            project.clock(),
            None if since is None else parse_time(since, project.zone),
            sample,
            project.settings.company.language,
        )
        told = read(connection, wish)
    project.database.close()
    with shown("replaying", len(told.story.items)) as step:
        done = both(told, wish.language, step)
    if csv_file is not None:
        _write_csv(csv_file, done)
    if as_json:
        print_json(as_dict(done, project.zone))
    else:
        _print(done, project.zone, f"all in {csv_file}" if csv_file else "--csv FILE writes them all")


def _drafted(project: Path, draft: Path | None) -> Loaded:
    """The rules of the draft, or of the project's own folder. Raises DraftUnusable, UnreadableFile."""
    if draft is not None and not draft.exists() and (project / draft).exists():
        draft = project / draft  # as written from inside the project that --project names
    if draft is not None and not draft.is_dir():
        raise UnreadableFile(file=draft, why="it is no folder")
    loaded = load(read_files(project) if draft is None else read_draft(draft, project), proofread=draft is not None)
    if not loaded.usable:
        faults = [show(one, loaded.files).splitlines()[0] for one in loaded.errors]
        for fault in faults[:FAULTS]:
            tell(fault)
        raise DraftUnusable(folder=draft or project / "rules", count=len(faults))
    return loaded


def _write_csv(file: Path, done: "Backtest") -> None:
    from leadrelay.backtest.report import HEAD

    try:
        with open_private(file, "w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(HEAD)
            writer.writerows(done.comparison.changed)
    except OSError as error:
        raise UnreadableFile(file=file, why=error.strerror) from error


def _print(done: "Backtest", zone: object, where: str) -> None:
    from leadrelay.backtest.report import summary

    for part in summary(done, zone, where):  # type: ignore[arg-type]
        click.echo(part if isinstance(part, str) else f"\n{table(part[1], part[0])}\n")
