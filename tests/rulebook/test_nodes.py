"""YAML text to nodes: places, the meaning of plain words, and what becomes of text that is no YAML."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from leadrelay.rulebook.nodes import Mapping, Plain, Scalar, Sequence, parse, plain, written
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.problem import Problem


def read(text: str) -> tuple[object, list[str]]:
    problems: list[Problem] = []
    node = parse(text, "x.yaml", problems)
    return plain(node), [f"{one.place.line}:{one.place.column} {one.code}" for one in problems]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("NO", "NO"),
        ("yes", "yes"),
        ("on", "on"),
        ("true", True),
        ("False", False),
        ("12", 12),
        ("-3", -3),
        ("0012", 12),
        ("12.50", 12.5),
        ("1e3", 1000.0),
        ("9" * 40, 1e40),
        ("2026-11-20", "2026-11-20"),
        ("12:30", "12:30"),
        ("0x1F", "0x1F"),
        ("1_000", "1_000"),
        ("~", None),
        ("", None),
        ("'12'", "12"),
        ('"true"', "true"),
        ("!!str 12", "12"),
        (".inf", ".inf"),
    ],
)
def test_plain_words_mean_what_yaml_1_2_says(text: str, value: Plain) -> None:
    node, problems = read(f"key: {text}")
    assert node == {"key": value}
    assert problems == []


def test_every_key_and_value_knows_its_place() -> None:
    root = parse("# c\né: [a, {b: 1}]\n'c d':\n  - x\n", "rules/x.yaml", [])
    assert isinstance(root, Mapping)
    first, second = root.items()
    assert (first[0].place, first[1].place) == (Place("rules/x.yaml", 2, 1), Place("rules/x.yaml", 2, 4))
    assert isinstance(first[1], Sequence)
    inner = first[1].items[1]
    assert isinstance(inner, Mapping)
    assert inner.get("b") is not None
    assert inner.key("b").column == 9
    assert second[0].place == Place("rules/x.yaml", 3, 1)


def test_a_cell_is_placed_in_its_sheet() -> None:
    problems: list[Problem] = []
    node = parse("{at_least: [1]}", "x.csv", problems, Place("x.csv", 7, 10))
    assert isinstance(node, Mapping)
    assert node.key("at_least") == Place("x.csv", 7, 11)


def test_times_in_flow_style_are_text() -> None:
    assert read("{at: 2026-11-20 09:13, zone: x}")[0] == {"at": "2026-11-20 09:13", "zone": "x"}


@pytest.mark.parametrize(
    ("text", "value", "found"),
    [
        ("a: 1\na: 2\n", {"a": 1}, ["2:1 duplicate-key"]),
        ("a: &x [1]\nb: *x\n", {"a": [1], "b": [1]}, []),
        ("a: &x [*x]\n", {"a": ["*x"]}, ["1:8 unknown-anchor"]),
        ("a: &x {k: 1, l: 2}\nb:\n  <<: *x\n  l: 3\n", {"a": {"k": 1, "l": 2}, "b": {"k": 1, "l": 3}}, []),
        ("a: 1\n---\nb: 2\n", {"a": 1}, ["2:1 several-documents"]),
        ("\ufeffa: 1\n", {"a": 1}, []),
        ("# nothing\n", None, []),
        ("a: \x00", None, ["1:4 unreadable-character"]),
        ("a: b\nc: \udce9", None, ["2:4 unreadable-character"]),
        ("a: b\n\x07", None, ["2:1 unreadable-character"]),
        ("a: [1\nb: 2\n", None, ["1:4 yaml-unclosed-bracket"]),
        ("a: {b: c\n\n", None, ["1:4 yaml-unclosed-bracket"]),
        ("a:\n\tb: 1\n", None, ["2:1 yaml-tab"]),
        ("- a\nb: c\n", None, ["2:1 yaml-indentation"]),
        ("a: `b`\n", None, ["1:4 yaml-quote-needed"]),
    ],
)
def test_faults_become_problems(text: str, value: object, found: list[str]) -> None:
    assert read(text) == (value, found)


def test_aliases_cannot_blow_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    value, problems = read("\n".join(lines))
    assert value is None
    assert [problem.split()[1] for problem in problems] == ["yaml-too-much"]


_SCALARS = st.none() | st.booleans() | st.integers(-999, 999) | st.text("abc:'\"# {}[],é", max_size=6)
_TREES = st.recursive(
    _SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("abé", min_size=1), inner, max_size=3)
)


@given(_TREES)
def test_written_reads_back_the_same(tree: object) -> None:
    def node_of(value: object) -> Scalar | Sequence | Mapping:
        place = Place("", 1, 1)
        if isinstance(value, list):
            return Sequence([node_of(one) for one in value], place)
        if isinstance(value, dict):
            return Mapping({key: (Scalar(key, False, place), node_of(one)) for key, one in value.items()}, place)
        if isinstance(value, str):
            return Scalar(value, True, place)
        return Scalar({None: "null", True: "true", False: "false"}.get(value, str(value)), False, place)

    text = "key: " + written(node_of(tree))
    assert "\n" not in text
    value, problems = read(text)
    assert problems == []
    assert value == {"key": tree}


@given(st.text("ab:-[]{},'\"#&*!|>%@`\t\n \\?é", max_size=40))
def test_no_text_makes_parsing_raise(text: str) -> None:
    problems: list[Problem] = []
    parse(text, "x.yaml", problems)
    lines = (text + "\n").splitlines() or [""]
    assert all(1 <= one.place.line <= len(lines) + 1 and one.message and one.remedy for one in problems)
