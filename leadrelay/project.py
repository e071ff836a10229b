"""A project folder opened for work: its settings, database and clock, and the rules that are in force."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

from msgspec import Struct, field

from leadrelay.clock import Clock, clock_of
from leadrelay.errors import NoDatabase, RulesUnusable
from leadrelay.rulebook.load import Loaded, digest_of, load, read_files
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.problem import show
from leadrelay.settings import read_settings
from leadrelay.store import agenda, rulesets
from leadrelay.store.database import Database

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings

Rules = Literal["take_up", "live", "folder"]
"""Which rules a command wants: the folder's, put live if they are new and sound; those that are live; the folder's."""
Made = TypeVar("Made")


class Project(Struct):
    """Everything a command needs. `files` are the rule files and templates of the ruleset in force, by path;
    `notices` say in a line each what the person at the terminal should know (an unsound rules folder, say)."""

    folder: Path
    settings: "Settings"
    database: Database
    clock: Clock
    zone: ZoneInfo
    ruleset: Ruleset
    files: Mapping[str, str]
    notices: list[str] = field(default_factory=list)
    unsound: bool = False
    """The rules folder has faults, and an earlier version is in force."""
    _made: dict[str, tuple[Ruleset, Any]] = field(default_factory=dict)

    def made(self, what: str, make: Callable[[], Made]) -> Made:
        """What was made for the ruleset in force, or is made now: it is kept until another one is in force."""
        ruleset, found = self._made.get(what, (None, None))
        if ruleset is not self.ruleset:
            found = make()
            self._made[what] = self.ruleset, found
        return cast(Made, found)

    def take_up_rules(self) -> None:
        """Looks at the rules folder again: puts it live if it is new and sound, else keeps what is live and says why in
        `notices`. Raises NoDatabase, DatabaseBusy."""
        self.unsound = False
        _choose_rules(self, *_read_rules(self.folder, self.database), "take_up")

    def follow_live_rules(self) -> None:
        """Works by the version that is live in the database, whoever put it there. Raises NoDatabase, DatabaseBusy."""
        with self.database.read() as connection:
            live = rulesets.live(connection)
        if live and live.version != self.ruleset.version:
            _use_version(self, live)
            self.notices.append(f"rules: version {live.version} is live ({live.cause})")


def open_project(folder: Path, now: str | None = None, rules: Rules = "live") -> Project:
    """Opens the project in `folder`; `now` is what --now said, in the zone of the default calendar.

    Raises NoProject, BadSettings, NoDatabase, DatabaseBusy, BadTime, and RulesUnusable when the folder's rules have
    faults and none are live yet."""
    settings = read_settings(folder)
    database = Database(settings.database_url)
    if rules == "live" and not database.has_home(folder):
        raise NoDatabase(url=database.url, why="its folder does not exist; looking at a database does not make one")
    database.migrate()
    loaded, live = _read_rules(folder, database)
    zone = loaded.ruleset.calendars["default"].zone
    clock = clock_of(now, zone)
    project = Project(folder, settings, database, clock, zone, loaded.ruleset, loaded.files)
    _choose_rules(project, loaded, live, rules)
    return project


def _read_rules(folder: Path, database: Database) -> tuple[Loaded, rulesets.Version | None]:
    """The ruleset of the folder, and the version that is live."""
    files = read_files(folder)
    with database.read() as connection:
        live = rulesets.live(connection)
    return load(files, proofread=live is None or live.digest != digest_of(files)), live


def _choose_rules(project: Project, loaded: Loaded, live: rulesets.Version | None, rules: Rules) -> None:
    """Settles which ruleset is in force, and stores the folder's as a new version when it goes live."""
    if live and live.digest == loaded.ruleset.digest:
        _use(project, loaded, live.version)
    elif not loaded.usable:
        if live is None:
            raise RulesUnusable(folder=project.folder / "rules", count=len(loaded.errors))
        project.notices.append(
            f"rules: {len(loaded.errors)} fault(s), first {show(loaded.errors[0], loaded.files).splitlines()[0]}; "
            f"going on with version {live.version}"
        )
        project.unsound = True
        _use_version(project, live)
    elif rules == "take_up":
        _take_up(project, loaded)
    elif rules == "live" and live:
        _use_version(project, live)


def _use_version(project: Project, live: rulesets.Version) -> None:
    _use(project, load(live.files, proofread=False), live.version)


def _use(project: Project, loaded: Loaded, version: int) -> None:
    project.ruleset, project.files = rulesets.numbered(loaded.ruleset, version), loaded.files
    project.zone = loaded.ruleset.calendars["default"].zone


def _take_up(project: Project, loaded: Loaded) -> None:
    """Puts the folder's rules live; from then on every subject is looked at again."""
    now = project.clock()
    with project.database.begin() as connection:
        version = rulesets.put_live(connection, loaded.ruleset.digest, loaded.files, now, "rules folder")
        agenda.touch_all(connection, loaded.ruleset, now)
    _use(project, loaded, version)
    project.notices.append(f"rules: version {version} is live")
