"""Tells a webhook: JSON, signed with HMAC-SHA-256 over time and body, and a key by which it knows what it had before.

X-Leadrelay-Signature: t=1795161180,v1=HEX    HMAC of "1795161180." + body
Idempotency-Key: the same at every attempt
"""

import hashlib
import hmac

import orjson

from leadrelay.clock import SECOND, Clock, system_clock
from notifications.marketing.http import Caller
from notifications.marketing.system import Told


def signature(secret: str, seconds: int, body: bytes) -> str:
    """The value of the signature's header, for a body sent at this moment."""
    digest = hmac.digest(secret.encode(), f"{seconds}.".encode() + body, hashlib.sha256).hex()
    return f"t={seconds},v1={digest}"


class Webhook:
    """One address that is told everything."""

    def __init__(self, url: str, secret: str, timeout: float, clock: Clock = system_clock) -> None:
        self._caller, self._secret, self._clock = Caller(url, timeout), secret, clock

    def tell(self, told: Told) -> None:
        """One POST. Raises Again, Refused."""
        body = orjson.dumps(
            {
                "event": told.what,
                "contact": {
                    "id": told.contact,
                    "name": told.name or None,
                    "email": told.email or None,
                    "language": told.language or None,
                },
                "list": told.list or None,
                "reason": told.reason,
                "at": told.at,
            }
        )
        self._caller.headers = {
            "Content-Type": "application/json",
            "Idempotency-Key": told.key,
            "X-Leadrelay-Signature": signature(self._secret, self._clock() // SECOND, body),
        }
        self._caller.call("POST", "", content=body)

    def close(self) -> None:
        """Ends the connection."""
        self._caller.close()
