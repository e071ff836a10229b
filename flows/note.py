"""What is noted of a project's own Prefect server, in var/prefect/server.json: where it is, and whose."""

import json
from pathlib import Path

from msgspec import Struct

from flows.environment import home
from leadrelay.private import write_private
from leadrelay.store.holder import gone, new_token, token_of


class Note(Struct, frozen=True):
    """A server: its address, its process, `keeper`: who started it and will stop it. `server`: the process again, so
    that another one with the same number is not taken for it; '' in a note of an earlier version."""

    url: str
    pid: int
    keeper: str
    server: str = ""

    @property
    def is_orphan(self) -> bool:
        """Whether whoever started it was killed and left it behind."""
        return gone(self.keeper)

    @property
    def is_gone(self) -> bool:
        """Whether the process has ended: what answers at its address now is somebody else."""
        return gone(self.server)


def note_file(project: Path) -> Path:
    """Where it is noted."""
    return home(project) / "server.json"


def noted(project: Path) -> Note | None:
    """The server that was started for this project before."""
    try:
        found = json.loads(note_file(project).read_text(encoding="utf-8"))
        return Note(str(found["url"]), int(found["pid"]), str(found["keeper"]), str(found.get("server", "")))
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None


def write_note(project: Path, url: str, pid: int) -> None:
    """Notes a server that this process has started. Raises OSError."""
    note = {"url": url, "pid": pid, "keeper": new_token(), "server": token_of(pid)}
    write_private(note_file(project), json.dumps(note).encode())
