"""A word for 'not known' is no value in a field of any type but text, where it is what was written."""

from zoneinfo import ZoneInfo

import pytest

from leadrelay.intake.values import Formats, reading
from leadrelay.leads.fields import CRITERIA, Fields

CRITERION_PATHS = [f"opportunity.{method}.{name}" for method, names in CRITERIA.items() for name in names]
OTHERS = ["request.prompted", "account.tier", "account.employees", "request.expected_value", "opportunity.decision_on"]


@pytest.mark.parametrize("path", [*CRITERION_PATHS, *OTHERS])
@pytest.mark.parametrize("word", ["unknown", "Onbekend", "?"])
def test_unknown_is_no_value(path: str, word: str) -> None:
    field = Fields().get(path)
    assert field is not None
    assert reading(field, str(field.type), Formats(ZoneInfo("UTC")))(word) is None


def test_a_text_stays_what_it_is() -> None:
    field = Fields().get("request.summary")
    assert field is not None
    assert reading(field, "text", Formats(ZoneInfo("UTC")))("unknown") == "unknown"
