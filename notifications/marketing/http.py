"""Speaking HTTP with a marketing system: what an answer means, in the words of system.py."""

from collections.abc import Mapping
from typing import Any

import httpx

from leadrelay.rulebook.filters import clean
from notifications.asking import ask
from notifications.deadline import TooLate
from notifications.marketing.system import Again, Refused

STEPS = 3
"""A whole answer may take so many times as long as one step of it."""
_BUSY = (408, 425, 429)
Answer = Mapping[str, Any]


class Caller:
    """One system that answers JSON at `base`."""

    def __init__(self, base: str, timeout: float, auth: tuple[str, str] | None = None) -> None:
        self._base = base
        self._client = httpx.Client(timeout=timeout, auth=auth, follow_redirects=False)
        self._total = timeout * STEPS
        self.headers: dict[str, str] = {}

    def call(self, method: str, path: str, *, fine: tuple[int, ...] = (), **more: Any) -> tuple[int, Answer]:
        """The status and JSON of an answer; statuses in `fine` are answers too. Raises Again, Refused."""
        try:
            answer = ask(self._client, self._total, method, self._base + path, headers=self.headers, **more)
        except TooLate as error:
            raise Again(f"{method} {path}: {error}") from None
        except httpx.RequestError as error:
            raise Again(f"{method} {path}: {type(error).__name__}") from None
        except (httpx.InvalidURL, ValueError) as error:
            raise Refused(f"{method} {path}: {clean(str(error), 200)}") from None
        status = answer.status_code
        if status in _BUSY or status >= 500:
            raise Again(f"{method} {path}: {status} {_said(answer)}")
        if not answer.is_success and status not in fine:
            raise Refused(f"{method} {path}: {status} {_said(answer)}")
        return status, _json(answer)

    def close(self) -> None:
        """Ends the connection."""
        self._client.close()


def _json(answer: httpx.Response) -> Answer:
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _said(answer: httpx.Response) -> str:
    return clean(answer.text, 200).strip()
