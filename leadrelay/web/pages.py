"""Pages as HTML: autoescaped templates of the package, one inline style, no scripts, nothing from elsewhere."""

import base64
import hashlib
from collections.abc import Mapping
from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from leadrelay.rulebook.words import spoken
from leadrelay.web.words import SAID


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("leadrelay.web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


@lru_cache(maxsize=1)
def style() -> str:
    """The style of every page."""
    loader = _environment().loader
    assert loader is not None
    return loader.get_source(_environment(), "style.css")[0]


@lru_cache(maxsize=1)
def headers() -> Mapping[str, str]:
    """What every answer says to browsers: nothing may be loaded, run, framed, kept, indexed, or told to other sites."""
    digest = base64.b64encode(hashlib.sha256(style().encode()).digest()).decode()
    only = "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; {only}"
    return {
        "content-security-policy": policy,
        "x-content-type-options": "nosniff",
        "x-frame-options": "DENY",
        "referrer-policy": "no-referrer",
        "cache-control": "no-store",
        "x-robots-tag": "noindex, nofollow",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "permissions-policy": "camera=(), microphone=(), geolocation=()",
    }


def page(template: str, language: str, **context: object) -> str:
    """One page in a language; every value in `context` is escaped."""
    words = SAID[spoken(language)]
    given = {"language": spoken(language), "words": words, "style": Markup(style()), "about": None}
    return _environment().get_template(template).render(given | context)
