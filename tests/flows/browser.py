"""Debian's chromium without a window: opens an address, and gives what the page has become."""

import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
OPTIONS = (
    "--headless=new",
    "--no-sandbox",  # tests run as root in CI; the pages are our own
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-proxy-server",
    # Its own guard of local addresses would hide whether ours holds.
    "--disable-features=BlockInsecurePrivateNetworkRequests,PrivateNetworkAccessSendPreflights,LocalNetworkAccessChecks",
)


def browser() -> str:
    """The browser of this machine; without one the test is skipped, and says what to install."""
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("NO BROWSER: 'apt-get install chromium', or a page of another origin is not tried in a real one")
    return found


def opened_page(url: str, milliseconds: int = 15_000) -> str:
    """The page as it is when its scripts have had their time."""
    with tempfile.TemporaryDirectory(prefix="leadrelay-browser-") as home:
        where = (f"--user-data-dir={home}", f"--virtual-time-budget={milliseconds}", "--dump-dom", url)
        command = [browser(), *OPTIONS, *where]
        ran = subprocess.run(
            command, capture_output=True, text=True, timeout=120, check=True, env={"HOME": home, "PATH": _path()}
        )
    return ran.stdout


def _path() -> str:
    return str(Path(browser()).parent) + ":/usr/bin:/bin"
