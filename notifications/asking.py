"""One HTTP call to another system, whole or not at all: within a time, and of a size that we can hold."""

from typing import Any

import httpx

from notifications.deadline import within

LARGEST = 4_000_000
"""So many bytes of an answer are read; what systems say to a change is short."""
_ABOUT_THE_BODY = ("content-encoding", "content-length", "transfer-encoding")


def ask(client: httpx.Client, seconds: float, method: str, url: str, **more: Any) -> httpx.Response:
    """The answer, with all its body. `seconds`: how long everything together may take, however slowly it comes.

    Raises httpx.HTTPError, httpx.InvalidURL, and TooLate."""
    return within(seconds, str(httpx.URL(url).copy_with(raw_path=b"/")), lambda: _asked(client, method, url, more))


def _asked(client: httpx.Client, method: str, url: str, more: dict[str, Any]) -> httpx.Response:
    body = bytearray()
    with client.stream(method, url, **more) as answer:
        for part in answer.iter_bytes():
            body += part
            if len(body) > LARGEST:
                raise httpx.ReadError(f"the answer is longer than {LARGEST} bytes")
    headers = [(name, value) for name, value in answer.headers.multi_items() if name not in _ABOUT_THE_BODY]
    return httpx.Response(answer.status_code, headers=headers, content=bytes(body), request=answer.request)
