"""`check` and `fields`: what ops ask of rule files, without a database and without Prefect."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath

import click

from leadrelay.commands.common import Options, as_json, options, print_json, table
from leadrelay.errors import UnreadableFile
from leadrelay.rulebook.load import Loaded, load, read_files
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.problem import Problem, in_order, show
from leadrelay.settings import FILE, glance

PATH = click.argument("path", required=False, type=click.Path(path_type=Path))


def find_project(path: Path) -> tuple[Path, str | None]:
    """The project folder that a path lies in, and the path inside it when it is only a part: (folder, 'rules/x.yaml').

    A rules folder or a file of one stands for its project. Raises UnreadableFile when there is nothing there."""
    path = path.absolute()
    if not path.exists():
        raise UnreadableFile(file=path, why="there is no such file or folder")
    if path.is_dir() and (path / "rules").is_dir():
        return path, None
    for parent in path.parents:
        inside = path.relative_to(parent).parts
        if inside[0] in ("rules", "templates", "packs") and (parent / inside[0]).is_dir():
            return parent, str(PurePosixPath(*inside))
    raise UnreadableFile(file=path, why="it is no project folder: there is no folder 'rules' in it")


def load_part(chosen: Options, path: Path | None, proofread: bool = True) -> tuple[Loaded, str | None]:
    """The project that a path is in or is, loaded, and the part of it that is meant."""
    if path is not None and not path.exists() and (chosen.project / path).exists():
        path = chosen.project / path  # as written from inside the project that --project names
    folder, part = find_project(path or chosen.project)
    return load(read_files(folder), proofread), part


def within(place_file: str, part: str | None) -> bool:
    """Whether a file is in the part that is meant."""
    return part is None or place_file == part or place_file.startswith(f"{part}/")


@click.command("check")
@PATH
@as_json
@options
def check_command(path: Path | None, as_json: bool, chosen: Options) -> int:
    """Every fault in every rule file and template, in one go, with its place and its remedy.

    \b
    Example: leadrelay check
             leadrelay check rules/routing.yaml --json
    """
    loaded, part = load_part(chosen, path)
    found = [*loaded.problems, *_settings_problems(path, chosen)]
    problems = in_order(one for one in found if within(one.place.file, part))
    if as_json:
        print_json({"findings": [one.as_dict() for one in problems]})
    else:
        _print_findings(problems, loaded.files)
    return 1 if any(one.severity == "error" for one in problems) else 0


def _settings_problems(path: Path | None, chosen: Options) -> list[Problem]:
    folder, _ = find_project(path or chosen.project)
    wrong = glance(folder)
    remedy = "'leadrelay init DIR' writes one that is right, with comments."
    return [Problem(Place(FILE, 1, 1), "bad-settings", wrong, remedy)] if wrong else []


def _print_findings(problems: list[Problem], files: Mapping[str, str]) -> None:
    for one in problems:
        click.echo(show(one, files) + "\n")
    errors = sum(one.severity == "error" for one in problems)
    if problems:
        click.echo(f"{errors} error(s), {len(problems) - errors} warning(s)")
    else:
        click.echo(f"No faults in {len(files)} files.")


@click.command("fields")
@click.argument("subject", required=False, type=click.Choice(["request", "contact", "account", "opportunity", "owner"]))
@as_json
@options
def fields_command(subject: str | None, as_json: bool, chosen: Options) -> None:
    """Every field that a rule may name, with its type and meaning; the company's own included.

    \b
    Example: leadrelay fields request
    """
    loaded, _ = load_part(chosen, None)
    found = [one for one in loaded.ruleset.fields.by_path.values() if subject in (None, one.entity)]
    if as_json:
        print_json(
            [
                {
                    "path": one.path,
                    "type": one.type,
                    "about": one.about,
                    "choices": list(one.choices),
                    "derived": one.derived,
                }
                for one in found
            ]
        )
        return
    rows = ((one.path, one.type, f"{one.about}{': ' if one.choices else ''}{' '.join(one.choices)}") for one in found)
    click.echo(table(rows, ("FIELD", "TYPE", "MEANING")))
