"""What ops are told about the rules and the outbox without any rule: names of templates, and reasons in words.

Their words are in templates/LANGUAGE/ like those of others; a project whose templates have none of that name gets the
words that leadrelay is shipped with.
"""

from collections.abc import Mapping
from typing import Literal

ROLE = "ops"
"""Who is told: every active person with this role."""
About = Literal["delivery_alarm", "rules_refused", "rules_mended", "rule_held", "rule_limit"]
"""What there is to say; the name of its template."""
SUBJECTS: Mapping[About, str] = {
    "delivery_alarm": "outbox",
    "rules_refused": "rules",
    "rules_mended": "rules",
    "rule_held": "rules",
    "rule_limit": "rules",
}
"""What each of them is about."""
ABOUT = tuple(SUBJECTS)
Reason = Mapping[str, str]
"""Why somebody gets it, by language; what `check` and `test` found is in their own words."""


def refused(version: int, faults: int, failures: int, tests: int, named: str) -> Reason:
    """Version goes on, because of so many faults or failing rule tests, the first of which are `named`."""
    found = (f"{faults} fault(s)", f"{faults} fout(en)")
    if not faults:
        found = (f"{failures} of {tests} rule tests fail", f"{failures} van {tests} regeltests falen")
    return {
        "en": f"version {version} goes on; {found[0]}: {named}",
        "nl": f"versie {version} blijft gelden; {found[1]}: {named}",
    }


def mended(version: int, changes: str) -> Reason:
    """A version is live with what was refused before; `changes` says in a line what it changes."""
    more = f": {changes}" if changes else ""
    return {"en": f"version {version} is live{more}", "nl": f"versie {version} geldt nu{more}"}


def held(rule: str, number: int) -> Reason:
    """A rule would begin so many episodes at once."""
    return {
        "en": f"the rule '{rule}' would act on {number} at once",
        "nl": f"de regel '{rule}' zou in één keer op {number} werken",
    }


def limited(rule: str, number: int) -> Reason:
    """A rule did so much within an hour, and would do more than its limit."""
    return {
        "en": f"the rule '{rule}' acted on {number} within an hour, and more is over its limit",
        "nl": f"de regel '{rule}' deed binnen een uur {number} keer iets, en meer is boven zijn grens",
    }
