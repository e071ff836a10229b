"""A project folder opened for work: its settings, database and clock, and the rules that are in force."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar, cast
from zoneinfo import ZoneInfo

from msgspec import Struct, field
from msgspec.structs import replace

from leadrelay.clock import Clock, chosen_time
from leadrelay.errors import NoDatabase, RulesFailTests, RulesUnusable
from leadrelay.rulebook.load import Loaded, digest_of, load, read_files
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.renames import renames, replaced
from leadrelay.settings import read_settings
from leadrelay.store import agenda, renaming, rulesets
from leadrelay.store.database import Database
from leadrelay.store.lived import Chosen, Steady

if TYPE_CHECKING:
    from leadrelay.judging import Verdict
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
    refused: "Verdict | None" = None
    """The rules folder is not fit to go live, and an earlier version is in force."""
    current: bool = False
    """The rules folder was looked at to be taken up, and what it holds is live."""
    clock_is_set: bool = False
    """The time was set by hand: it stands still."""
    _made: dict[str, tuple[Ruleset, Any]] = field(default_factory=dict)

    def made(self, what: str, make: Callable[[], Made]) -> Made:
        """What was made for the ruleset in force, or is made now: it is kept until another one is in force."""
        ruleset, found = self._made.get(what, (None, None))
        if ruleset is not self.ruleset:
            found = make()
            self._made[what] = self.ruleset, found
        return cast(Made, found)

    def take_up_rules(self) -> None:
        """Looks at the rules folder again: puts it live if it is new and passes check and its tests, else keeps what is
        live and says why in `notices` and `refused`. Raises NoDatabase, DatabaseBusy, UnreadableFile."""
        self.refused, self.current = None, False
        _choose_rules(self, *_read_rules(self.folder, self.database), "take_up")

    def take_up_judged(self, files: Mapping[str, str], verdict: "Verdict", since: int) -> bool:
        """Does with files of the rules folder as another process found them to be, which judged them when version
        `since` was live. False, and nothing is done, if another one is by now. Raises NoDatabase, DatabaseBusy."""
        self.refused, self.current = None, False
        with self.database.read() as connection:
            live = rulesets.live(connection)
        if live is None or live.version != since:
            return False
        if not verdict.sound:
            _refuse(self, verdict, live)
            return True
        return _take_up(self, load(files, proofread=False), verdict, since)

    def follow_live_rules(self) -> None:
        """Works by the version that is live in the database, whoever put it there. Raises NoDatabase, DatabaseBusy."""
        with self.database.read() as connection:
            live = rulesets.live(connection)
        if live and live.version != self.ruleset.version:
            _use_version(self, live)
            self.notices.append(f"rules: version {live.version} is live ({live.cause})")


def open_project(folder: Path, now: str | None = None, rules: Rules = "live") -> Project:
    """Opens the project in `folder`; `now` is what --now said, in the zone of the default calendar.

    Raises NoProject, BadSettings, NoDatabase, DatabaseBusy, BadTime, and RulesUnusable or RulesFailTests when the
    folder's rules are not fit to go live and none are live yet."""
    settings = read_settings(folder)
    database = Database(settings.database_url)
    if rules == "live" and not database.has_home(folder):
        raise NoDatabase(url=database.url, why="its folder does not exist; looking at a database does not make one")
    database.migrate()
    loaded, live = _read_rules(folder, database)
    zone = loaded.ruleset.calendars["default"].zone
    chosen = chosen_time(now, zone)
    clock = _steady(database) if chosen is None else Chosen(chosen, zone)
    database.keeper = clock
    is_set = chosen is not None
    project = Project(folder, settings, database, clock, zone, loaded.ruleset, loaded.files, clock_is_set=is_set)
    _choose_rules(project, loaded, live, rules)
    return project


def _steady(database: Database) -> Steady:
    """The machine's clock, as this database may see it."""
    clock = Steady()
    with database.read() as connection:
        clock.follow(connection)
    return clock


def _read_rules(folder: Path, database: Database) -> tuple[Loaded, rulesets.Version | None]:
    """The ruleset of the folder, and the version that is live."""
    files = read_files(folder)
    digest = digest_of(files)
    with database.read() as connection:
        live = rulesets.live(connection, unless=digest)
    known = (live.digest, live.origin.passed_over) if live else ()
    return load(files, proofread=digest not in known, digest=digest), live


