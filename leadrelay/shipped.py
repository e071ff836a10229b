"""Where the rules, templates and packs are that leadrelay is shipped with."""

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from importlib.resources import as_file, files
from pathlib import Path

from leadrelay.rulebook.words import LANGUAGES

LAYOUTS = ("templates/base.txt.j2", "templates/base.html.j2")


@contextmanager
def shipped() -> Iterator[Path]:
    """The folder that holds `rules`, `templates` and `packs`: a checkout has them at its top. Raises OSError."""
    with as_file(files("leadrelay")) as package:
        inside = package / "shipped"
        yield inside if inside.is_dir() else package.parent


def shipped_list(name: str) -> tuple[str, ...]:
    """The entries of a list of texts as it is shipped, for what leadrelay itself reads. Raises OSError."""
    import yaml  # here, because few commands read one

    with shipped() as folder:
        return tuple(yaml.safe_load((folder / f"rules/lists/{name}.yaml").read_text(encoding="utf-8")))


def with_own_words(project: Mapping[str, str], names: Collection[str]) -> Mapping[str, str]:
    """The files of a project by path, with those of the message templates `names` that it lacks, and the layouts if it
    has none, as they are shipped: what leadrelay itself has to say must not hang on a template that is not there."""
    wanted = [f"templates/{language}/{name}.j2" for language in LANGUAGES for name in names]
    missing = [path for path in (*LAYOUTS, *wanted) if path not in project]
    if not missing:
        return project
    with shipped() as folder:
        return {**project, **{path: (folder / path).read_text(encoding="utf-8") for path in missing}}
