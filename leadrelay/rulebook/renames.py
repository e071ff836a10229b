"""Which rules of one version are which of the next: by `was:`, and rows of a table by what they say."""

from collections.abc import Callable, Iterator

from leadrelay.rulebook.meaning import text_of
from leadrelay.rulebook.model import Rule, Rulebook, Ruleset
from leadrelay.rulebook.way import digest_of_actions


def renames(old: Ruleset, new: Ruleset) -> dict[str, str]:
    """The keys that rules have now, by those they had, where they differ.

    A way back (a rollback to the version before a `was:`) counts as well as a way on."""
    before = {rule.key: rule for _, rule in old.rules()}
    after = {rule.key: rule for _, rule in new.rules()}
    found: dict[str, str] = {}
    for was, now in (*_told(after, before), *((was, now) for now, was in _told(before, after))):
        if was not in after and now not in before and was not in found and now not in found.values():
            found[was] = now
    for book, other in _tables(old, new):
        found |= _rows(book, other)
    return found


def replaced(old: Ruleset, moved: dict[str, str]) -> set[str]:
    """The keys of rules that are gone, and that other rules have now."""
    before = {rule.key for _, rule in old.rules()}
    return (set(moved.values()) & before) - moved.keys()


def _told(by: dict[str, Rule], others: dict[str, Rule]) -> Iterator[tuple[str, str]]:
    """What `was:` of these rules says, as far as the other version has such a rule."""
    for key, rule in by.items():
        known = next((was for was in rule.was if was in others), None)
        if known is not None:
            yield known, key


def _tables(old: Ruleset, new: Ruleset) -> Iterator[tuple[Rulebook, Rulebook]]:
    """The rulebooks with rows of both versions, in pairs."""
    before = {book.name: book for book in old.rulebooks}
    for book in new.rulebooks:
        names = (book.name, *book.was)
        known = next((before[name] for name in names if name in before), None)
        back = next((one for one in old.rulebooks if book.name in one.was), None)
        if (pair := known or back) is not None and any(is_row(book, rule) for rule in book.rules):
            yield pair, book


def _rows(old: Rulebook, new: Rulebook) -> dict[str, str]:
    """Rows that say the same under another number; then those with the same tests; then those with their old number."""
    gone = [rule for rule in old.rules if is_row(old, rule)]
    come = [rule for rule in new.rules if is_row(new, rule)]
    found: dict[str, str] = {}
    for same in _SAME:
        for rule in list(come):
            match = next((one for one in gone if same(one) == same(rule)), None)
            if match is not None:
                gone.remove(match)
                come.remove(rule)
                found[match.key] = rule.key
    return {was: now for was, now in found.items() if was != now}


def _everything(rule: Rule) -> object:
    return text_of(rule.when), digest_of_actions(rule.then)


def _tests(rule: Rule) -> object:
    return text_of(rule.when)


def _number(rule: Rule) -> object:
    return rule.row


_SAME: tuple[Callable[[Rule], object], ...] = (_everything, _tests, _number)


def is_row(book: Rulebook, rule: Rule) -> bool:
    """Whether a rule is a row of a table that has no id of its own."""
    return rule.row is not None and rule.id == f"{book.name}-{rule.row}"
