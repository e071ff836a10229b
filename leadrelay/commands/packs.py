"""`packs`: the method packs of a project, and switching them on and off."""

from collections.abc import Collection, Mapping
from pathlib import Path

import click

from leadrelay.commands.common import Options, as_json, options, print_json, table, tell
from leadrelay.commands.rules import find_project
from leadrelay.errors import UnknownPack, UnreadableFile
from leadrelay.rulebook.load import Loaded, load, read_files
from leadrelay.rulebook.nodes import parse, plain
from leadrelay.rulebook.packs import FILE, HEAD, NAME
from leadrelay.rulebook.place import PACKS, pack_of
from leadrelay.rulebook.problem import show
from leadrelay.rulebook.switch import switch

PACK = click.argument("name", metavar="PACK")


@click.group("packs", invoke_without_command=True)
@as_json
@options
@click.pass_context
def packs_command(context: click.Context, as_json: bool, chosen: Options) -> None:
    """The method packs of this project: which are on, and what each brings. A pack is a folder packs/NAME/ with fields,
    rulebooks, lists, rule tests, reports and templates, as anybody could write them in rules/ and templates/.

    \b
    Example: leadrelay packs
             leadrelay packs on spin
             leadrelay packs off bant
    """
    if context.invoked_subcommand is not None:
        context.obj = chosen
        return
    folder, _ = find_project(chosen.project)
    known = known_packs(folder)
    every = load(_with(folder, known), proofread=False)
    on = {pack.name for pack in load(read_files(folder), proofread=False).ruleset.packs}
    rows = [
        {
            "pack": pack.name,
            "on": pack.name in on,
            "about": pack.about,
            "needs": list(pack.needs),
            "brings": _brings(every, pack.name),
        }
        for pack in every.ruleset.packs
    ]
    if as_json:
        print_json(rows)
    else:
        shown = [(row["pack"], "on" if row["on"] else "off", _counted(row["brings"]), row["about"]) for row in rows]
        click.echo(table(shown, ("PACK", "", "BRINGS", "ABOUT")) if shown else f"There are no packs in {PACKS}.")


@packs_command.command("on")
@PACK
@as_json
@options
def on_command(name: str, as_json: bool, chosen: Options) -> int:
    """Switches a pack on in rules/packs.yaml, if the rules pass `check` with it; otherwise shows why not.

    \b
    Example: leadrelay packs on scotsman
    """
    return _switch(name, True, as_json, chosen)


@packs_command.command("off")
@PACK
@as_json
@options
def off_command(name: str, as_json: bool, chosen: Options) -> int:
    """Switches a pack off in rules/packs.yaml, unless something else needs what it brings. Its folder stays.

    \b
    Example: leadrelay packs off bant
    """
    return _switch(name, False, as_json, chosen)


def known_packs(folder: Path) -> tuple[str, ...]:
    """The packs that a project has, on or off, by name."""
    return tuple(
        sorted(path.parent.name for path in (folder / PACKS).glob(f"*/{HEAD}") if NAME.fullmatch(path.parent.name))
    )


def _with(folder: Path, packs: Collection[str]) -> dict[str, str]:
    """The files of the project as if exactly these packs were on."""
    return read_files(folder, packs) | {FILE: f"packs: [{', '.join(packs)}]\n"}


def _brings(loaded: Loaded, name: str) -> dict[str, list[str]]:
    """The names of what a pack has, by kind."""
    ruleset = loaded.ruleset
    files = [file for file in loaded.files if pack_of(file) == name]

    def stems(part: str) -> list[str]:
        return sorted({Path(file).stem for file in files if f"/{part}/" in file})

    return {
        "fields": _fields(loaded.files.get(f"{PACKS}{name}/fields.yaml", "")),
        "rules": [rule.id for book in ruleset.rulebooks if pack_of(book.place.file) == name for rule in book.rules],
        "lists": stems("lists"),
        "reports": stems("reports"),
        "templates": stems("templates"),
        "tests": [test.name for test in loaded.tests if pack_of(test.place.file) == name],
    }


def _fields(text: str) -> list[str]:
    """The paths of the fields that a fields.yaml declares."""
    document = plain(parse(text, "", []))
    subjects = document if isinstance(document, dict) else {}
    return [f"{subject}.extra.{name}" for subject, fields in subjects.items() for name in fields or ()]


def _counted(brings: object) -> str:
    assert isinstance(brings, Mapping)
    return ", ".join(
        f"{len(names)} {kind if len(names) > 1 else kind.removesuffix('s')}" for kind, names in brings.items() if names
    )


def _switch(name: str, on: bool, as_json: bool, chosen: Options) -> int:
    folder, _ = find_project(chosen.project)
    known = known_packs(folder)
    if name not in known:
        raise UnknownPack(pack=name, known=", ".join(known) or "none")
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8") if path.exists() else None
        changed = switch(text, name, on)
        wrong = _errors_after(folder, changed, known)
        if not wrong and changed != text:
            path.write_text(changed, encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFile(file=path, why=str(error)) from error
    word = "on" if on else "off"
    if as_json:
        print_json({"pack": name, "on": on != bool(wrong), "changed": not wrong and changed != text, "findings": wrong})
    elif wrong:
        tell(f"{name} is not switched {word}: the rules would have faults.")
    else:
        click.echo(f"{name} is {word}." if changed != text else f"{name} was {word} already.")
    return 1 if wrong else 0


def _errors_after(folder: Path, packs_yaml: str, known: Collection[str]) -> list[dict[str, object]]:
    """What keeps the rules from going live with this rules/packs.yaml, told on standard error as `check` would."""
    loaded = load(read_files(folder, known) | {FILE: packs_yaml})
    for one in loaded.errors:
        tell(show(one, loaded.files) + "\n")
    return [one.as_dict() for one in loaded.errors]
