"""Whether a replay of what happened takes the very decisions that were taken: all of them, in their order."""

import orjson

from leadrelay.backtest.replay import Replay
from leadrelay.backtest.rules import as_they_were
from leadrelay.backtest.story import GoesLive, Story
from leadrelay.backtest.tally import Tally
from leadrelay.backtest.telling import told
from leadrelay.store.database import Database
from leadrelay.store.owners import open_counts
from leadrelay.store.raw import Statement
from leadrelay.zone import zone_of

DECISIONS = Statement("SELECT at, rulebook, rule_key, subject, episode, step, mode, actions FROM decisions ORDER BY id")
MESSAGES = Statement('SELECT "to", count(*) FROM messages WHERE carries = 0 AND follows IS NULL GROUP BY "to"')
STATES = {
    "request": Statement("SELECT id, status, desk, owner, outcome, reason, closed_at FROM requests"),
    "opportunity": Statement("SELECT id, stage, owner, outcome, closed_at FROM opportunities"),
}
TASKS = Statement("SELECT key, owner, due_at, done_at FROM tasks")
EPISODES = Statement("SELECT subject, rule_key, number, began_at, steps, repeats FROM episodes WHERE ended_at IS NULL")


def replayed(database: Database, rules: list[GoesLive] | None = None, language: str = "en") -> tuple[Story, Replay]:
    """What happened, and the replay of it under the rules that were in force."""
    with database.read() as conn:
        story = told(conn)
        live = as_they_were(conn) if rules is None else rules
    tally = Tally(zone_of(live[-1].ruleset.team.zone), story.start, keep=True)
    replay = Replay(story, live, language, tally)
    for _ in replay.run():
        pass
    return story, replay


def assert_agrees(database: Database, rules: list[GoesLive] | None = None) -> int:
    """Everything that the replay leaves is what the database holds; how many decisions there are."""
    _, replay = replayed(database, rules)
    with database.read() as conn:
        taken = DECISIONS.rows(conn)
        found = [
            (at, one.rulebook, one.rule_key, one.subject, one.episode, one.step, one.mode, orjson.dumps(one.actions))
            for at, one in replay.tally.decided
        ]
        assert found == [(*row[:-1], row[-1].encode()) for row in taken]
        messages = {to: count for to, count in MESSAGES.rows(conn) if not to.startswith("contact/")}
        mine = {to: days.total() for to, days in replay.tally.messages.items() if to != "contacts"}
        assert mine == messages
        for kind, statement in STATES.items():
            names = str(statement._clause).partition("SELECT ")[2].partition(" FROM")[0].split(", ")
            state = {row[0]: row for row in statement.rows(conn)}
            own = replay.company.values[kind]
            assert {name: tuple(values.get(one) for one in names) for name, values in own.items()} == state
        tasks = {row[0]: row[1:] for row in TASKS.rows(conn)}
        assert {key: (one.owner, one.due_at, one.done_at) for key, one in replay.company.every_task.items()} == tasks
        assert {row[:2]: row[2:] for row in EPISODES.rows(conn)} == {
            (subject, key): (one.number, one.began_at, one.steps, one.repeats)
            for subject, begun in replay.episodes.items()
            for key, one in begun.items()
        }
        people = [one for one, count in replay.company.open.items() if count]
        assert {one: replay.company.open[one] for one in people} == open_counts(conn, people)
    return len(taken)
