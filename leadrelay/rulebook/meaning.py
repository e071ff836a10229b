"""The meaning of conditions as a short digest: the same however they are written or ordered."""

from hashlib import sha256

from msgspec import Struct
from msgspec.structs import replace

from leadrelay.rulebook.condition import All, Any, Condition, Every, InList, Line, Mentions, Not, Nothing, Test


def digest_of(*conditions: Condition) -> str:
    """A digest of what these conditions mean together; places, order of lines and spelling of tests do not count."""
    text = "&".join(_condition(condition) for condition in conditions)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def text_of(condition: Condition) -> str:
    """The same for conditions that mean the same, and only for those; lists count by their names alone."""
    return _condition(_without_entries(condition))


def _without_entries(condition: Condition) -> Condition:
    if isinstance(condition, Line):
        return replace(condition, test=_listless(condition.test))
    assert isinstance(condition, All | Any | Nothing)
    return replace(condition, parts=tuple(map(_without_entries, condition.parts)))


def _listless(test: Test) -> Test:
    if isinstance(test, InList | Mentions):
        return type(test)(test.name, frozenset())
    if isinstance(test, Not):
        return Not(_listless(test.test))
    return Every(tuple(map(_listless, test.tests))) if isinstance(test, Every) else test


def _condition(condition: Condition) -> str:
    if isinstance(condition, Line):
        return f"{condition.path} {_value(condition.test)}"
    assert isinstance(condition, All | Any | Nothing)
    parts = sorted({text for part in condition.parts for text in _flat(condition, part)})
    if len(parts) == 1 and not isinstance(condition, Nothing):
        return parts[0]
    return f"{type(condition).__name__}({';'.join(parts)})"


def _flat(group: Condition, part: Condition) -> list[str]:
    """A part's texts; a group in a group of its kind is the same as its own parts (none-of-any as well)."""
    same = type(part) is type(group) or (isinstance(group, Nothing) and isinstance(part, Any))
    if same and isinstance(part, All | Any):
        return [text for inner in part.parts for text in _flat(part, inner)]
    return [_condition(part)]


def _value(value: object) -> str:
    if isinstance(value, frozenset):
        return "{" + ",".join(sorted(repr(one) for one in value)) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(sorted(_value(one) for one in value)) + ")"
    if isinstance(value, Struct):
        given = [f"{name}={_value(getattr(value, name))}" for name in value.__struct_fields__]
        return f"{type(value).__name__}({','.join(given)})"
    return repr(value)
