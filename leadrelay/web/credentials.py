"""Who may hand things in: keys that callers show, and the signatures of vendors; all compared in constant time."""

import base64
import binascii
import hashlib
import hmac
import re
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
_LOCAL_NAMES = frozenset((*_LOCAL, "localhost"))
_HOST = re.compile(r"(?:\[([0-9a-f:]+)\]|([-a-z0-9.]+))(?::[0-9]{1,5})?")
_PROXIES = ("forwarded", "x-forwarded", "x-real-", "x-client-", "x-cluster-", "x-original-", "x-proxy", "x-envoy-",
            "x-amzn-", "x-azure-", "x-appengine-", "x-arr-", "x-varnish", "x-remote-", "true-client-", "client-ip",
            "cf-", "cdn-", "fastly-", "fly-", "akamai-", "via", "proxy-", "x-host", "x-request-id", "traceparent",
            "x-b3-", "x-forward")  # fmt: skip
"""Headers that begin so are set by what stands between a caller and us."""


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
    """Whether a call of the intake API shows the key of [web] api_key; without one, only this machine may call, and no
    page in a browser on it."""
    key = settings.web.api_key
    if key is not None:
        return _same(_bearer(caller.headers), key.get_secret_value())
    return _is_local(caller)


def _is_local(caller: Caller) -> bool:
    """Whether a program on this machine calls: straight, by a name of this machine (or a foreign name was made to lead
    here), with JSON (which no page of another origin can send unasked), and from no page of another origin."""
    headers = caller.headers
    if caller.host not in _LOCAL or any(name.startswith(_PROXIES) for name in headers):
        return False
    name = headers.get("host", "")
    if _without_port(name) not in _LOCAL_NAMES:
        return False
    if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
        return False
    own_page = headers.get("origin", f"http://{name}") == f"http://{name}"
    return own_page and headers.get("sec-fetch-site", "none") in ("none", "same-origin")


def _without_port(host: str) -> str:
    """The name in a Host header: `localhost`, `127.0.0.1` or `::1`."""
    found = _HOST.fullmatch(host.lower())
    return (found[1] or found[2]) if found else ""


def systems_of(caller: Caller, settings: "Settings", now: Instant) -> list[str]:
    """The systems whose secret a webhook shows or is signed with."""
    return [name for name, system in settings.systems.items() if _is_from(caller, system, now)]


def _is_from(caller: Caller, system: "SystemSettings", now: Instant) -> bool:
    """Whether a webhook comes from that system: signed by its secret, or showing it. Without a secret nothing is."""
    if system.secret is None or not system.secret.get_secret_value():
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
