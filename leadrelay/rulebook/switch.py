"""Switches packs on and off in the text of rules/packs.yaml, and leaves its comments where they are."""

import re

from leadrelay.errors import PacksByHand
from leadrelay.rulebook.packs import FILE, switched_on

NEW = "# The method packs that are switched on; 'leadrelay packs' lists them all.\npacks: []\n"
_INLINE = re.compile(r"^packs:[ \t]*\[([^\]#]*)\]", re.MULTILINE)
_ITEM = re.compile(r"^([ \t]*)-[ \t]+['\"]?([a-z][a-z0-9_]*)['\"]?[ \t]*(#.*)?$")
_KEY = re.compile(r"^packs:[ \t]*(#.*)?$", re.MULTILINE)


def switch(text: str | None, name: str, on: bool) -> str:
    """The text with a pack switched on (as the last one) or off; as it was when nothing is to be changed.

    Raises PacksByHand when the list is written in a way that only a person can edit well."""
    text = text if text and text.strip() else NEW
    before = switched_on(text)
    if (name in before) == on:
        return text
    wanted = (*before, name) if on else tuple(one for one in before if one != name)
    changed = _inline(text, wanted) if _INLINE.search(text) else _lines(text, name, on, bool(wanted))
    if switched_on(changed) != wanted:
        raise PacksByHand(file=FILE, pack=name, word="Add" if on else "Remove")
    return changed


def _inline(text: str, wanted: tuple[str, ...]) -> str:
    return _INLINE.sub(f"packs: [{', '.join(wanted)}]", text, count=1)


def _lines(text: str, name: str, on: bool, any_left: bool) -> str:
    lines = text.splitlines()
    items = [(number, found) for number, line in enumerate(lines) if (found := _ITEM.match(line))]
    if on:
        at, indent = (items[-1][0] + 1, items[-1][1][1]) if items else (len(lines), "  ")
        lines.insert(at, f"{indent}- {name}")
    else:
        lines = [line for line in lines if not ((found := _ITEM.match(line)) and found[2] == name)]
    joined = "\n".join(lines) + "\n"
    return joined if any_left else _KEY.sub("packs: []", joined, count=1)
