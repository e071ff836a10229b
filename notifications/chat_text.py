"""Text for chat channels: nothing in it calls anybody, hides a link, or is markup, on any of them."""

import re

from leadrelay.rulebook.filters import clean

_MENTION = re.compile(r"(?<![\w.+-])@(?=[\w<&!])|@(?=everyone|here|channel|all\b|room\b)", re.IGNORECASE)
_BLANK_LINES = re.compile(r"\n{3,}")
_LOOKALIKES = str.maketrans({"<": "‹", ">": "›", "`": "ˋ"})
CUT = "\n…\n"
_END = 600


def for_chat(text: str) -> str:
    """Text in which @everyone calls nobody, <!channel> and <b> are no markup, and [words](address) hides no address."""
    inert = "\n".join(" ".join(clean(line).split()) for line in text.split("\n"))
    inert = _BLANK_LINES.sub("\n\n", inert)  # on long runs of blanks Apprise's patterns for Telegram take hours
    inert = _MENTION.sub("＠", inert.translate(_LOOKALIKES))
    return inert.replace("](", "] (").replace("][", "] [")


def cut_to(text: str, room: int) -> str:
    """Text of at most `room` bytes of UTF-8; what goes missing is its middle, because the links stand at its end."""
    whole = text.encode()
    if len(whole) <= room:
        return text
    end = min(_END, room // 3)
    first = whole[: room - end - len(CUT.encode())].decode("utf-8", "ignore")
    return first.rstrip() + CUT + whole[-end:].decode("utf-8", "ignore").lstrip()
