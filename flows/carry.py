"""Between Prefect and the core: one flow run does one sweep in a thread, and leaves one summary as an artifact."""

import asyncio
from collections.abc import Mapping
from typing import Any

from prefect import State
from prefect.artifacts import acreate_markdown_artifact
from prefect.logging import get_logger
from prefect.states import Completed, Failed

from flows.handed import Handed, taken
from flows.work import WORK, Summary
from leadrelay.clock import iso
from leadrelay.errors import ClockBeforeData, LeadrelayError, LeaseTaken


async def carry_out(name: str) -> Summary | State[Any]:
    """One run of the flow `name`: its summary, or a Failed state that says what a person has to mend."""
    handed = taken()
    try:
        summary = await asyncio.to_thread(_work, name, handed)
    except LeaseTaken as error:
        handed.raised[name] = error
        if handed.scheduled:  # the other process does what this one would have done
            return Completed(name="Skipped", message=str(error))
        return Failed(message=str(error))
    except LeadrelayError as error:
        handed.raised[name] = error
        return Failed(message=str(error))
    except Exception as error:
        handed.raised[name] = error
        raise
    handed.done[name] = summary
    await _leave_artifact(name, handed, summary)
    return summary


def _work(name: str, handed: Handed) -> Summary:
    try:
        return WORK[name](handed.project, handed.now, handed.go_on)
    except ClockBeforeData:
        if not handed.scheduled:
            raise
        handed.now = handed.project.clock()  # another process may have decided since this one was made ready
        return WORK[name](handed.project, handed.now, handed.go_on)


async def _leave_artifact(name: str, handed: Handed, summary: Summary) -> None:
    """The summary as a page in Prefect. The work is committed by now: a page that cannot be written is no failure."""
    try:
        await acreate_markdown_artifact(
            markdown=as_markdown(name, iso(handed.now, handed.project.zone), summary),
            key=f"leadrelay-{name}",
            description=f"What the {name} flow did",
        )
    except Exception as error:
        get_logger("leadrelay").warning("the artifact of the %s flow was not written: %s", name, error)


def as_markdown(name: str, now: str, summary: Mapping[str, object]) -> str:
    """The numbers of a summary as a table, and its lists below it as far as they are short."""
    numbers = {key: value for key, value in summary.items() if not isinstance(value, list | dict)}
    lines = [f"# {name}, {now}", "", "| what | how much |", "|---|---|"]
    lines += [f"| {_cell(key.replace('_', ' '))} | {_cell(value)} |" for key, value in numbers.items()]
    for key, value in summary.items():
        if isinstance(value, list | dict) and value:
            parts = value if isinstance(value, list) else [f"{one}: {count}" for one, count in value.items()]
            lines += ["", f"## {key.replace('_', ' ')}", "", *(f"- {_cell(part)}" for part in parts[:20])]
    return "\n".join(lines)


def _cell(value: object) -> str:
    """A value that can do nothing in Markdown but be read."""
    text = ", ".join(f"{key}: {one}" for key, one in value.items()) if isinstance(value, dict) else str(value)
    for special in "\\|`<>[]*":
        text = text.replace(special, f"\\{special}" if special != "<" else "&lt;")
    return " ".join(text.split())
