"""The ids of records that bring none: always the same for the same row, so that importing again adds nothing."""

from leadrelay.intake.bundle import Bundle
from leadrelay.intake.known import derived_id, lower

_LETTERS = {"request": "r-", "opportunity": "o-", "activity": "v-"}


def own_id(entity: str, row: Bundle) -> str:
    """The id of the request, opportunity, activity or person that a row is about.

    Its own, else made of all that the row says; a person's is the e-mail address or the name."""
    values = row.of(entity)
    if values.get("id") is not None:
        return str(values["id"])
    if entity == "person":
        return lower(str(values.get("email") or "")) or str(values["name"])
    said = [(one, sorted(fields.items())) for one, fields in sorted(row.values.items())]
    return derived_id(_LETTERS[entity], said)


def activity_id(row: Bundle) -> str:
    """The id of the activity that a request's row carries."""
    values = row.of("activity")
    key = values.get("id")
    return str(key) if key is not None else derived_id("v-", [own_id("request", row), sorted(values.items())])
