"""Which running deal an imagined request is about, weighed as store/running_deals.py gathers it from the database."""

from collections.abc import Mapping

from leadrelay.act.imagined import Entities
from leadrelay.leads.fields import Value
from leadrelay.matching.deals import ACCOUNT, PARENT, PERSON, Asked, Deal, meant

_GIVEN = ("deal", "deal_match", "deals")


def weigh(entities: Entities, request: str) -> None:
    """Gives a request that does not say which deal it is about the fields that say so."""
    own = entities.values["request", request]
    if any(own.get(name) is not None for name in _GIVEN):
        return
    account = _text(own, "account")
    family = _family(entities, account)
    deals = [deal for name in _running(entities) if (deal := _deal(entities, name, own, family)) is not None]
    if not deals:
        deals = _named_only(entities, account)
    company = entities.values.get(("account", account or ""), {})
    asked = Asked(_text(own, "contact"), _text(own, "product"), _text(own, "summary"), _text(company, "name"))
    own.update({name: value for name, value in meant(asked, deals).fields().items() if name not in own})


def _running(entities: Entities) -> list[str]:
    return [
        name for (kind, name), one in entities.values.items() if kind == "opportunity" and one.get("closed_at") is None
    ]


def _deal(entities: Entities, name: str, request: Mapping[str, Value], family: list[str]) -> Deal | None:
    """The deal, if it is of the asker, of their account or of a parent above that; else None."""
    values = entities.values["opportunity", name]
    deciders = values.get("deciders")
    people = (values.get("contact"), *(deciders if isinstance(deciders, tuple) else ()))
    contacts = tuple(str(one) for one in people if one is not None)
    where = values.get("account")
    if where in family:
        through = ACCOUNT if where == family[0] else PARENT
    elif _text(request, "contact") in contacts:
        through = PERSON
    else:
        return None
    return Deal(name, through, contacts, _text(values, "product"), _text(values, "name"), _text(values, "owner"))


def _named_only(entities: Entities, account: str | None) -> list[Deal]:
    """The deal of which a test gives no more than `account.running_opportunity`."""
    values = entities.values.get(("account", account or ""), {})
    name = _text(values, "running_opportunity")
    return [Deal(name, owner=_text(values, "running_owner"))] if name is not None else []


def _family(entities: Entities, account: str | None) -> list[str]:
    found: list[str] = []
    while account is not None and account not in found:
        found.append(account)
        account = _text(entities.values.get(("account", account), {}), "parent")
    return found


def _text(values: Mapping[str, Value], name: str) -> str | None:
    value = values.get(name)
    return value if isinstance(value, str) else None
