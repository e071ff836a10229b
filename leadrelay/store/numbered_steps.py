"""Episodes of which only the number of steps was kept: what those steps were, by the rules that did them.

Databases of before migration 0020 have such episodes. Which rules a step was done by is in its decision, and their
files are kept as a version; so nothing that was done is done again, and nothing owed is skipped, even if the rules were
edited together with the program.
"""

from collections.abc import Sequence

from sqlalchemy import Connection

from leadrelay.leads.effects import Episode
from leadrelay.rulebook import way
from leadrelay.rulebook.load import load
from leadrelay.rulebook.way import DONE, GONE, OWED, Entry
from leadrelay.store import rulesets
from leadrelay.store.raw import Statement, listed

_STEPS = Statement(
    "SELECT rule_key, subject, episode, step, ruleset FROM decisions WHERE subject IN LISTED(:subjects)"
    " AND step <> '0' AND step NOT LIKE 'repeat-%' AND identity = '' ORDER BY id"
)
_DIGEST = Statement("SELECT digest FROM rulesets WHERE version = :version")
Ladders = dict[str, tuple[str, ...]]
"""The marks of the ladders of a version, by rule key."""


_RULES: dict[str, Ladders] = {}
"""The ladders of versions that were read, by the digest of their files."""
_MOST = 8


def find_ways(conn: Connection, begun: Sequence[Episode]) -> None:
    """Gives each of these episodes, which have done steps, the way that it has come."""
    done: dict[tuple[str, str, int], list[tuple[int, int]]] = {}
    for rule, subject, number, step, version in _STEPS.rows(conn, subjects=listed({one.subject for one in begun})):
        done.setdefault((rule, subject, number), []).append((int(step), version))
    versions = {version for steps in done.values() for _, version in steps}
    ladders = {version: _ladders(conn, version) for version in versions}
    for episode in begun:
        steps = done.get((episode.rule_key, episode.subject, episode.number), [])
        episode.way = _way([(number, ladders[version].get(episode.rule_key, ())) for number, version in steps])


def _way(steps: Sequence[tuple[int, tuple[str, ...]]]) -> str:
    """The way on the ladder that did the last step. Given are the numbers of the steps, each with its ladder."""
    if not steps:
        return ""
    last, ladder = steps[-1]
    done = {marks[number - 1] for number, marks in steps if number <= len(marks)}
    entries = [Entry(DONE if mark in done or place < last else OWED, mark) for place, mark in enumerate(ladder)]
    others = sorted(done.difference(ladder))
    return way.written([*entries, *(Entry(GONE, mark) for mark in others)])


def _ladders(conn: Connection, version: int) -> Ladders:
    found = _DIGEST.rows(conn, version=version)
    digest = str(found[0][0]) if found else ""
    if digest not in _RULES:
        files = rulesets.files_of(conn, version) or {}
        if len(_RULES) >= _MOST:
            _RULES.clear()
        _RULES[digest] = {rule.key: rule.marks for _, rule in load(files, proofread=False).ruleset.rules()}
    return _RULES[digest]
