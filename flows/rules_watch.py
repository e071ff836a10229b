"""Sees to it that `serve` works by the rules folder: what changed is judged aside and then taken up, or ops are told.

changed -> read -> judged aside (check, rule tests) -> fit: live, in one transaction
                                                    -> not: what is live goes on, ops are told once
"""

import time
from collections.abc import Mapping

from msgspec import Struct

from flows.judge import Judge, JudgeFailed
from flows.news import tell_of_rules
from flows.rules_folder import RulesFolder
from flows.voice import Voice
from leadrelay.errors import UnreadableFile
from leadrelay.judging import Question, Verdict
from leadrelay.project import Project
from leadrelay.rulebook.load import digest_of, read_files
from leadrelay.store import rulesets

PAUSE = 15.0
"""Seconds until a folder that could not be judged is tried again."""


class _Asked(Struct, frozen=True):
    """What is being judged, and the version that was live when that began."""

    files: Mapping[str, str]
    version: int


class RulesWatch:
    """The rules folder of one project that is served."""

    def __init__(self, project: Project, voice: Voice, judge: Judge) -> None:
        self._project, self._voice, self._judge = project, voice, judge
        self._folder = RulesFolder(project.folder)
        self._asked: _Asked | None = None
        self._again, self._not_before = False, 0.0

    def look(self) -> None:
        """One look: begins to judge what has changed, and carries out the verdict when there is one.

        Raises NoDatabase, DatabaseBusy; then the next look does it."""
        again = self._again and time.monotonic() >= self._not_before
        if self._folder.changed() or again:
            self._again = True  # until it has worked
            self._begin()
            self._again = False
        if self._asked is not None:
            self._finish(self._asked)

    def stop(self) -> None:
        """Drops what is being judged."""
        self._judge.stop()

    def _begin(self) -> None:
        asked, self._asked = self._asked, None
        try:
            files = read_files(self._project.folder)
        except UnreadableFile as error:
            self._voice.trouble("rules folder", f"rules: {error} It is tried again when something changes.")
            return
        self._voice.over("rules folder")
        with self._project.database.read() as connection:
            live = rulesets.live(connection)
        if live is None or digest_of(files) in (live.digest, live.origin.passed_over):
            self._project.take_up_rules()
            self._tell()
            return
        if asked is not None and (asked.files, asked.version) == (files, live.version):
            self._asked = asked  # saved again as it was: it is being judged
            return
        language = self._project.settings.company.language
        self._judge.ask(Question.of(files, live.files, language, self._project.folder))
        self._asked = _Asked(files, live.version)

    def _finish(self, asked: _Asked) -> None:
        try:
            verdict = self._judge.verdict()
        except JudgeFailed as error:
            self._voice.trouble("judge", f"rules: the changed rules could not be judged: {error}. It is tried again.")
            self._asked, self._again, self._not_before = None, True, time.monotonic() + PAUSE
            return
        if verdict is None:
            return
        self._voice.over("judge", "rules: the changed rules could be judged.")
        if self._is_stale(asked, verdict):
            self._asked = None  # it was changed meanwhile, and what it is now is judged next
            return
        self._again = not self._project.take_up_judged(asked.files, verdict, asked.version)
        self._asked = None
        if not self._again:
            self._tell()

    def _is_stale(self, asked: _Asked, verdict: Verdict) -> bool:
        try:
            found = digest_of(read_files(self._project.folder))
        except UnreadableFile:
            return True
        return found not in (verdict.digest, digest_of(asked.files))

    def _tell(self) -> None:
        self._project.notices += tell_of_rules(self._project)
