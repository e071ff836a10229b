"""The wheel alone is the whole application, in an empty environment; what ops do with rules needs no server there."""

import os
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
pytestmark = pytest.mark.serve
WITHOUT = ("prefect", "apprise", "fastapi", "uvicorn")
"""What rule files can be worked on without."""
CLEAN = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "LEADRELAY", "PREFECT"))}


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel built from the checkout."""
    target = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(target), str(ROOT)]
    subprocess.run(build, check=True, cwd=target, env=CLEAN, capture_output=True)
    (found,) = target.glob("leadrelay-*.whl")
    return found


def test_the_wheel_holds_the_packages_and_what_init_copies(wheel: Path) -> None:
    names = zipfile.ZipFile(wheel).namelist()
    assert {name.partition("/")[0] for name in names if "dist-info" not in name} == {
        "leadrelay",
        "flows",
        "notifications",
    }
    shipped = {name.removeprefix("leadrelay/shipped/") for name in names if name.startswith("leadrelay/shipped/")}
    assert "rules/routing.yaml" in shipped
    assert "templates/nl/nudge.j2" in shipped
    assert "packs/scotsman/templates/nl/scotsman.j2" in shipped
    assert "leadrelay/store/migrations/script.py.mako" in names or not list(
        ROOT.glob("leadrelay/store/migrations/*.mako")
    )


def test_it_works_in_an_environment_of_its_own(wheel: Path, tmp_path: Path) -> None:
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    python = home / "bin" / "python"
    install = ["--python", str(python), "install", "--quiet", "--no-deps", "--no-index", str(wheel)]
    subprocess.run([sys.executable, "-m", "pip", *install], check=True, env=CLEAN, capture_output=True)
    # The dependencies are those of the environment that runs the tests; ours is not among them (editable installs
    # hang on a .pth file, which is not read from here).
    (site,) = (home / "lib").glob("python*/site-packages")
    (site / "dependencies.pth").write_text(sysconfig.get_paths()["purelib"] + "\n", encoding="utf-8")

    # Nothing below serves, sends or asks Prefect: they might as well not be there.
    refusing = f"import sys; sys.modules.update(dict.fromkeys({WITHOUT!r}))"

    def leadrelay(*arguments: str, alone: bool = False) -> str:
        (site / "without.pth").write_text(f"{refusing}\n" if alone else "", encoding="utf-8")
        ran = subprocess.run(
            [str(home / "bin" / "leadrelay"), *arguments],
            cwd=tmp_path,
            env=CLEAN,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.returncode == 0, ran.stdout + ran.stderr
        return ran.stdout

    where = subprocess.run(
        [str(python), "-c", "import leadrelay; print(leadrelay.__file__)"],
        cwd=tmp_path,
        env=CLEAN,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    assert str(home) in where
    leadrelay("init", "company", alone=True)
    assert leadrelay("check", "company", alone=True).startswith("No faults")
    report = leadrelay("test", "company", "--coverage", "--junit", "report.xml", alone=True)
    assert " 0 failed" in report
    assert "Coverage 9" in report
    assert leadrelay("test", "company", "--suggest", "tiers-1", alone=True).startswith("tests:")
    leadrelay("schema", "--output", "company/rules/.schema.json", "--project", "company", alone=True)
    (tmp_path / "one.csv").write_text("id,kind,contact.email,account.name\n1,other,a@b.example,B\n", encoding="utf-8")
    leadrelay("import", "one.csv", "--as", "requests", "--project", "company")
    assert "routing: " in leadrelay("explain", "request/1", "--project", "company", alone=True)
    assert "This is now yours" in leadrelay(
        "render", "assigned", "--for", "request/1", "--project", "company", alone=True
    )
    leadrelay("run", "--project", "company")
    assert leadrelay("audit", "--project", "company") == "Nothing is lost.\n"
