"""How each CRM wants to be told of a change: method, path, headers and body, as its documentation has them."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from msgspec import Struct, field

if TYPE_CHECKING:
    from leadrelay.settings_model import SystemSettings

Fields = Mapping[str, Any]
"""By their field names, what they are to hold; `Owner.id` stands inside `Owner`."""


class Call(Struct, frozen=True):
    """One call of an interface. `path` begins with a slash."""

    method: str
    path: str
    body: Any
    headers: dict[str, str] = field(default_factory=dict)


class Target(Struct, frozen=True):
    """The record that is changed: what their interface calls its kind, and its id there."""

    object: str
    id: str
    version: str
    token: str

    @property
    def path(self) -> str:
        """Kind and id as parts of an address."""
        return f"{quote(self.object, safe='')}/{quote(self.id, safe='')}"


def call_for(way: str, settings: "SystemSettings", kind: str, foreign_id: str, fields: Fields) -> Call:
    """The call by which the record of that kind gets these fields. `way` is one of WAYS."""
    token = settings.token.get_secret_value() if settings.token else ""
    make, version = _CALLS[way]
    return make(Target(kind, foreign_id, settings.version or version, token), fields)


def _salesforce(target: Target, fields: Fields) -> Call:
    # Without the header its own assignment rules would give the lead to somebody else at once.
    headers = {**_bearer(target), "Sforce-Auto-Assign": "FALSE"}
    return Call("PATCH", f"/services/data/{target.version}/sobjects/{target.path}", dict(fields), headers)


def _hubspot(target: Target, fields: Fields) -> Call:
    return Call("PATCH", f"/crm/v3/objects/{target.path}", {"properties": dict(fields)}, _bearer(target))


def _dynamics(target: Target, fields: Fields) -> Call:
    """An owner is a link to a user; `If-Match: *` changes a record and never makes one."""
    body = {name: value for name, value in fields.items() if name != "ownerid"}
    if "ownerid" in fields:
        body["ownerid@odata.bind"] = f"/systemusers({fields['ownerid']})"
    path = f"/api/data/{target.version}/{quote(target.object, safe='')}({quote(target.id, safe='-')})"
    return Call("PATCH", path, body, {**_bearer(target), "If-Match": "*", "OData-Version": "4.0"})


def _pipedrive(target: Target, fields: Fields) -> Call:
    """Leads take PATCH, everything else PUT."""
    method = "PATCH" if target.object == "leads" else "PUT"
    return Call(method, f"/v1/{target.path}", dict(fields), {"x-api-token": target.token} if target.token else {})


def _sugarcrm(target: Target, fields: Fields) -> Call:
    headers = {"OAuth-Token": target.token} if target.token else {}
    return Call("PUT", f"/rest/{target.version}/{target.path}", dict(fields), headers)


def _zoho(target: Target, fields: Fields) -> Call:
    headers = {"Authorization": f"Zoho-oauthtoken {target.token}"} if target.token else {}
    record = {"id": target.id, **_nested(fields)}
    path = f"/crm/{target.version}/{quote(target.object, safe='')}"
    return Call("PUT", path, {"data": [record], "trigger": []}, headers)


def _webhook(target: Target, fields: Fields) -> Call:
    return Call("POST", "", {"object": target.object, "id": target.id, "fields": _nested(fields)}, _bearer(target))


def _bearer(target: Target) -> dict[str, str]:
    return {"Authorization": f"Bearer {target.token}"} if target.token else {}


def _nested(fields: Fields) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in fields.items():
        inner = found
        *outer, last = name.split(".")
        for part in outer:
            inner = inner.setdefault(part, {})
        inner[last] = value
    return found


_CALLS: Mapping[str, tuple[Callable[[Target, Fields], Call], str]] = {
    "salesforce": (_salesforce, "v61.0"),
    "hubspot": (_hubspot, ""),
    "dynamics": (_dynamics, "v9.2"),
    "pipedrive": (_pipedrive, ""),
    "sugarcrm": (_sugarcrm, "v11_20"),
    "zoho": (_zoho, "v6"),
    "webhook": (_webhook, ""),
}
WAYS = frozenset(_CALLS)
"""Every way that is not a file."""
