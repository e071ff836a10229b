"""Text for chat channels: nothing in it calls anybody, hides a link, or is markup, on any of them."""

import re

from leadrelay.rulebook.filters import clean

_MENTION = re.compile(r"(?<![\w.+-])@(?=[\w<&!])")
_LOOKALIKES = str.maketrans({"<": "‹", ">": "›", "`": "ˋ"})
CUT = "\n…\n"
_END = 600


def for_chat(text: str) -> str:
    """Text in which @everyone calls nobody, <!channel> and <b> are no markup, and [words](address) hides no address."""
    inert = "\n".join(clean(line) for line in text.split("\n"))
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
