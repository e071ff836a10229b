"""Runs flows as flow runs of a Prefect server that is known to answer; importing this imports Prefect."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any

from prefect.settings import PREFECT_API_AUTH_STRING, PREFECT_API_URL, temporary_settings

from flows.deliver import deliver
from flows.escalate import escalate
from flows.handed import Handed, handing
from flows.nudge import nudge
from flows.nurture import nurture
from flows.route import route

FLOWS: Mapping[str, Any] = {one.name: one for one in (route, escalate, nudge, nurture, deliver)}


def run(names: Sequence[str], handed: Handed, api_url: str, password: str | None) -> str | None:
    """Runs the flows on the server at `api_url`, one after the other, until one raises; what they did is in `handed`.
    `password` is what the server wants to see, as `user:password`.

    Returns None, or why Prefect did not take up a flow: that one and those after it have not been run."""
    # Prefect reads its environment once; a process that had imported it before may know another server.
    server = {PREFECT_API_URL: api_url, PREFECT_API_AUTH_STRING: password}
    with temporary_settings(server), handing(handed):
        return asyncio.run(_run(names, handed))


async def _run(names: Sequence[str], handed: Handed) -> str | None:
    for name in names:
        why = "it did not begin the run"
        try:
            await FLOWS[name](return_state=True)
        except Exception as error:  # Prefect's own; what the work raised is in `handed`
            why = f"{type(error).__name__}: {error}"
        if name in handed.raised:
            return None
        if name not in handed.done:
            return why
    return None
