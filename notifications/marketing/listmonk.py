"""Tells listmonk (its API of 2024 and later): subscribers by e-mail, their lists, and the blocklist."""

from typing import Any

from notifications.marketing.http import Answer, Caller
from notifications.marketing.system import Refused, Told

_SUBSCRIBERS = "/api/subscribers"
_KNOWN_ALREADY = 409


class Listmonk:
    """One listmonk; logs in as an API user with its token."""

    def __init__(self, url: str, user: str, token: str, timeout: float) -> None:
        self._caller = Caller(url, timeout, (user, token))

    def tell(self, told: Told) -> None:
        """Puts a subscriber on a list, takes it off, or blocks it. Raises Again, Refused."""
        if told.what == "joined":
            self._join(told)
        elif (found := self._find(told.email)) is not None:
            if told.what == "blocked":
                self._caller.call("PUT", f"{_SUBSCRIBERS}/{found['id']}/blocklist")
            else:
                self._lists(found, "remove", told)

    def _join(self, told: Told) -> None:
        new = {
            "email": told.email,
            "name": told.name or told.email,
            "status": "enabled",
            "lists": [told.target],
            "attribs": {"leadrelay": told.contact, "language": told.language},
            "preconfirm_subscriptions": True,  # consent is kept here, with its source and date
        }
        status, _ = self._caller.call("POST", _SUBSCRIBERS, json=new, fine=(_KNOWN_ALREADY,))
        if status != _KNOWN_ALREADY:
            return
        found = self._find(told.email)
        if found is None:
            raise Refused(f"listmonk knows {told.email} already, and does not find it")
        if found.get("status") == "blocklisted":  # whoever said yes again
            lists = [one["id"] for one in found.get("lists") or ()]
            whole = {"email": told.email, "name": found.get("name") or told.email, "status": "enabled", "lists": lists}
            self._caller.call("PUT", f"{_SUBSCRIBERS}/{found['id']}", json=whole)
        self._lists(found, "add", told)

    def _lists(self, found: Answer, action: str, told: Told) -> None:
        change: dict[str, Any] = {"ids": [found["id"]], "action": action, "target_list_ids": [told.target]}
        if action == "add":
            change["status"] = "confirmed"
        self._caller.call("PUT", f"{_SUBSCRIBERS}/lists", json=change)

    def _find(self, email: str) -> Answer | None:
        """The subscriber with this address; the query is SQL over there, so quotes are doubled."""
        quoted = email.lower().replace("'", "''")
        query = {"query": f"LOWER(subscribers.email) = '{quoted}'", "per_page": "1"}
        _, answer = self._caller.call("GET", _SUBSCRIBERS, params=query)
        results = (answer.get("data") or {}).get("results") or []
        return results[0] if results else None

    def close(self) -> None:
        """Ends the connection."""
        self._caller.close()
