"""What Prefect must be told before it is imported: no calls to the outside, no caching, quiet, a folder of its own."""

import os
from pathlib import Path

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


def home(project: Path) -> Path:
    """Where a project's own Prefect keeps its database, logs and pages."""
    return project.absolute() / "var" / "prefect"


def server_environment(project: Path) -> dict[str, str]:
    """The environment of a Prefect server of this project: SQLite beside, not in, the database of the leads."""
    folder = home(project)
    return {
        **{name: value for name, value in os.environ.items() if name != API_URL},
        **QUIET,
        "PREFECT_HOME": str(folder),
        "PREFECT_API_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{folder / 'prefect.db'}",
        "PREFECT_UI_STATIC_DIRECTORY": str(folder / "ui"),
        "PREFECT_SERVER_SERVICES_DB_VACUUM_ENABLED": "events,flow_runs",
        "PREFECT_SERVER_SERVICES_DB_VACUUM_RETENTION_PERIOD": "2592000",  # 30 days, in seconds
    }


def prepare(api_url: str, project: Path) -> None:
    """Makes this process a client of the server at `api_url`, before it imports Prefect; what the user set stays."""
    for name, value in {**QUIET, **_CLIENT, "PREFECT_HOME": str(home(project))}.items():
        os.environ.setdefault(name, value)
    os.environ[API_URL] = api_url
