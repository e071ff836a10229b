"""Who holds a lease: a token that names machine and process, so that nobody waits out a killed holder's lease."""

import os
import secrets
import socket
from functools import lru_cache
from pathlib import Path


def new_token() -> str:
    """A token that nobody else has: machine, process, and something random."""
    return token_of(os.getpid())


def token_of(process: int) -> str:
    """The same for another process of this machine."""
    return f"{_machine()}|{process}|{_started(process)}|{secrets.token_hex(8)}"


def gone(token: str | None) -> bool:
    """Whether the holder ran on this machine and runs no longer; False when that cannot be told."""
    parts = (token or "").split("|")
    if len(parts) != 4 or parts[0] != _machine() or not parts[1].isdigit():
        return False
    process = int(parts[1])
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return True
    except OSError:
        return False
    return parts[2] != _started(process)


def _started(process: int) -> str:
    """When the process was started, as the kernel counts; '' where that is not known. Process ids are used again."""
    try:
        stat = Path(f"/proc/{process}/stat").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""
    state, *rest = stat.rpartition(")")[2].split()
    return "" if state == "Z" else rest[18]  # killed, and nobody has asked yet what became of it


@lru_cache(maxsize=1)
def _machine() -> str:
    """This machine since its last start; containers that share a name differ in their space of process ids."""
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii").strip()
        space = str(Path("/proc/self/ns/pid").readlink()).removeprefix("pid:")
    except OSError:
        boot = space = ""
    return f"{socket.gethostname()}/{boot[:8]}{space}"
