"""Reads leadrelay.toml and LEADRELAY_… into settings, and says in which line they are wrong."""

import difflib
import os
import re
import tomllib
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from leadrelay.errors import BadSettings, NoProject

if TYPE_CHECKING:
    from pydantic import ValidationError

    from leadrelay.settings_model import Settings

FILE = "leadrelay.toml"
PREFIX = "LEADRELAY_"

PLAIN: dict[str, Callable[[Any], bool]] = {
    "company.name": lambda value: isinstance(value, str),
    "company.language": lambda value: value in ("en", "nl"),
    "company.currency": lambda value: isinstance(value, str) and re.fullmatch("[A-Z]{3}", value) is not None,
    "database.url": lambda value: isinstance(value, str),
    "mail.url": lambda value: isinstance(value, str),
    "mail.from": lambda value: isinstance(value, str) and len(value) > 2,
    "first_run_limit": lambda value: type(value) is int and value >= 0,
    "rule_hour_limit": lambda value: type(value) is int and value >= 1,
}
"""The settings that most projects have, and what is surely right; everything else is for Pydantic to judge."""

_HEADER = re.compile(r"\s*\[\s*([\w.\s\"'-]+?)\s*\]")
_KEY = re.compile(r"\s*([\w.\"'-]+)\s*=")


def read_settings(project: Path) -> "Settings":
    """The settings of a project folder: its leadrelay.toml, overridden by the environment (`LEADRELAY_DATABASE__URL`).

    Raises NoProject without such a file, BadSettings with every fault and its line or variable."""
    # Here, because these two take a quarter of a second that `check` and `test` do not have.
    from pydantic import ValidationError
    from pydantic_settings import SettingsError

    from leadrelay.settings_model import Settings

    text, written = _read(project)
    try:
        settings = Settings.of(project, written)
    except ValidationError as error:
        raise BadSettings(file=FILE, what="; ".join(_faults(error, text))) from error
    except SettingsError as error:
        raise BadSettings(file="the environment", what=str(error)) from error
    stray = list(_stray_variables(Settings.model_fields))
    if stray:
        raise BadSettings(file="the environment", what="; ".join(stray))
    return settings


def glance(project: Path) -> str | None:
    """What is wrong with the project's leadrelay.toml, or None; as good as free as long as nothing is."""
    try:
        _, written = _read(project)
        if not _plain(written):
            read_settings(project)
    except NoProject:
        return None
    except BadSettings as error:
        return str(error)
    return None


def language_of(project: Path) -> str:
    """The company's language, without a closer look at the rest; `en` where nothing readable says so."""
    said = os.environ.get(f"{PREFIX}COMPANY__LANGUAGE")
    try:
        company = _read(project)[1].get("company")
    except (NoProject, BadSettings):
        company = None
    return said or str((company if isinstance(company, dict) else {}).get("language", "en"))


def _plain(written: dict[str, Any]) -> bool:
    """Whether every setting is a known one with a value that needs no closer look."""
    flat = {
        f"{name}.{key}" if isinstance(one, dict) else name: value
        for name, one in written.items()
        for key, value in (one.items() if isinstance(one, dict) else ((name, one),))
    }
    return all(name in PLAIN and PLAIN[name](value) for name, value in flat.items())


def _read(project: Path) -> tuple[str, dict[str, Any]]:
    """The text of the project's leadrelay.toml, and what it says."""
    file = project / FILE
    try:
        text = file.read_text(encoding="utf-8")
        return text, tomllib.loads(text)
    except FileNotFoundError as error:
        raise NoProject(folder=project) from error
    except (OSError, ValueError) as error:
        raise BadSettings(file=FILE, what=f"it is not readable as TOML: {error}") from error


def _faults(error: "ValidationError", text: str) -> Iterator[str]:
    """Each fault as 'line 4: mail.port: …', or with the variable that it came from."""
    from leadrelay.settings_model import Settings

    for fault in error.errors(include_input=False, include_url=False):
        keys = tuple(str(key) for key in fault["loc"])
        name = ".".join(keys)
        if fault["type"] == "extra_forbidden":
            what = f"there is no setting '{name}'{_meant(name, _names(Settings.model_json_schema()))}"
        else:
            what = f"{name}: {fault['msg'][:1].lower()}{fault['msg'][1:]}"
        yield f"{_source(keys, text)}{what}"


def _source(keys: Sequence[str], text: str) -> str:
    """Where a setting got its value: the variable, else the line of the file."""
    variable = PREFIX + "__".join(keys).upper()
    if variable in os.environ:
        return f"{variable}: "
    line = line_of(text, keys)
    return f"line {line}: " if line else ""


def line_of(text: str, keys: Sequence[str]) -> int | None:
    """The line (from 1) of a TOML text in which the setting at these keys stands, or the nearest table around it."""
    wanted, table, best = list(keys), list[str](), (0, 0)
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            table = found = _parts(header[1])
        elif key := _KEY.match(line):
            found = table + _parts(key[1])
        else:
            continue
        if found == wanted[: len(found)] and len(found) > best[0]:
            best = (len(found), number)
    return best[1] or None


def _parts(dotted: str) -> list[str]:
    return [part.strip(" \"'") for part in dotted.split(".")]


def _names(schema: dict[str, Any]) -> list[str]:
    """Every setting's dotted name, from the JSON Schema of the settings."""
    names = []
    for name, about in schema["properties"].items():
        section = schema["$defs"].get(str(about.get("$ref")).rpartition("/")[2])
        names += [name, *(f"{name}.{one}" for one in section["properties"])] if section else [name]
    return names


def _meant(name: str, known: Sequence[str]) -> str:
    found = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean '{found[0]}'?" if found else f"; known are {', '.join(known)}"


def _stray_variables(known: Sequence[str] | dict[str, Any]) -> Iterator[str]:
    """Nested variables of a section that does not exist: a mistyped one would else be passed over in silence."""
    for variable in os.environ:
        section, nested, _ = variable.removeprefix(PREFIX).lower().partition("__")
        if variable.startswith(PREFIX) and nested and section not in known:
            yield f"{variable}: there is no section '{section}'{_meant(section, list(known))}"
