"""Long lists: prepared once, the same set as any other, and read again when what is kept cannot be used."""

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.rulebook import lists, long_list
from leadrelay.rulebook.load import Loaded, load
from leadrelay.rulebook.long_list import LongList, made

WORDS = st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), min_size=1, max_size=6)
BOOK = """\
rulebook: big
about: Who is on a long list.
subject: request
flow: route
hit: first
rules:
  - id: listed
    about: On the list.
    when: {account.name: {in_list: big}}
    then: [{route: sales}]
otherwise: [{route: inside_sales}]
"""


@given(st.frozensets(WORDS, max_size=40), st.lists(WORDS, max_size=20))
def test_a_long_list_is_the_set_of_its_entries(entries: frozenset[str], others: list[str]) -> None:
    found = made(entries)
    for one in (*entries, *others, "", "\x00", "\U0010ffff"):
        assert (one in found) == (one in entries), one
    assert (None in found, 3 in found) == (False, False)
    assert (len(found), set(found), found == entries, found & frozenset(others)) == (
        len(entries),
        set(entries),
        True,
        entries & frozenset(others),
    )
    assert found == made(entries)
    assert hash(found) == hash(made(entries))
    assert (found == made(entries | {"another one"})) is False
    assert (found - frozenset(others), frozenset(others) - found) == (entries - set(others), set(others) - entries)


def test_who_asks_often_gets_it_from_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_list, "OFTEN", 2)
    found = made({"a", "b"})
    answers = ["a" in found, "c" in found]
    assert found._all is None
    answers += ["b" in found, "c" in found]
    assert found._all == {"a", "b"}
    assert answers == [True, False, True, False]


@pytest.fixture
def read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str, str], Loaded]:
    """Reads a rulebook with its list, of which eight entries are many; the cache is the test's own."""
    monkeypatch.setenv("LEADRELAY_CACHE", str(tmp_path))
    for module in (lists, long_list):
        monkeypatch.setattr(module, "LONG", 8)

    def load_with(text: str, file: str = "big.csv") -> Loaded:
        return load({"rules/big.yaml": BOOK, f"rules/lists/{file}": text})

    return load_with


TEXT = "name\n" + "".join(f"Company {number} BV\n" for number in range(30)) + "company 3 bv\nMüller\n"


def test_what_is_kept_is_what_was_read_with_its_warnings(
    read: Callable[..., Loaded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read(TEXT)
    assert isinstance(first.ruleset.lists["big"], LongList)
    assert [(one.code, one.place.line) for one in first.problems] == [("duplicate-entry", 32)]
    monkeypatch.setattr(lists, "read_sheet", lambda *_: pytest.fail("it was read again"))
    again = read(TEXT)
    assert again.problems == first.problems
    assert again.ruleset.lists == first.ruleset.lists
    assert set(again.ruleset.lists["big"]) == {*(f"company {number} bv" for number in range(30)), "müller"}
    assert "müller" in again.ruleset.lists["big"]
    assert "name" not in again.ruleset.lists["big"]


def test_lists_of_yaml_are_kept_too(read: Callable[..., Loaded], monkeypatch: pytest.MonkeyPatch) -> None:
    text = "".join(f"- Company {number}\n" for number in range(30))
    first = read(text, "big.yaml")
    monkeypatch.setattr(lists, "_from_yaml", lambda *_: pytest.fail("it was read again"))
    assert read(text, "big.yaml").ruleset.lists == first.ruleset.lists


def test_another_text_or_name_is_another_list(read: Callable[..., Loaded]) -> None:
    first = read(TEXT)
    second = read(TEXT + "Another\n")
    assert len(second.ruleset.lists["big"]) == len(first.ruleset.lists["big"]) + 1
    assert second.ruleset.lists["big"] != first.ruleset.lists["big"]


def torn(content: bytes) -> bytes:
    return content[:-3]


def headless(content: bytes) -> bytes:
    return content.partition(b"\n")[2]


def of_another_version(content: bytes) -> bytes:
    return content.replace(b"list 1", b"list 0")


@pytest.mark.parametrize("harm", [torn, headless, of_another_version, lambda _: b"", lambda _: b"\n"])
def test_what_is_harmed_is_read_again(
    read: Callable[..., Loaded], tmp_path: Path, harm: Callable[[bytes], bytes]
) -> None:
    first = read(TEXT)
    [file] = (tmp_path / "lists").iterdir()
    assert file.stat().st_mode & 0o077 == 0
    file.write_bytes(harm(file.read_bytes()))
    again = read(TEXT)
    assert (again.problems, again.ruleset.lists) == (first.problems, first.ruleset.lists)


def test_the_oldest_are_forgotten(read: Callable[..., Loaded], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(long_list, "MOST_KEPT", 2)
    for number in range(5):
        read(f"{TEXT}More {number}\n")
    assert len(list((tmp_path / "lists").iterdir())) == 2


def test_without_a_cache_it_is_read_every_time(read: Callable[..., Loaded], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LEADRELAY_CACHE", "")
    assert read(TEXT).ruleset.lists == read(TEXT).ruleset.lists


def test_of_many_entries_that_stand_twice_some_are_told_and_the_others_counted(read: Callable[..., Loaded]) -> None:
    found = read(TEXT + TEXT.partition("\n")[2])
    told = [one for one in found.problems if one.code == "duplicate-entry"]
    assert len(told) == lists.MOST_TOLD + 1
    assert told[0].message == f"{1 + 32 - lists.MOST_TOLD} more of its entries stand in it twice."
