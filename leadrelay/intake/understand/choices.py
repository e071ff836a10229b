"""What the values of a column mean where the field has a few: kinds, channels, statuses, countries by name."""

from collections.abc import Iterable
from functools import cache

from babel import Locale

from leadrelay.leads.fields import Field, Type
from leadrelay.rulebook.headings import Vocabulary, bare, squeezed

LANGUAGES = ("en", "nl", "de", "fr")


def values_of(field: Field, texts: Iterable[str], words: Vocabulary) -> dict[str, str]:
    """By text what it means, for those texts that are not the field's own words already."""
    if field.path == "account.country":
        meant = {text: countries().get(squeezed(bare(text)), "") for text in texts if len(text) > 2}
    elif field.type is Type.CHOICE or field.path in words.values:
        own = {squeezed(bare(choice)) for choice in field.choices}
        known = words.values.get(field.path, {})
        meant = {text: known.get(squeezed(bare(text)), "") for text in texts if squeezed(bare(text)) not in own}
    else:
        return {}
    return {text: choice for text, choice in meant.items() if choice}


def strangers(field: Field, texts: Iterable[str], words: Vocabulary) -> list[str]:
    """The texts that mean none of the field's choices."""
    if field.type is not Type.CHOICE:
        return []
    own = {squeezed(bare(choice)) for choice in field.choices}
    known = words.values.get(field.path, {})
    return [text for text in texts if squeezed(bare(text)) not in own and squeezed(bare(text)) not in known]


@cache
def countries() -> dict[str, str]:
    """The codes of countries by their names in four languages, as `bare` gives them."""
    found: dict[str, str] = {}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if len(code) == 2 and code.isalpha():
                found.setdefault(squeezed(bare(name)), code)
    return {**found, "holland": "NL", "thenetherlands": "NL", "england": "GB", "uk": "GB", "usa": "US"}
