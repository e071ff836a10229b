"""Runs flows once, in order: through Prefect when its server answers, and otherwise directly; the work is the same."""

import http.client
import os
import urllib.error
import urllib.request
from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from flows.environment import API_URL, prepare
from flows.handed import Handed
from flows.names import DELIVER, ORDER
from flows.password import authorization, password_for
from flows.work import WORK, Summary, outbox_counts
from leadrelay.clock import Instant, iso

if TYPE_CHECKING:
    from leadrelay.project import Project

CLOSED = "wants another password than ours (LEADRELAY_PREFECT_AUTH)"
PATIENCE = 1.6
"""How long, in seconds, a Prefect server may take to say that it is well."""


def run_flows(names: Sequence[str], project: "Project", now: Instant) -> Summary:
    """Runs the named flows (all of them for an empty list) once, in their order, on what is due at `now`.

    Returns what `run --json` prints: `now`, `flows` with a summary each, `notifications`, and `via`: 'prefect' or
    'direct', with a `notice` of one line when it is not Prefect. Raises what the work raises, such as LeaseTaken."""
    chosen = [name for name in ORDER if name in names or not names]
    handed = Handed(project, now)
    notice = _through_prefect(chosen, handed)
    for name in chosen:
        if name in handed.raised:
            raise handed.raised[name]
        if name not in handed.done:
            handed.done[name] = WORK[name](project, now, handed.go_on)
    return {
        "now": iso(now, project.zone),
        "via": "direct" if notice else "prefect",
        "notice": notice,
        "flows": {name: _figures(name, handed.done[name]) for name in chosen},
        "notifications": handed.done.get(DELIVER) or outbox_counts(project),
    }


def _through_prefect(names: Sequence[str], handed: Handed) -> str | None:
    """Runs the flows through Prefect; otherwise says why that could not be."""
    url = os.environ.get(API_URL) or handed.project.settings.prefect_api_url
    if not url:
        return f"Prefect: no server is set ({API_URL} or prefect_api_url), so the flows run directly."
    if not healthy(url):
        return f"Prefect: the server at {_shown(url)} does not answer, so the flows run directly."
    password = password_for(url, handed.project)
    if not admits(url, password):
        return f"Prefect: the server at {_shown(url)} {CLOSED}, so the flows run directly."
    prepare(url, handed.project.folder, password)
    from flows import through_prefect  # here, because importing Prefect takes more than a second

    why = through_prefect.run(names, handed, url, password)
    return why and f"Prefect: {_one_line(why)}; what it did not run has run directly."


def healthy(url: str) -> bool:
    """Whether a Prefect API answers at this address (http://127.0.0.1:4200/api) within a moment."""
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/health", timeout=PATIENCE) as answer:
            return int(answer.status) == 200 and answer.read(16).strip() == b"true"
    except (OSError, ValueError, urllib.error.URLError, http.client.HTTPException):
        return False


def admits(url: str, password: str | None) -> bool:
    """Whether a server that answers lets us in with this `user:password`; True also where that cannot be told."""
    headers = authorization(password) if password else {}
    try:
        asked = urllib.request.Request(f"{url.rstrip('/')}/admin/version", headers=headers)
        with urllib.request.urlopen(asked, timeout=PATIENCE):
            return True
    except urllib.error.HTTPError as error:
        with error:
            return error.code not in (401, 403)
    except (OSError, ValueError, http.client.HTTPException):
        return True


def _figures(name: str, summary: Summary) -> Summary:
    """A flow's summary; delivery in the same words as the sweeps, its own are under `notifications`."""
    if name != DELIVER:
        return summary
    outcomes = [summary[state] for state in ("sent", "failed", "dead", "suppressed")]
    return {"looked_at": sum(one for one in outcomes if isinstance(one, int)), "decided": 0, "acted": summary["sent"]}


def _shown(url: str) -> str:
    """The address without a password."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{f':{parts.port}' if parts.port else ''}{parts.path}"


def _one_line(text: str) -> str:
    return " ".join(text.split())[:200]
