"""The password of a Prefect server: that of the settings, or one that the project makes for its own server.

It stands in the settings' environment or in var/prefect/password (0600), and goes to Prefect through the environment
of its processes, which only their owner can read: never in a log, an answer or a command line.
"""

import base64
import os
import secrets
from pathlib import Path
from typing import TYPE_CHECKING

from flows.environment import PASSWORD, home
from flows.note import noted
from leadrelay.errors import NoProject
from leadrelay.private import is_private, make_folder, open_private
from leadrelay.settings import read_settings

if TYPE_CHECKING:
    from leadrelay.project import Project

USER = "leadrelay"


def password_file(project: Path) -> Path:
    """Where the password of a project's own server is kept, as `user:password`."""
    return home(project) / "password"


def own_password(project: Path) -> str:
    """`user:password` of the project's own server: the settings', or that of the file, which is made if need be.

    A file that others could read is worth nothing any more: it is made anew. Raises OSError."""
    if (said := _said(project)) is not None:
        return said
    path = password_file(project)
    make_folder(path.parent)
    if path.exists() and not (is_private(path) and kept_password(project)):
        path.unlink()
    try:
        with open_private(path, "x", encoding="ascii") as file:
            file.write(f"{USER}:{secrets.token_urlsafe(32)}")
    except FileExistsError:
        pass
    return kept_password(project) or own_password(project)


def kept_password(project: Path) -> str | None:
    """What the file holds, if there is one."""
    try:
        return password_file(project).read_text(encoding="ascii").strip() or None
    except (OSError, UnicodeError):
        return None


def password_for(api_url: str, project: "Project") -> str | None:
    """`user:password` for the server at this address. The project's own goes to the project's own server alone."""
    if project.settings.prefect_auth is not None:
        return project.settings.prefect_auth.get_secret_value()
    note = noted(project.folder)
    if note is not None and note.url == api_url and not note.is_gone:
        return kept_password(project.folder)
    return os.environ.get(PASSWORD)


def _said(project: Path) -> str | None:
    """What the settings say, if there are any."""
    try:
        said = read_settings(project).prefect_auth
    except NoProject:
        return None
    return None if said is None else said.get_secret_value()


def authorization(password: str) -> dict[str, str]:
    """The header that shows `user:password`."""
    return {"Authorization": "Basic " + base64.b64encode(password.encode()).decode()}
