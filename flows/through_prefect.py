"""Runs flows as flow runs of a Prefect server that is known to answer; importing this imports Prefect."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from prefect.settings import PREFECT_API_URL, temporary_settings

from flows.deliver import deliver
from flows.escalate import escalate
from flows.handed import Handed, handing
from flows.nudge import nudge
from flows.nurture import nurture
from flows.route import route
from leadrelay.clock import iso

FLOWS: Mapping[str, Any] = {one.name: one for one in (route, escalate, nudge, nurture, deliver)}


def run(names: Sequence[str], handed: Handed, api_url: str) -> str | None:
    """Runs the flows on the server at `api_url`, one after the other, until one raises; what they did is in `handed`.

    Returns None, or why Prefect did not take up a flow: that one and those after it have not been run."""
    # Prefect reads its environment once; a process that had imported it before may know another server.
    with temporary_settings({PREFECT_API_URL: api_url}), handing(handed):
        return asyncio.run(_run(names, handed))


async def _run(names: Sequence[str], handed: Handed) -> str | None:
    folder, now = str(handed.project.folder), iso(handed.now, handed.project.zone)
    for name in names:
        why = "it did not begin the run"
        try:
            await FLOWS[name](folder, now, return_state=True)
        except Exception as error:  # Prefect's own; what the work raised is in `handed`
            why = f"{type(error).__name__}: {error}"
        if name in handed.raised:
            return None
        if name not in handed.done:
            return why
    return None
