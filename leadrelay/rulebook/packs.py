"""Reads rules/packs.yaml, which says what method packs are switched on, and the pack.yaml of each of them.

A pack is a folder `packs/NAME/` with what any user could write: pack.yaml, fields.yaml, rulebooks, lists/, tests/,
reports/ and templates/. Switched on, its files count as if they stood in rules/ and templates/; off, they are not read.
"""

import re
from collections.abc import Iterator, Mapping

from msgspec import Struct

from leadrelay.rulebook.context import Context
from leadrelay.rulebook.nodes import Mapping as Keys
from leadrelay.rulebook.nodes import Node, Scalar, Sequence, parse
from leadrelay.rulebook.place import PACKS, Place, home, own_first, pack_of

FILE = "rules/packs.yaml"
HEAD = "pack.yaml"
KEYS = ("pack", "about", "needs")
NOT_IN_PACKS = ("team.yaml", "calendar.yaml", "messages.yaml", "packs.yaml")
"""What only the company itself can say, and no pack for it."""
NAME = re.compile(r"[a-z][a-z0-9_]*")


class Pack(Struct, frozen=True):
    """A method pack: its name, what it is for, and the packs that must be on with it."""

    name: str
    about: str = ""
    needs: tuple[str, ...] = ()


def switched_on(text: str | None) -> tuple[str, ...]:
    """The packs that a rules/packs.yaml switches on, in its order; what is wrong in it, `load_packs` reports."""
    node = parse(text, FILE, []) if text else None
    return tuple(dict.fromkeys(item.text.strip() for item in _items(node) if NAME.fullmatch(item.text.strip())))


def _items(document: Node | None) -> Iterator[Scalar]:
    listed = document.get("packs") if isinstance(document, Keys) else None
    for item in listed if isinstance(listed, Sequence) else ():
        if isinstance(item, Scalar):
            yield item


def in_use(files: Mapping[str, str]) -> dict[str, str]:
    """The files without those of packs that are off."""
    on = {None, *switched_on(files.get(FILE))}
    return {file: text for file, text in files.items() if pack_of(file) in on}


def load_packs(ctx: Context) -> tuple[Pack, ...]:
    """The packs that are switched on, in the order of rules/packs.yaml. What is wrong there is reported."""
    document = ctx.document(FILE)
    if document is None:
        return ()
    ctx.keys(document, ("packs",), "rules/packs.yaml")
    listed = ctx.sequence(document.get("packs"), "'packs'")
    places: dict[str, Scalar] = {}
    for item in ctx.texts(listed, "A pack"):
        name = item.text.strip()
        if name in places:
            message = f"The pack '{name}' is switched on in line {places[name].place.line} already."
            ctx.report(item.place, "duplicate-pack", message, "Remove one of them.", "warning")
        elif f"{PACKS}{name}/{HEAD}" in ctx.broken:
            continue
        elif f"{PACKS}{name}/{HEAD}" not in ctx.files or not NAME.fullmatch(name):
            message = f"There is no pack '{name}': the file {PACKS}{name}/{HEAD} is missing."
            ctx.report(item.place, "unknown-pack", message, "'leadrelay packs' lists those that there are.")
        else:
            places[name] = item
    packs = {name: read_pack(ctx, name) for name in places}
    for pack in packs.values():
        for other in pack.needs:
            if other not in packs:
                message = f"The pack '{pack.name}' needs the pack '{other}', which is off."
                ctx.report(places[pack.name].place, "pack-needs", message, f"Add '{other}', or remove '{pack.name}'.")
    _report_strangers(ctx)
    return tuple(packs.values())


def read_pack(ctx: Context, name: str) -> Pack:
    """What `packs/NAME/pack.yaml` says; what is wrong there is reported and left out."""
    file = f"{PACKS}{name}/{HEAD}"
    document = ctx.document(file)
    if document is None:
        return Pack(name)
    ctx.keys(document, KEYS, "a pack")
    for key in ("pack", "about"):
        if key not in document:
            ctx.report(document.place, "missing-key", f"The pack has no '{key}'.", f"Add {key}: and a few words.")
    node = document.get("pack")
    given = ctx.text(node, "'pack'")
    if given is not None and node is not None and given != name:
        message = f"The pack is called '{given}', and its folder '{name}'."
        ctx.report(node.place, "bad-name", message, f"Write pack: {name}, or give the folder that name.")
    needs = tuple(item.text.strip() for item in ctx.texts(document.get("needs"), "A pack that this one needs"))
    return Pack(name, ctx.text(document.get("about"), "'about'") or "", needs)


def _report_strangers(ctx: Context) -> None:
    """Files of packs that nothing reads, and templates that would stand in for another."""
    templates: dict[str, str] = {}
    for file in own_first(ctx.files):
        if home(file).startswith("templates/") and (first := templates.setdefault(home(file), file)) != file:
            message = f"There is a template of that name and language already: {first}."
            ctx.report(Place(file, 1, 1), "duplicate-template", message, "Give one of them another name.")
        name = home(file).removeprefix("rules/")
        if pack_of(file) and name in NOT_IN_PACKS:
            message = f"A pack has no {name}: nothing reads this file."
            ctx.report(Place(file, 1, 1), "unread-file", message, f"Write it in rules/{name}.", "warning")
