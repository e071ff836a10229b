"""Who changed the rules of a project last, as far as git or the machine knows; never in the way of anything.

git is asked with a time limit, without hooks, prompts, signatures or a look at any other program. Where it refuses a
folder that belongs to somebody else (safe.directory), it is left at that: who may write there is not trusted here.
"""

import getpass
import os
import subprocess
from pathlib import Path

from leadrelay.rulebook.filters import clean
from leadrelay.store.rulesets import Origin

PARTS = ("rules", "templates", "packs")
PATIENCE = 5.0
"""Seconds that one question to git may take."""
_LONGEST = 120
_SAFELY = (
    *("-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "-c", "log.showSignature=false"),
    *("-c", "protocol.allow=never", "--no-pager", "--no-optional-locks", "--literal-pathspecs"),
)
_NOT_OURS = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_EXTERNAL_DIFF")


def origin_of(project: Path) -> Origin:
    """The author, commit and subject of the last commit that touched the rules, templates or packs of a project, and
    whether the files are otherwise now. Without all that, the user of this machine, or nothing. Raises nothing."""
    parts = [part for part in PARTS if (project / part).is_dir()]
    said = (
        _git(project, "log", "-1", "--no-show-signature", "--format=%an%x00%h%x00%s", "--", *parts) if parts else None
    )
    author, _, rest = (said or "").strip("\n").partition("\0")
    revision, _, subject = rest.partition("\0")
    if not revision:
        return Origin(person=user())
    status = _git(project, "status", "--porcelain", "--untracked-files=normal", "--", *parts)
    dirty = None if status is None else bool(status.strip())
    return Origin(in_a_line(author) or None, in_a_line(revision), in_a_line(subject) or None, dirty)


def user() -> str | None:
    """The user of this machine, if it has a name."""
    try:
        return in_a_line(getpass.getuser()) or None
    except (KeyError, OSError, ImportError):  # a container whose user has no name
        return None


def in_a_line(text: str) -> str:
    """What somebody wrote, as one harmless line."""
    return " ".join(clean(text, _LONGEST).split())


def _git(project: Path, *arguments: str) -> str | None:
    """What git says; None when it is not there, does not answer in time, or refuses."""
    environment = {name: value for name, value in os.environ.items() if name not in _NOT_OURS}
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_OPTIONAL_LOCKS": "0", "GIT_NO_LAZY_FETCH": "1", "LC_ALL": "C"}
    try:
        done = subprocess.run(
            ["git", "-C", str(project), *_SAFELY, *arguments],
            env={**environment, **quiet},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PATIENCE,
            check=False,
        )
    except (OSError, ValueError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace") if done.returncode == 0 else None
