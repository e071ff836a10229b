"""A version that was live before goes live again: as a version of its own, with the files that it had.

The rules folder stays as it is, and is not taken up as long as it does; or the files are put back in it as well.
"""

from collections.abc import Iterable, Mapping
from pathlib import Path

from msgspec import Struct
from sqlalchemy import Connection

from leadrelay.errors import CannotRollBack, FolderUnsaved, UnknownVersion, UnreadableFile
from leadrelay.folder import write_files
from leadrelay.origin import in_a_line, user
from leadrelay.project import Project
from leadrelay.rulebook.differences import as_a_line, differences
from leadrelay.rulebook.load import Loaded, digest_of, load, read_files
from leadrelay.rulebook.renames import renames, replaced
from leadrelay.rulebook.rule_differences import Change
from leadrelay.store import agenda, renaming, rulesets
from leadrelay.store.own_values import holders
from leadrelay.store.rulesets import Origin, Version

_NAMED = 5
"""So many files are named."""


class RolledBack(Struct, frozen=True):
    """What was done. `version` is live now, with the files of `to`; `is_new`: it was put live for that. `changes` are
    what it means otherwise than what was live. `is_passed_over`: the rules folder has something else, which is left
    alone. `written` and `removed` are the files of the folder that were touched."""

    to: int
    version: int
    is_new: bool
    changes: tuple[Change, ...] = ()
    is_passed_over: bool = False
    written: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


def roll_back(
    project: Project, number: int, reason: str | None = None, write: bool = False, force: bool = False
) -> RolledBack:
    """Puts version `number` live again, in one transaction; with `write`, its files into the rules folder too.

    `force`: even if the folder has changes that are in no version, or a field with values had another type then. Raises
    UnknownVersion, CannotRollBack, FolderUnsaved, CannotWrite, UnreadableFile, NoDatabase, DatabaseBusy."""
    with project.database.read() as conn:
        target, live = rulesets.version_of(conn, number), rulesets.live(conn)
        if target is None or live is None:
            raise UnknownVersion(version=number)
        loaded, before = load(target.files), load(live.files, proofread=False)
        folder = _folder(project.folder)
        if not force:
            _check_values(conn, number, loaded, before)
        if loaded.errors:
            first = f"{loaded.errors[0].place}: {loaded.errors[0].message.rstrip('.')}"
            raise CannotRollBack(version=number, why=f"it has {len(loaded.errors)} fault(s) by now, first {first}")
        if write and not force:
            _check_saved(conn, number, folder, live)
    over = digest_of(folder) if folder and digest_of(folder) != target.digest else None
    changes = tuple(differences(loaded, before))
    done = RolledBack(number, live.version, False, changes, over is not None)
    if live.digest != target.digest or over not in (None, live.origin.passed_over):
        origin = Origin(user(), None, in_a_line(reason or "") or None, None, as_a_line(changes), over)
        done = RolledBack(
            number, _put_live(project, target, live, (before, loaded), origin), True, changes, over is not None
        )
    if not write:
        return done
    written, removed = write_files(project.folder, target.files, folder)
    with project.database.begin() as conn:
        rulesets.take_up_again(conn, done.version)
    return RolledBack(number, done.version, done.is_new, changes, False, written, removed)


def _folder(project: Path) -> Mapping[str, str]:
    try:
        return read_files(project)
    except UnreadableFile:  # what cannot be read cannot be taken up either
        return {}


def _check_values(conn: Connection, number: int, loaded: Loaded, before: Loaded) -> None:
    """Own fields that have values now and had another type then would be read wrongly."""
    types = {field.path: field.type for field in before.ruleset.fields.extras}
    for field in loaded.ruleset.fields.extras:
        now = types.get(field.path, field.type)
        if field.type != now and (count := holders(conn, field.path)):
            why = f"{field.path} was of type {field.type} then and is {now} by now, and {count} subject(s) have a value"
            raise CannotRollBack(version=number, why=f"{why}. Clear them first, or add --force")


def _check_saved(conn: Connection, number: int, folder: Mapping[str, str], live: Version) -> None:
    if rulesets.holding(conn, digest_of(folder)) is None and folder:
        raise FolderUnsaved(version=number, files=_named(_different(folder, live.files)))


def _different(one: Mapping[str, str], other: Mapping[str, str]) -> list[str]:
    return sorted(file for file in {*one, *other} if one.get(file) != other.get(file))


def _named(files: Iterable[str]) -> str:
    found = list(files)
    return ", ".join(found[:_NAMED]) + (f" and {len(found) - _NAMED} more" if len(found) > _NAMED else "")


def _put_live(project: Project, target: Version, live: Version, versions: tuple[Loaded, Loaded], origin: Origin) -> int:
    now, (before, loaded) = project.clock(), versions
    with project.database.begin() as conn:
        if rulesets.live_number(conn) != live.version:
            raise CannotRollBack(version=target.version, why="another version went live in this very moment. Try again")
        cause = f"rollback to {target.version}"
        version = rulesets.put_live(conn, target.digest, target.files, now, cause, origin)
        moved = renames(before.ruleset, loaded.ruleset)
        renaming.rename(conn, moved, replaced(before.ruleset, moved), now)
        agenda.touch_all(conn, loaded.ruleset, now)
    return version
