"""What ops put beside their rules: a schema for editors, a pre-commit hook, CI jobs; each is what its reader takes."""

import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator

from leadrelay.commands.schema import FILE
from leadrelay.rulebook.nodes import parse, plain
from tests.cli.conftest import Run

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "docs" / "examples"
HOOK_KEYS = {
    *("id", "name", "entry", "language", "files", "types", "pass_filenames", "require_serial", "description"),
    *("args", "always_run", "verbose", "stages", "exclude", "minimum_pre_commit_version"),
}
"""What pre-commit knows of a hook in .pre-commit-hooks.yaml."""
JOB_KEYS = {"image", "rules", "before_script", "script", "coverage", "artifacts"}
STEP_KEYS = {"uses", "run", "with", "if", "name"}


def read(file: Path) -> Any:
    return yaml.safe_load(file.read_text(encoding="utf-8"))


def words(command: str) -> list[str]:
    program, *rest = shlex.split(command, comments=True)
    assert program == "leadrelay"
    return rest


@pytest.fixture(scope="module")
def hooks() -> list[dict[str, Any]]:
    found = read(ROOT / ".pre-commit-hooks.yaml")
    assert isinstance(found, list)
    return found


def test_the_hooks_are_what_pre_commit_takes(hooks: list[dict[str, Any]]) -> None:
    assert [one["id"] for one in hooks] == ["leadrelay-check", "leadrelay-test"]
    for one in hooks:
        assert {"id", "name", "entry", "language"} <= one.keys() <= HOOK_KEYS
        assert one["language"] == "python"


@pytest.mark.parametrize(
    ("changed", "run"),
    [
        ("rules/routing.yaml", True),
        ("sales/rules/lists/a.csv", True),
        ("templates/nl/nudge.j2", True),
        ("packs/bant/bant.yaml", True),
        ("README.md", False),
        ("docs/overrules/x.md", False),
    ],
)
def test_the_hooks_run_when_rules_or_templates_change(hooks: list[dict[str, Any]], changed: str, run: bool) -> None:
    assert [bool(re.search(one["files"], changed)) for one in hooks] == [run, run]


def test_the_hooks_let_sound_rules_through_and_stop_others(
    hooks: list[dict[str, Any]], small: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small)
    entries = [words(one["entry"]) for one in hooks]
    assert [run(*entry).code for entry in entries] == [0, 0]
    Path("rules/tests").mkdir()
    test = "tests:\n  - {test: t, now: 2026-11-20, given: {request: {}}, expect: {routing: large-company}}\n"
    Path("rules/tests/a.yaml").write_text(test, encoding="utf-8")
    assert [run(*entry).code for entry in entries] == [0, 1]
    Path("rules/tests/a.yaml").write_text(test.replace("large-company", "larg"), encoding="utf-8")
    assert [run(*entry).code for entry in entries] == [1, 2]


def test_the_example_of_using_the_hooks_names_them(hooks: list[dict[str, Any]]) -> None:
    (repo,) = read(EXAMPLES / "pre-commit-config.yaml")["repos"]
    assert {"repo", "rev", "hooks"} == repo.keys()
    assert [one["id"] for one in repo["hooks"]] == [one["id"] for one in hooks]


