"""Tells Mautic: contacts (which it keeps apart by e-mail), segments, and 'do not contact'."""

from notifications.marketing.http import Caller
from notifications.marketing.system import Refused, Told

_BY_HAND = 3
"""Mautic's reason for 'do not contact' that another system gave."""


class Mautic:
    """One Mautic, by basic auth of a user, or by OAuth 2 (client credentials) where that is said."""

    def __init__(self, url: str, user: str, secret: str, timeout: float, *, oauth2: bool = False) -> None:
        self._caller = Caller(url, timeout, None if oauth2 else (user, secret))
        self._client = (user, secret) if oauth2 else None

    def tell(self, told: Told) -> None:
        """Puts a contact in a segment, takes it out, or marks it as not to be contacted. Raises Again, Refused."""
        self._log_in()
        contact = self._contact(told)
        if told.what == "blocked":
            reason = {"reason": _BY_HAND, "comments": told.reason}
            self._caller.call("POST", f"/api/contacts/{contact}/dnc/email/add", json=reason)
            return
        if told.what == "joined":
            self._caller.call("POST", f"/api/contacts/{contact}/dnc/email/remove", fine=(404,))
        way = "add" if told.what == "joined" else "remove"
        self._caller.call("POST", f"/api/segments/{told.target}/contact/{contact}/{way}")

    def _log_in(self) -> None:
        """A token for the whole run, where OAuth 2 is wanted."""
        if self._client is None or "Authorization" in self._caller.headers:
            return
        client_id, client_secret = self._client
        asked = {"grant_type": "client_credentials", "client_id": client_id, "client_secret": client_secret}
        _, answer = self._caller.call("POST", "/oauth/v2/token", data=asked)
        token = answer.get("access_token")
        if not token:
            raise Refused("Mautic gave no token")
        self._caller.headers["Authorization"] = f"Bearer {token}"

    def _contact(self, told: Told) -> int:
        """The contact's id over there: a known address comes back as the contact that it is."""
        first, _, last = told.name.partition(" ")
        new = {"email": told.email, "firstname": first, "lastname": last}
        _, answer = self._caller.call("POST", "/api/contacts/new", json=new)
        found = (answer.get("contact") or {}).get("id")
        if not isinstance(found, int | str):
            raise Refused("Mautic gave no id for the contact")
        return int(found)

    def close(self) -> None:
        """Ends the connection."""
        self._caller.close()
