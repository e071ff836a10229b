"""Watches the rules, templates and packs of a project for changes."""

from pathlib import Path

PARTS = ("rules", "templates", "packs")
Seen = tuple[tuple[str, int, int], ...]
"""Path, time of change and size of every file."""


class RulesFolder:
    """Tells when files have changed; a change that is still under way is not told yet."""

    def __init__(self, project: Path) -> None:
        self._parts = [project / part for part in PARTS]
        self._taken = self._last = self._look()

    def changed(self) -> bool:
        """Whether anything is different since this last said so, and has stayed the same since the last look."""
        seen, before = self._look(), self._last
        self._last = seen
        if seen == self._taken or seen != before:
            return False
        self._taken = seen
        return True

    def _look(self) -> Seen:
        found = []
        for part in self._parts:
            for path in sorted(part.rglob("*")):
                try:
                    stat = path.stat()
                except OSError:
                    continue  # gone between the listing and the look
                found.append((str(path), stat.st_mtime_ns, stat.st_size))
        return tuple(found)