def test_the_github_job_is_a_workflow_whose_commands_work(
    small: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = read(EXAMPLES / "github-actions.yaml")
    found["on"] = found.pop(True)  # YAML 1.1 reads `on` as true, GitHub does not
    assert {"name", "on", "permissions", "jobs"} == found.keys()
    (job,) = found["jobs"].values()
    assert {"runs-on", "timeout-minutes", "steps"} == job.keys()
    assert all(step.keys() <= STEP_KEYS and len({"uses", "run"} & step.keys()) == 1 for step in job["steps"])
    used = [step["uses"] for step in job["steps"] if "uses" in step]
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", name) for name in used)
    run_in(small, [step["run"] for step in job["steps"] if "run" in step], run, monkeypatch)
    (upload,) = [step["with"]["path"] for step in job["steps"] if "upload" in step.get("uses", "")]
    assert (small / upload).is_file()


def test_the_gitlab_job_reads_the_coverage_and_the_report(
    small: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    (job,) = read(EXAMPLES / "gitlab-ci.yaml").values()
    assert job.keys() == JOB_KEYS
    said = run_in(small, job["script"], run, monkeypatch)
    assert (small / job["artifacts"]["reports"]["junit"]).is_file()
    found = re.search(job["coverage"].strip("/"), said, re.MULTILINE)
    assert found is not None
    assert float(found[1]) == 80.0


def run_in(folder: Path, commands: list[str], run: Run, monkeypatch: pytest.MonkeyPatch) -> str:
    """Runs the commands of a job in a project with tests enough; what they said."""
    monkeypatch.chdir(folder)
    tests = (folder / "rules/tests/a.yaml").parent
    tests.mkdir()
    (tests / "a.yaml").write_text(
        "tests:\n"
        "  - {test: a, now: 2026-11-20, given: {request: {}}, expect: {routing: otherwise}}\n"
        "  - test: b\n    now: 2026-11-20\n    given: {request: {}, account: {employees: 250}}\n"
        "    expect: {request.owner: an}\n",
        encoding="utf-8",
    )
    ran = [run(*words(command)) for command in commands if command.startswith("leadrelay ")]
    assert [one.code for one in ran] == [0] * len(ran)
    assert len(ran) == 2
    return "".join(one.out for one in ran)


def test_the_schema_goes_to_a_file_and_is_the_one_that_is_printed(small: Path, run: Run) -> None:
    ran = run("schema", "--output", small / FILE, "--project", small)
    assert (ran.code, ran.out) == (0, "")
    found = json.loads((small / FILE).read_text(encoding="utf-8"))
    assert found == run("schema", "--project", small).json
    assert run("check", "--project", small).code == 0  # a hidden file is no rule file


def test_a_schema_of_one_kind_takes_that_kind_alone(small: Path, run: Run) -> None:
    team = Draft7Validator(run("schema", "--kind", "team", "--project", small).json)
    assert team.is_valid(plain(parse((small / "rules/team.yaml").read_text(encoding="utf-8"), "x", [])))
    assert not team.is_valid(plain(parse((small / "rules/routing.yaml").read_text(encoding="utf-8"), "x", [])))
    assert run("schema", "--kind", "teem", "--project", small).code == 2


def test_init_writes_the_schema_that_its_rule_files_fit(tmp_path: Path, run: Run) -> None:
    assert run("init", tmp_path / "company").code == 0
    schema = json.loads((tmp_path / "company" / FILE).read_text(encoding="utf-8"))
    Draft7Validator.check_schema(schema)
    team = (tmp_path / "company/rules/team.yaml").read_text(encoding="utf-8")
    assert Draft7Validator(schema).is_valid(plain(parse(team, "x", [])))
    assert FILE in (tmp_path / "company/.gitignore").read_text(encoding="utf-8").splitlines()


def test_a_schema_that_cannot_be_written_is_told(small: Path, run: Run) -> None:
    ran = run("schema", "--output", small / "no" / "schema.json", "--project", small)
    assert ran.code == 2
    assert "schema.json cannot be written" in ran.err


RULE_FILES = sorted(file for folder in ("rules", "packs") for file in (ROOT / folder).rglob("*.yaml"))


def test_every_shipped_rule_file_points_editors_to_the_schema() -> None:
    """In its first line: below a file's content language servers do not look. `.ci/point-editors` writes it."""
    assert len(RULE_FILES) > 100
    for file in RULE_FILES:
        found = re.fullmatch(r"# yaml-language-server: \$schema=(\S+)", file.read_text(encoding="utf-8").split("\n")[0])
        assert found is not None, file
        assert (file.parent / found[1]).resolve() == ROOT / FILE
