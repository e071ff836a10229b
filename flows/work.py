"""What each flow does, as plain functions of an open project: the same whether Prefect runs them or not."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from flows.names import DELIVER
from flows.news import tell_of_held
from leadrelay.act.sweep import Sweeper
from leadrelay.clock import Instant
from leadrelay.errors import LeaseTaken
from leadrelay.rulebook.model import FLOWS, Flow
from leadrelay.store import sweeps
from notifications.delivery import deliver, waiting
from notifications.marketing.push import push_all
from notifications.outbox import counts
from notifications.ready import made_ready
from notifications.write_back.run import pay_project

if TYPE_CHECKING:
    from leadrelay.project import Project

Summary = dict[str, object]
"""What a flow did, as JSON can hold it."""
GoOn = Callable[[], bool]
"""Asked after every chunk whether there shall be another one."""
Work = Callable[["Project", Instant, GoOn], Summary]


def _sweeping(flow: Flow) -> Work:
    """One sweep of a flow; what it created is routed at once, so that nothing is ever without a desk."""

    def work(project: "Project", now: Instant, go_on: GoOn) -> Summary:
        settings = project.settings

        def make() -> Sweeper:
            return Sweeper(
                project.database,
                project.ruleset,
                settings.company.language,
                settings.first_run_limit,
                rule_hour_limit=settings.rule_hour_limit,
            )

        sweeper = project.made("sweeper", make)
        summary = sweeper.sweep(flow, now, go_on)
        if summary.created and flow != "route":
            with suppress(LeaseTaken):  # then another process is routing
                sweeper.sweep("route", now, go_on)
        if summary.held:
            tell_of_held(project, summary.held, now)
        return summary.as_dict()

    return work


def _deliver(project: "Project", now: Instant, go_on: GoOn) -> Summary:
    ruleset, files, settings = project.ruleset, project.files, project.settings
    ready = project.made("ready", lambda: made_ready(ruleset, files, settings))
    done = deliver(project.database, ruleset, files, settings, now, go_on=go_on, ready=ready).as_dict()
    done["write_back"] = pay_project(project, now, go_on=go_on).as_dict()
    if settings.marketing:
        done["pushed"] = [one.as_dict() for one in push_all(project.database, settings, now)]
    with project.database.begin() as conn:
        sweeps.record(conn, DELIVER, now, done)
    return done


WORK: Mapping[str, Work] = {**{name: _sweeping(name) for name in FLOWS}, DELIVER: _deliver}
"""One run of each flow, by name."""


def outbox_counts(project: "Project") -> Summary:
    """What is waiting in the outbox, for a run in which nothing was delivered."""
    with project.database.read() as conn:
        return dict(waiting(counts(conn)))


_HELD = {"held": "it would act on {} at once", "limited": "it acted on {} within an hour, as many as its limit allows"}


def told_of_held(flow: str, summary: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """For each rule that a sweep found held: what it is about, so that it is said once, and a line for people."""
    for kind, what in _HELD.items():
        for rule, number in summary.get(kind, {}).items():
            line = f"{flow}: the rule '{rule}' is held, {what.format(number)}. Look at them, then: "
            yield f"{kind} {rule}", f"{line}leadrelay rules release {rule}"
