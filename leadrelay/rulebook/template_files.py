"""Which files are templates, and which templates and layouts are missing; without Jinja2, which is slow to load."""

from collections.abc import Iterator, Mapping

from leadrelay.rulebook.place import Place, home
from leadrelay.rulebook.problem import Problem

FOLDER = "templates/"
SUFFIX = ".j2"
LAYOUTS = {"text": "base.txt.j2", "html": "base.html.j2"}
"""The two layouts that every message is rendered with."""


def is_layout(path: str) -> bool:
    """Whether a path is that of one of the layouts."""
    return path.startswith(FOLDER) and path.removeprefix(FOLDER) in LAYOUTS.values()


def message_of(path: str) -> tuple[str, str] | None:
    """(language, name) of a message template's path."""
    parts = home(path).split("/")
    if len(parts) != 3 or f"{parts[0]}/" != FOLDER or not path.endswith(SUFFIX):
        return None
    return parts[1], parts[2].removesuffix(SUFFIX)


def missing(files: Mapping[str, str]) -> Iterator[Problem]:
    """Templates that one language has and another has not, and layouts that are not there."""
    found = {pair: path for path in sorted(files) if (pair := message_of(path))}
    languages = sorted({language for language, _ in found})
    for (_, name), path in found.items():
        for other in languages:
            if (other, name) not in found:
                remedy = f"Write {FOLDER}{other}/{name}{SUFFIX}, or remove the template from the other language."
                message = f"The template '{name}' does not exist in '{other}'."
                yield Problem(Place(path, 1, 1), "template-language", message, remedy, "warning")
    for layout in LAYOUTS.values() if found else ():
        if FOLDER + layout not in files:
            remedy = "Copy it from a fresh 'leadrelay init'."
            yield Problem(Place(FOLDER + layout, 1, 1), "template-layout", "The layout is missing.", remedy)
