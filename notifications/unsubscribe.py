"""The address at which a prospect leaves with one click (RFC 8058), signed: nobody can sign off somebody else."""

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING
from urllib.parse import quote

if TYPE_CHECKING:
    from leadrelay.settings_model import Settings

PATH = "/unsubscribe/"


def address_for(settings: "Settings", contact: str) -> str | None:
    """Where contact/3 leaves: {base_url}/unsubscribe/contact/3?s=SIGNATURE; None without a `web.secret` to sign with.

    It does not expire: a mail may be read years later, and leaving must work then too."""
    if settings.web.secret is None:
        return None
    signature = sign(settings.web.secret.get_secret_value(), contact)
    return f"{settings.base_url}{PATH}{quote(contact)}?s={signature}"


def sign(secret: str, contact: str) -> str:
    """The signature under 'contact/3 leaves'."""
    digest = hmac.new(secret.encode(), f"unsubscribe|{contact}".encode("utf-8", "replace"), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest[:18]).decode("ascii")


def is_signed(secret: str, contact: str, signature: str) -> bool:
    """Whether the signature is ours; takes the same time for a wrong one."""
    return hmac.compare_digest(sign(secret, contact).encode(), signature.encode("utf-8", "replace"))
