"""The memory of what is sound never hides a fault, and is never missed when it is not there."""

import json
import os
from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from leadrelay import checked
from leadrelay.checked import Sound, digest, parts_of
from leadrelay.cli import main
from leadrelay.rulebook.load import load, read_files

PROJECT = read_files(Path(__file__).parent / "rulebook" / "untidy" / "project")


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv(checked.FOLDER, str(tmp_path / "cache"))
    for file, text in PROJECT.items():
        (tmp_path / "company" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "company" / file).write_text(text, encoding="utf-8")
    yield tmp_path / "company"


def check(folder: Path) -> list[tuple[str, str]]:
    out = StringIO()
    with redirect_stdout(out):
        main(["check", "--json", "--project", str(folder)])
    return [(one["file"], one["code"]) for one in json.loads(out.getvalue())["findings"]]


def memory(folder: Path) -> Path:
    return folder.parent / "cache" / "sound"


def test_what_is_sound_is_remembered_and_a_fault_is_found_after_it(folder: Path) -> None:
    assert check(folder) == [] and len(memory(folder).read_text().splitlines()) == 1 + 8
    assert check(folder) == []
    news = folder / "templates/en/news.j2"
    sound = news.read_text()
    news.write_text(sound.replace("{{ who }}", "{{ whom }}"))
    assert check(folder) == check(folder) == [("templates/en/news.j2", "template-unknown")]
    news.write_text(sound)
    assert check(folder) == []


def test_a_field_less_is_seen_by_the_templates_that_are_known(folder: Path) -> None:
    news = folder / "templates/en/news.j2"
    news.write_text(news.read_text().replace("{{ who }}", "{{ request.extra.step }}"))
    assert check(folder) == []
    fields = folder / "rules/fields.yaml"
    fields.write_text(fields.read_text().replace("  step:", "  pace:"))
    assert ("templates/en/news.j2", "template-unknown") in check(folder)


def test_a_template_that_goes_missing_in_a_language_is_seen(folder: Path) -> None:
    assert check(folder) == []
    (folder / "templates/nl/news.j2").unlink()
    assert ("templates/en/news.j2", "template-language") in check(folder)


def test_the_settings_and_the_environment_count(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert check(folder) == []
    (folder / "leadrelay.toml").write_text('[company]\nlanguage = "xx"\n')
    assert ("leadrelay.toml", "bad-settings") in check(folder)


def test_findings_are_never_remembered_as_none(folder: Path) -> None:
    (folder / "rules/lists/other.yaml").write_text("- a\n")
    assert check(folder) == check(folder) == [("rules/lists/other.yaml", "unused-list")]


@pytest.mark.parametrize("torn", ["", "\x00\xff", "x" * 64, "0" * 64 + " 9999999999", "\n\n \n", "a b c"])
def test_a_torn_memory_is_none(folder: Path, torn: str) -> None:
    memory(folder).parent.mkdir()
    memory(folder).write_text(torn, encoding="latin-1")
    (folder / "rules/lists/other.yaml").write_text("- a\n")
    assert check(folder) == [("rules/lists/other.yaml", "unused-list")]


def test_no_place_for_a_memory_is_no_fault(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for place in ("", "/proc/nowhere", str(folder / "leadrelay.toml")):
        monkeypatch.setenv(checked.FOLDER, place)
        assert check(folder) == check(folder) == []


def test_another_version_begins_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = digest("project", ["a", b"b"])
    monkeypatch.setattr(checked, "_program", lambda: "another")
    assert digest("project", ["a", b"b"]) != one != digest("project", ["ab"])


def test_the_newest_are_kept(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checked, "MOST", 3)
    for number in range(5):
        sound = Sound()
        sound.add(digest("x", [str(number)]), number)
        sound.keep()
    sound = Sound()
    assert [sound.get(digest("x", [str(number)])) for number in range(5)] == [None, None, 2, 3, 4]


def test_parts_tell_every_file_and_name_apart(folder: Path) -> None:
    whole = digest("project", parts_of(folder) or [])
    file = folder / "rules/lists/targets.csv"
    file.rename(file.with_name("target.csv"))
    assert digest("project", parts_of(folder) or []) != whole


TEMPLATES = sorted(file for file in PROJECT if file.endswith(".j2"))
WORDS = {file: PROJECT[file] for file in (*TEMPLATES, "rules/fields.yaml")}


@settings(max_examples=40, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_no_change_of_a_template_is_hidden(data: st.DataObject, tmp_path: Path) -> None:
    """Whatever is cut out of, or put into, templates that are known to be sound: the same faults as without memory."""
    os.environ[checked.FOLDER] = str(tmp_path)
    try:
        sound = Sound()
        load(WORDS, sound=sound)
        files = dict(WORDS)
        for file in data.draw(st.lists(st.sampled_from(TEMPLATES), min_size=1, max_size=2, unique=True)):
            text = files[file]
            start = data.draw(st.integers(0, len(text)))
            end = data.draw(st.integers(start, min(len(text), start + 8)))
            put = data.draw(st.sampled_from(("", "{{ x }}", "{% if", "}}", "<b>", "{{ request.kind }}", "é")))
            files[file] = text[:start] + put + text[end:]
        assert load(files, sound=sound).problems == load(files).problems
    finally:
        del os.environ[checked.FOLDER]
