"""Who may hand things in: keys that callers show, and the signatures of vendors; all compared in constant time."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote

from msgspec import Struct

from leadrelay.clock import MINUTE, Instant

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings, SystemSettings

FRESH = 5 * MINUTE
"""A signature of HubSpot that is older (or newer) is no longer one."""
_LOCAL = frozenset(("127.0.0.1", "::1"))
_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")


class Caller(Struct, frozen=True):
    """What is known of a call: headers by small letters, body as it came; `url` as the caller wrote it."""

    method: str
    url: str
    host: str
    headers: Mapping[str, str]
    query: Mapping[str, str]
    body: bytes
    in_path: str = ""
    """The part of the address that holds a key, if there is one."""


def may_hand_in(caller: Caller, settings: "Settings") -> bool:
    """Whether a call of the intake API shows the key of [web] api_key; without one, only this machine may call."""
    key = settings.web.api_key
    if key is not None:
        return _same(_bearer(caller.headers), key.get_secret_value())
    return caller.host in _LOCAL and not any(name in caller.headers for name in _FORWARDED)


def is_from(caller: Caller, system: "SystemSettings | None", now: Instant) -> bool:
    """Whether a webhook comes from that system: signed by its secret, or showing it. Without a secret nothing is."""
    if system is None or system.secret is None or not system.secret.get_secret_value():
        return False
    secret = system.secret.get_secret_value()
    if "x-hubspot-signature-v3" in caller.headers:
        return _hubspot(caller, secret, now)
    for name in ("x-signature", "x-hub-signature-256"):
        if name in caller.headers:
            wanted = hmac.new(secret.encode(), caller.body, hashlib.sha256).hexdigest()
            return _same(caller.headers[name].removeprefix("sha256=").lower(), wanted)
    shown = (
        _bearer(caller.headers),
        _password(caller.headers),
        caller.headers.get("x-leadrelay-token", ""),
        caller.query.get("code", ""),
        caller.in_path,
    )
    return any(_same(one, secret) for one in shown)


def _hubspot(caller: Caller, secret: str, now: Instant) -> bool:
    """Method, address, body and time, signed with the app's secret (HubSpot's version 3)."""
    stamp = caller.headers.get("x-hubspot-request-timestamp", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 16) or abs(now - int(stamp) * 1000) > FRESH:
        return False
    signed = caller.method.encode() + unquote(caller.url).encode() + caller.body + stamp.encode()
    wanted = base64.b64encode(hmac.new(secret.encode(), signed, hashlib.sha256).digest()).decode()
    return _same(caller.headers["x-hubspot-signature-v3"], wanted)


def _bearer(headers: Mapping[str, str]) -> str:
    kind, _, key = headers.get("authorization", "").partition(" ")
    return key.strip() if kind.lower() == "bearer" else ""


def _password(headers: Mapping[str, str]) -> str:
    kind, _, pair = headers.get("authorization", "").partition(" ")
    if kind.lower() != "basic":
        return ""
    try:
        return base64.b64decode(pair.strip(), validate=True).decode("utf-8", "replace").partition(":")[2]
    except (binascii.Error, ValueError):
        return ""


def _same(shown: str, wanted: str) -> bool:
    return bool(wanted) and hmac.compare_digest(shown.encode("utf-8", "replace"), wanted.encode())
