"""One row on its way in: the values it gives by record, checked to be enough, with its links brought together."""

from msgspec import Struct, field

from leadrelay.intake.known import Record
from leadrelay.intake.mapping import Fault, Values
from leadrelay.intake.rows import Cells
from leadrelay.leads.fields import REQUEST_OUTCOMES, Value
from leadrelay.leads.records import CARRIED

NEEDED = {
    "request": "nothing in it says what is asked or who asks",
    "contact": "a contact needs a name, an e-mail address, a telephone number or an id",
    "account": "an account needs a name, a domain or an id",
    "opportunity": "nothing in it says what the opportunity is",
    "activity": "nothing in it says what took place",
    "person": "a person needs an id, a name or an e-mail address",
}
"""Why a row without a single telling field is rejected."""

_TELLING = {
    "contact": ("id", "name", "email", "phone"),
    "account": ("id", "name", "domain"),
    "person": ("id", "name", "email"),
}


class Bundle(Struct):
    """A row: its cells, its values by entity (links as ids of the carried records), the records that it altered."""

    cells: Cells
    values: Values
    altered: list[Record] = field(default_factory=list)

    def of(self, entity: str) -> dict[str, Value]:
        """What the row says about one record."""
        return self.values.get(entity, {})


def bundle(
    entity: str, cells: Cells, values: Values, constants: Values, partly: bool = False
) -> tuple[Bundle, list[Fault]]:
    """The row about an `entity`, and what it lacks. `partly`: the rest of it is no news, so it need not be whole."""
    fault = "" if partly else _lacking(entity, values)
    _link(entity, values)
    for one, fixed in constants.items():
        if one == entity or one in values:
            values[one] = {**fixed, **values.get(one, {})}
    faults = [Fault("", "", fault)] if fault else [] if partly else _contradictions(entity, values)
    return Bundle(cells, values), faults


def _link(entity: str, values: Values) -> None:
    """Brings `request.account: 7` and `account.id: 7` together, and drops what names nothing of a carried record."""
    main = values.setdefault(entity, {})
    for other in CARRIED[entity]:
        if other == "activity":
            continue
        key = main.pop(other, None)
        if key is not None:
            values[other] = {"id": key, **values.get(other, {})}
    contact = values.get("contact", {})
    if entity != "contact" and "account" in contact:
        key = contact.pop("account")
        if not values.get("account"):
            values["account"] = {"id": key}
        if not contact:
            del values["contact"]


def _lacking(entity: str, values: Values) -> str:
    """Why the row says too little to be a record, or ''."""
    telling = _TELLING.get(entity)
    main = values.get(entity, {})
    if telling:
        return "" if any(name in main for name in telling) else NEEDED[entity]
    if not (main.keys() - {"id"} or values.keys() - {entity}):
        return NEEDED[entity]
    return "an activity needs the time it took place" if entity == "activity" and "at" not in main else ""


def _contradictions(entity: str, values: Values) -> list[Fault]:
    """What cannot be true together."""
    main = values[entity]
    faults = []
    if entity == "request":
        ended = main.get("outcome") or main.get("closed_at") is not None
        if main.get("status") == "open" and ended:
            faults.append(Fault("", "open", "an open request has no outcome and no time of closing"))
        if (main.get("status") == "closed" or ended) and not main.get("outcome"):
            faults.append(Fault("", "closed", f"a closed request needs an outcome: {', '.join(REQUEST_OUTCOMES)}"))
    if entity == "activity" and "kind" not in main:
        faults.append(Fault("", "", "an activity needs a kind: call, visit, email, site_visit, meeting or note"))
    if entity == "opportunity" and main.get("closed_at") is not None and not main.get("outcome"):
        faults.append(Fault("", "", "a closed opportunity needs an outcome: won, lost, recycled"))
    return faults
