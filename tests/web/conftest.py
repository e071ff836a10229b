"""A site of its own for every test."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from leadrelay.project import open_project
from leadrelay.web import guesses
from tests.web.world import NOW, SECRET, Site, make_project, served


@pytest.fixture(scope="session", autouse=True)
def unhurried() -> Iterator[None]:
    """Wrong keys are answered at once and for ever in these tests; test_closed.py tries that they are not."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(guesses, "FREE", 1_000_000)
        yield


@pytest.fixture(scope="session")
def company(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the small project, to be copied."""
    folder = tmp_path_factory.mktemp("web") / "company"
    make_project(folder).database.close()
    return folder


@pytest.fixture
def site(company: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    """A small project with a secret, served over HTTP."""
    monkeypatch.setenv("LEADRELAY_WEB__SECRET", SECRET)
    project = open_project(shutil.copytree(company, tmp_path / "company"), NOW)
    with served(project) as found:
        yield found
    project.database.close()
