"""The meaning of conditions as a short digest: the same however they are written or ordered."""

from dataclasses import fields
from hashlib import sha256

from leadrelay.rulebook.condition import All, Any, Condition, Line, Nothing


def digest_of(*conditions: Condition) -> str:
    """A digest of what these conditions mean together; places, order of lines and spelling of tests do not count."""
    text = "&".join(_condition(condition) for condition in conditions)
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _condition(condition: Condition) -> str:
    if isinstance(condition, Line):
        return f"{condition.path} {_test(condition.test)}"
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


def _test(test: object) -> str:
    given = []
    for field in fields(test):  # type: ignore[arg-type]  # every test is a dataclass
        value = getattr(test, field.name)
        given.append(f"{field.name}={_value(value)}")
    return f"{type(test).__name__}({','.join(given)})"


def _value(value: object) -> str:
    if isinstance(value, frozenset):
        return "{" + ",".join(sorted(repr(one) for one in value)) + "}"
    if isinstance(value, tuple):
        return "(" + ",".join(sorted(_value(one) for one in value)) + ")"
    return _test(value) if _is_test(value) else repr(value)


def _is_test(value: object) -> bool:
    return hasattr(value, "unknown_too")
