"""What libyaml says about text that is no YAML, in words that help whoever wrote it."""

import re
from collections.abc import Callable
from typing import Any

from leadrelay.rulebook.place import Place
from leadrelay.rulebook.problem import Problem

_UNREADABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

# what libyaml says -> code, place (of the fault, or of where its context opens), message, remedy
_WORDS: tuple[tuple[str, str, str, str, str], ...] = (
    (
        "found a tab character",
        "yaml-tab",
        "fault",
        "A tab is used to indent.",
        "Indent with spaces; tabs are not allowed there.",
    ),
    (
        "mapping values are not allowed",
        "yaml-colon",
        "fault",
        "A ': ' stands where no key can be.",
        "Put text that has ': ' in it between quotes, or check the indentation of this line and the one above.",
    ),
    (
        "did not find expected ',' or",
        "yaml-unclosed-bracket",
        "context",
        "The bracket that opens here is not closed.",
        "Close it, and put a comma between its parts.",
    ),
    (
        "found unexpected end of stream",
        "yaml-unclosed-quote",
        "context",
        "The quote that opens here is not closed.",
        "Close it; within single quotes, write ' as ''.",
    ),
    (
        "found unknown escape character",
        "yaml-escape",
        "fault",
        "This backslash means nothing.",
        "Use single quotes, in which a backslash is a plain character, or write \\\\.",
    ),
    (
        "did not find expected alphabetic or numeric character",
        "yaml-quote-needed",
        "context",
        "Text cannot begin with * or & without quotes.",
        "Put it between quotes.",
    ),
    (
        "could not find expected ':'",
        "yaml-no-colon",
        "context",
        "A key without ': ' after it.",
        "Write 'key: value', with a space after the colon.",
    ),
    (
        "did not find expected key",
        "yaml-indentation",
        "fault",
        "This does not line up with what is above it.",
        "Give the keys of one mapping the same indentation.",
    ),
    (
        "did not find expected node content",
        "yaml-syntax",
        "fault",
        "A value was expected here.",
        "Write one, between quotes if it begins with a sign; check commas and brackets.",
    ),
    (
        "did not find expected '-' indicator",
        "yaml-indentation",
        "fault",
        "This does not line up with the list above it.",
        "Give every '- ' of one list the same indentation, and what follows the list less.",
    ),
)


def bad_character(text: str, file: str) -> Problem | None:
    """The first character that no YAML file may have, if there is one."""
    found = _UNREADABLE.search(text)
    if not found:
        return None
    before = text[: found.start()].splitlines(keepends=True) or [""]
    new_line = before[-1].endswith(("\n", "\r", "\x85", "\u2028", "\u2029"))
    place = Place(file, len(before) + new_line, 1 if new_line else len(before[-1]) + 1)
    message = f"An unreadable character (code {ord(found.group()):#x}) stands here."
    return Problem(place, "unreadable-character", message, "Remove it; save the file as plain UTF-8 text.")


def explained(error: Any, text: str, at: Callable[[Any], Place]) -> Problem:
    """A parser's error as a Problem; `at` turns the parser's marks into places."""
    said = error.problem or ""
    mark = error.problem_mark or error.context_mark
    if "cannot start any token" in said:
        return _cannot_start(text, mark, at(mark))
    for words, code, where, message, remedy in _WORDS:
        if words in said:
            chosen = error.context_mark if where == "context" and error.context_mark else mark
            return Problem(at(chosen), code, message, remedy)
    remedy = "Compare it with a rule that works; indentation, quotes and brackets are the usual suspects."
    return Problem(at(mark), "yaml-syntax", f"This is not YAML: {said}.", remedy)


def _cannot_start(text: str, mark: Any, place: Place) -> Problem:
    lines = text.splitlines()
    line = lines[mark.line] if mark.line < len(lines) else ""
    character = line[mark.column : mark.column + 1]
    if character == "\t":
        return Problem(place, "yaml-tab", "A tab is used to indent.", "Indent with spaces; tabs are not allowed there.")
    message = f"Text cannot begin with {character} without quotes."
    return Problem(place, "yaml-quote-needed", message, "Put it between quotes.")
