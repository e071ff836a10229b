"""`check` and `fields`: what ops ask of rule files, without a database and without Prefect."""

from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import click

from leadrelay.checked import Sound, digest, parts_of
from leadrelay.commands.common import Options, as_json, options, print_json, table
from leadrelay.errors import UnreadableFile
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.problem import Problem, in_order, show
from leadrelay.settings import FILE, glance, language_of

if TYPE_CHECKING:  # what is known to be sound needs none of it
    from leadrelay.rulebook.load import Loaded

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


def load_part(
    chosen: Options, path: Path | None, proofread: bool = True, sound: Sound | None = None
) -> tuple["Loaded", str | None]:
    """The project that a path is in or is, loaded, and the part of it that is meant. `sound`: what need not be looked
    at again."""
    from leadrelay.rulebook.load import load, read_files

    folder, part = find_project(_meant(path, chosen))
    return load(read_files(folder), proofread, sound), part


def _meant(path: Path | None, chosen: Options) -> Path:
    """The path that is meant: one that is not here may be written from inside the project that --project names."""
    if path is not None and not path.exists() and (chosen.project / path).exists():
        return chosen.project / path
    return path or chosen.project


def within(place_file: str, part: str | None) -> bool:
    """Whether a file is in the part that is meant."""
    return part is None or place_file == part or place_file.startswith(f"{part}/")


@click.command("check")
@PATH
@click.option("--data", is_flag=True, help="Look in the database too: at fields that rules test and no subject has.")
@as_json
@options
def check_command(path: Path | None, data: bool, as_json: bool, chosen: Options) -> int:
    """Every fault in every rule file and template, in one go, with its place and its remedy.

    \b
    Example: leadrelay check
             leadrelay check rules/routing.yaml --json
             leadrelay check --data
    """
    folder, _ = find_project(_meant(path, chosen))
    sound, whole = Sound(), parts_of(folder)
    key = digest("project", whole) if whole is not None else ""
    if (count := sound.get(key)) is not None and not data:
        _print(as_json, [], {}, count)
        return 0
    loaded, part = load_part(chosen, path, sound=sound)
    found = [*loaded.problems, *_settings_problems(path, chosen), *_upkeep(loaded, path, chosen)]
    if data and loaded.usable:
        found += _in_the_data(loaded, folder, chosen)
    problems = in_order(one for one in found if within(one.place.file, part))
    if not found and whole is not None and parts_of(folder) == whole:
        sound.add(key, len(loaded.files))
    sound.keep()
    _print(as_json, problems, loaded.files, len(loaded.files))
    return 1 if any(one.severity == "error" for one in problems) else 0


def _settings_problems(path: Path | None, chosen: Options) -> list[Problem]:
    folder, _ = find_project(_meant(path, chosen))
    wrong = glance(folder)
    remedy = "'leadrelay init DIR' writes one that is right, with comments."
    return [Problem(Place(FILE, 1, 1), "bad-settings", wrong, remedy)] if wrong else []


def _in_the_data(loaded: "Loaded", folder: Path, chosen: Options) -> list[Problem]:
    """What the database shows of the folder's rules. Raises NoProject, NoDatabase, DatabaseBusy, BadTime."""
    from leadrelay.project import open_project
    from leadrelay.report.empty_fields import check_data

    project = open_project(folder, chosen.now, rules="live")
    with project.database.read() as connection:
        return check_data(loaded, connection, project.clock())


def _upkeep(loaded: "Loaded", path: Path | None, chosen: Options) -> list[Problem]:
    """What no single file shows; looked for only where no file has an error."""
    if not loaded.usable:
        return []
    from leadrelay.rulebook.lint.swings import swinging
    from leadrelay.rulebook.lint.upkeep import check_upkeep

    folder, _ = find_project(_meant(path, chosen))
    found = check_upkeep(loaded, language_of(folder))
    if swinging(loaded.ruleset):  # mostly there is nothing that the state machine need be asked
        from leadrelay.act.circles import check_circles

        found += check_circles(loaded.ruleset)
    return found


def _print(as_json: bool, problems: list[Problem], files: Mapping[str, str], count: int) -> None:
    if as_json:
        print_json({"findings": [one.as_dict() for one in problems]})
        return
    for one in problems:
        click.echo(show(one, files) + "\n")
    errors = sum(one.severity == "error" for one in problems)
    if problems:
        click.echo(f"{errors} error(s), {len(problems) - errors} warning(s)")
    else:
        click.echo(f"No faults in {count} files.")


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
