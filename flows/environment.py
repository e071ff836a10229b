"""What Prefect must be told before it is imported: no calls to the outside, no caching, quiet, a folder of its own; and
what its processes are told at all: nothing of ours that they do not need."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings

QUIET = {
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_CLOUD_ENABLE_ORCHESTRATION_TELEMETRY": "false",
    "PREFECT_TELEMETRY_ENABLE_RESOURCE_METRICS": "false",
    "PREFECT_TASKS_DEFAULT_NO_CACHE": "true",  # else a task with the same inputs is skipped for ever
    "PREFECT_LOGGING_LEVEL": "WARNING",
    "PREFECT_LOGGING_COLORS": "false",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    "PREFECT_CLI_PROMPT": "false",
}
_CLIENT = {
    "PREFECT_CLIENT_MAX_RETRIES": "1",  # a server that dies in the middle costs seconds, not minutes
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",  # who called says what went wrong, without a traceback
    "PREFECT_INTERNAL_LOGGING_LEVEL": "CRITICAL",  # events that its own threads could not hand to a server that is gone
}
API_URL = "PREFECT_API_URL"
PASSWORD = "PREFECT_API_AUTH_STRING"
"""What a client of Prefect shows."""
SERVED = "LEADRELAY_SERVED"
"""In the processes of scheduled runs: the folder of the project that they serve."""

_PLACES = ("HOME", "PATH", "SHELL", "TEMP", "TMP", "TMPDIR", "VIRTUAL_ENV", "XDG_RUNTIME_DIR")
_WAYS = ("LANG", "LANGUAGE", "LOGNAME", "TZ", "USER")
_LIBRARIES = ("LD_LIBRARY_PATH", "REQUESTS_CA_BUNDLE", "SSL_CERT_DIR", "SSL_CERT_FILE", "SYSTEMROOT")
_OF_THE_MACHINE = frozenset((*_PLACES, *_WAYS, *_LIBRARIES))
_OF_THE_MACHINE_PREFIXES = ("LC_", "PYTHON")
_TO_GO_OUT = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY")
_FOR_RUNS_PREFIXES = ("PREFECT_", "PG")  # PGPASSFILE and the like, which the driver of PostgreSQL reads
_OURS = "LEADRELAY_"
_NOT_FOR_RUNS = ("LEADRELAY_NOW", "LEADRELAY_WEB__API_KEY", "LEADRELAY_IMAP_", "LEADRELAY_PREFECT_AUTH")
"""Settings that no flow reads: a run has the clock's time, and takes nothing in."""


def home(project: Path) -> Path:
    """Where a project's own Prefect keeps its database, logs and pages."""
    return project.absolute() / "var" / "prefect"


def server_environment(project: Path, port: int, password: str) -> dict[str, str]:
    """The environment of a Prefect server of this project: SQLite beside, not in, the database of the leads; closed to
    whoever does not know the password (`user:password`) and to pages that are not its own; nothing of ours in it."""
    folder = home(project)
    theirs = {name: value for name, value in os.environ.items() if name.startswith("PREFECT_")}
    return {
        **_machine(),
        **{name: value for name, value in theirs.items() if not name.startswith("PREFECT_API_")},
        **QUIET,
        "PREFECT_HOME": str(folder),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
        "PREFECT_UI_STATIC_DIRECTORY": str(folder / "ui"),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "2592000",  # 30 days, in seconds
        "PREFECT_SERVER_API_AUTH_STRING": password,
        "PREFECT_SERVER_CORS_ALLOWED_ORIGINS": f"http://127.0.0.1:{port}",
    }


def runs_environment(project: Path, settings: "Settings", api_url: str, password: str | None) -> dict[str, str]:
    """The environment of the process of the schedules and of its flow runs: the settings that flows read, and which
    project they serve."""
    marketing = {one.secret_env for one in settings.marketing.values()}
    known = dict(_machine())
    for name, value in os.environ.items():
        is_ours = name in marketing or (name.startswith(_OURS) and not _is_for_others(name))
        if is_ours or name.startswith(_FOR_RUNS_PREFIXES) or name.upper() in _TO_GO_OUT:
            known[name] = value
    known.pop(PASSWORD, None)
    if password:
        known[PASSWORD] = password
    return {**known, API_URL: api_url, SERVED: str(project.absolute())}


def prepare(api_url: str, project: Path, password: str | None = None) -> None:
    """Makes this process a client of the server at `api_url`, before it imports Prefect; what the user set stays."""
    for name, value in {**QUIET, **_CLIENT, "PREFECT_HOME": str(home(project))}.items():
        os.environ.setdefault(name, value)
    os.environ[API_URL] = api_url
    if password:
        os.environ[PASSWORD] = password


def _machine() -> Mapping[str, str]:
    """What every program needs to know of the machine."""
    return {
        name: value
        for name, value in os.environ.items()
        if name in _OF_THE_MACHINE or name.startswith(_OF_THE_MACHINE_PREFIXES)
    }


def _is_for_others(name: str) -> bool:
    """Whether it is a setting that no flow reads, such as what a CRM's webhooks show (LEADRELAY_SYSTEMS__X__SECRET)."""
    return name.startswith(_NOT_FOR_RUNS) or (name.startswith("LEADRELAY_SYSTEMS__") and name.endswith("__SECRET"))
