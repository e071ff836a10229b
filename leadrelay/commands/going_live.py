"""`rules log`, `diff`, `show` and `rollback`: the versions of the rules, what changed in meaning, and the way back."""

from pathlib import Path

import click

from leadrelay.clock import SECOND, iso
from leadrelay.commands.common import (
    NUMBERED,
    Options,
    as_json,
    options,
    options_without_force,
    print_json,
    table,
    tell,
)
from leadrelay.errors import FolderNotEmpty, UnknownVersion
from leadrelay.folder import write_files
from leadrelay.project import Project, open_project
from leadrelay.rulebook.differences import NONE, differences
from leadrelay.rulebook.load import Loaded, load, read_files
from leadrelay.rulebook.rule_differences import Change
from leadrelay.store import rulesets
from leadrelay.store.rulesets import Version
from leadrelay.terminal import for_data

FOLDER, LIVE = "folder", "live"
_WIDEST = 90


@click.command("log")
@as_json
@options
def log_command(as_json: bool, chosen: Options) -> None:
    """Every version that went live: its number, when, who put it there and why, and what it changed.

    \b
    Example: leadrelay rules log
    """
    project = open_project(chosen.project, chosen.now)
    with project.database.read() as connection:
        versions = rulesets.log(connection)
    if as_json:
        print_json([_as_dict(one, project) for one in versions])
        return
    rows = [
        (
            one.version,
            iso(one.live_at - one.live_at % SECOND, project.zone),
            one.origin.person,
            _why(one),
            _short(one.origin.changes),
        )
        for one in versions
    ]
    click.echo(table(rows, ("VERSION", "LIVE AT", "WHO", "WHY", "WHAT CHANGED")))


def _as_dict(one: Version, project: Project) -> dict[str, object]:
    origin = one.origin
    return {
        "version": one.version,
        "live_at": iso(one.live_at, project.zone),
        "cause": one.cause,
        "who": origin.person,
        "commit": origin.revision,
        "why": origin.about,
        "dirty": origin.dirty,
        "changes": origin.changes,
    }


def _why(one: Version) -> str:
    origin = one.origin
    if origin.revision:
        return _short(f"{origin.revision} {origin.about}", 60) + (", and changes since" if origin.dirty else "")
    return _short(f"{one.cause}: {origin.about}" if origin.about else one.cause, 60)


def _short(text: str | None, widest: int = _WIDEST) -> str:
    return text if text and len(text) <= widest else f"{text[: widest - 1]}…" if text else ""


@click.command("diff")
@click.argument("old", default=LIVE)
@click.argument("new", required=False)
@as_json
@options
def diff_command(old: str, new: str | None, as_json: bool, chosen: Options) -> int:
    """What one version means otherwise than another: rules, people, templates and all else, not lines of files.

    A version is its number, 'live' or 'folder' (what the rules folder holds now). Without any: what is live against
    the folder; with one: that version against what is live. Exit code 1 when the folder has faults.

    \b
    Example: leadrelay rules diff
             leadrelay rules diff 5 7
             leadrelay rules diff 5 folder
    """
    names = (old, new or (FOLDER if old == LIVE else LIVE))
    project = open_project(chosen.project, chosen.now)
    versions = [_named(project, name) for name in names]
    found = differences(versions[1], versions[0])
    if as_json:
        print_json({"old": _number(names[0]), "new": _number(names[1]), "changes": [one._asdict() for one in found]})
    else:
        _print(found)
    faults = sum(len(one.errors) for one, name in zip(versions, names, strict=True) if name == FOLDER)
    if faults:
        tell(f"The rules folder has {faults} fault(s), and what is wrong is left out here; 'leadrelay check' shows it.")
    return 1 if faults else 0


def _number(name: str) -> int | str:
    return int(name) if name.isdecimal() and len(name) < 10 else name


def _named(project: Project, name: str) -> Loaded:
    if name == FOLDER:
        return load(read_files(project.folder), proofread=False)
    return load(_version(project, name).files, proofread=False)


def _version(project: Project, name: str) -> Version:
    with project.database.read() as connection:
        if name == LIVE:
            found = rulesets.live(connection)
        else:
            found = rulesets.version_of(connection, int(name)) if name.isdecimal() and len(name) < 10 else None
    if found is None:
        raise UnknownVersion(version=name)
    return found


def _print(found: list[Change] | tuple[Change, ...]) -> None:
    for one in found:
        click.echo(str(one))
    if not found:
        click.echo(f"{NONE[:1].upper()}{NONE[1:]}.")


@click.command("show")
@click.argument("version")
@click.argument("file", required=False)
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), help="Write all files into this new or empty folder."
)
@as_json
@options
def show_command(version: str, file: str | None, output: Path | None, as_json: bool, chosen: Options) -> int:
    """The files of a version: their names, the text of one of them, or all of them in a folder.

    \b
    Example: leadrelay rules show 5
             leadrelay rules show 5 rules/routing.yaml
             leadrelay rules show 5 --output rules-of-5
    """
    project = open_project(chosen.project, chosen.now)
    found = _version(project, version)
    if output is not None:
        if output.exists() and any(output.iterdir()):
            raise FolderNotEmpty(folder=output)
        written, _ = write_files(output, found.files, {})
        click.echo(f"{len(written)} files of version {found.version} are in {output}")
    elif file is not None:
        if file not in found.files:
            tell(f"Version {found.version} has no file {file}. 'leadrelay rules show {found.version}' lists them.")
            return 2
        click.echo(found.files[file], nl=False, file=for_data())
    elif as_json:
        print_json({**_as_dict(found, project), "files": dict(found.files)})
    else:
        click.echo("\n".join(sorted(found.files)))
    return 0


@click.command("rollback")
@click.argument("version", type=NUMBERED)
@click.option("--reason", metavar="TEXT", help="Why; it is kept in the log.")
@click.option("--write", is_flag=True, help="Put the files of that version into the rules folder as well.")
@click.option("--force", is_flag=True, help="Write over changes in the folder that are in no version.")
@as_json
@options_without_force
def rollback_command(
    version: int, reason: str | None, write: bool, force: bool, as_json: bool, chosen: Options
) -> None:
    """Puts an earlier version live again, exactly as it was, as a new version; a running `serve` follows at once.

    The rules folder stays as it is, and is not taken up again before something in it changes. With --write it gets the
    files of that version.

    \b
    Example: leadrelay rules rollback 5 --reason 'too many nudges'
             leadrelay rules rollback 5 --write
    """
    from leadrelay.rolling_back import roll_back

    project = open_project(chosen.project, chosen.now)
    done = roll_back(project, version, reason, write, force)
    if as_json:
        folder = "written" if write else "passed over" if done.is_passed_over else "the same"
        print_json(
            {
                "version": done.version,
                "to": done.to,
                "new": done.is_new,
                "changes": [one._asdict() for one in done.changes],
                "folder": folder,
                "written": list(done.written),
                "removed": list(done.removed),
            }
        )
        return
    again = "live again, as" if done.is_new else "what is live already, as"
    click.echo(f"Version {done.to} is {again} version {done.version}.")
    if done.is_new:
        _print(done.changes)
    if write:
        click.echo(f"The rules folder has its files: {len(done.written)} written, {len(done.removed)} removed.")
    elif done.is_passed_over:
        click.echo(
            "The rules folder has other rules, which are not taken up before something in it changes. "
            f"To put version {done.to} there as well: leadrelay rules rollback {done.to} --write"
        )
