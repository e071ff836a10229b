"""A site of its own for every test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.web.world import SECRET, Site, make_project, served


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A small project with a secret, served over HTTP."""
    monkeypatch.setenv("LEADRELAY_WEB__SECRET", SECRET)
    project = make_project(tmp_path / "company")
    with served(project) as found:
        yield found
    project.database.close()
