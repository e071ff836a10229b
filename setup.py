"""Build step: the shipped rules, templates and packs go into the wheel as package data of leadrelay."""

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

HERE = Path(__file__).parent


class BuildWithShipped(build_py):
    """Copies rules/, templates/ and packs/ to leadrelay/shipped in the built tree; a checkout needs no copy."""

    def run(self) -> None:
        """Builds as usual, then adds the project folder that `leadrelay init` copies."""
        super().run()
        if self.editable_mode:
            return
        for folder in ("rules", "templates", "packs"):
            target = Path(self.build_lib) / "leadrelay" / "shipped" / folder
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(HERE / folder, target, ignore=shutil.ignore_patterns(".*"))


setup(cmdclass={"build_py": BuildWithShipped})