def _choose_rules(project: Project, loaded: Loaded, live: rulesets.Version | None, rules: Rules) -> None:
    """Settles which ruleset is in force, and stores the folder's as a new version when it goes live."""
    if live and live.digest == loaded.ruleset.digest:
        _use(project, loaded, live.version)
        project.current = True
        if rules == "take_up" and live.origin.passed_over:
            with project.database.begin() as connection:
                rulesets.take_up_again(connection, live.version)
    elif live and rules != "folder" and live.origin.passed_over == loaded.ruleset.digest:
        _use_version(project, live)
        if rules == "take_up":
            project.notices.append(
                f"rules: version {live.version} is live ({live.cause}); "
                "the rules folder, which it was put in the place of, is taken up when it changes"
            )
    elif rules == "take_up":
        _judge_and_take_up(project, loaded, live)
    elif not loaded.usable:
        if live is None:
            raise _unusable(project, loaded)
        first = loaded.errors[0]
        project.notices.append(
            f"rules: {len(loaded.errors)} fault(s), first {first.place}: {first.message}; "
            f"going on with version {live.version}"
        )
        _use_version(project, live)
    elif rules == "live" and live:
        _use_version(project, live)


def _unusable(project: Project, loaded: Loaded) -> RulesUnusable:
    first = loaded.errors[0]
    told = f"{first.place}: {first.message.rstrip('.')}"
    return RulesUnusable(folder=project.folder / "rules", count=len(loaded.errors), first=told)


def _judge_and_take_up(project: Project, loaded: Loaded, live: rulesets.Version | None) -> None:
    from leadrelay.judging import changes, judge  # here, because it takes much that few commands need
    from leadrelay.origin import origin_of

    verdict = judge(loaded, project.settings.company.language)
    if verdict.sound:
        origin = replace(origin_of(project.folder), changes=changes(loaded, live.files if live else None))
        if not _take_up(project, loaded, replace(verdict, origin=origin), live.version if live else None):
            project.follow_live_rules()
    elif live is not None:
        _refuse(project, verdict, live)
        _use_version(project, live)
    elif verdict.faults:
        raise _unusable(project, loaded)
    else:
        first = verdict.named[0].rstrip(".")
        folder = project.folder / "rules"
        raise RulesFailTests(folder=folder, count=verdict.failures, tests=verdict.tests, first=first)


def _refuse(project: Project, verdict: "Verdict", live: rulesets.Version) -> None:
    project.refused = verdict
    project.notices.append(f"rules: {verdict.sentence}; going on with version {live.version}")


def _use_version(project: Project, live: rulesets.Version) -> None:
    _use(project, load(live.files, proofread=False), live.version)


def _use(project: Project, loaded: Loaded, version: int) -> None:
    project.ruleset, project.files = rulesets.numbered(loaded.ruleset, version), loaded.files
    project.zone = loaded.ruleset.calendars["default"].zone


def _before(project: Project, since: int | None) -> Ruleset:
    """The rules of the version that was live."""
    if since is None or project.ruleset.version == since:
        return project.ruleset
    with project.database.read() as connection:
        files = rulesets.files_of(connection, since)
    return load(files or {}, proofread=False).ruleset


def _take_up(project: Project, loaded: Loaded, verdict: "Verdict", since: int | None) -> bool:
    """Puts the folder's rules live; from then on every subject is looked at again. False if another version than
    `since` is live by now."""
    now, before = project.clock(), _before(project, since)
    with project.database.begin() as connection:
        if rulesets.live_number(connection) != since:
            return False
        digest, origin = loaded.ruleset.digest, verdict.origin
        version = rulesets.put_live(connection, digest, loaded.files, now, "rules folder", origin)
        if since is not None:
            moved = renames(before, loaded.ruleset)
            renaming.rename(connection, moved, replaced(before, moved), now)
        agenda.touch_all(connection, loaded.ruleset, now)
    _use(project, loaded, version)
    project.current = True
    project.notices.append(f"rules: version {version} is live" + (f" ({origin.changes})" if since else ""))
    return True
