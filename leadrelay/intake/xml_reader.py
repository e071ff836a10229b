"""XML as nested data: elements by their names without namespaces; no entities, no document types, nothing fetched."""

from typing import Any
from xml.parsers import expat

from leadrelay.errors import UnreadableFile
from leadrelay.intake.shapes import DEEPEST
from leadrelay.intake.source import Source

LARGEST = 20_000_000
"""Characters; a longer document is no message."""


class Refused(ValueError):
    """XML that is not read; str() is the reason."""


def parse_xml(text: str) -> dict[str, Any]:
    """The root element, under its name: elements are objects, repeated ones lists, those without elements text.

    Attributes stand under `@name`. Raises Refused."""
    builder = _Builder()
    parser = expat.ParserCreate("utf-8", " ")  # whatever encoding the text says it had
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = builder.doctype
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except expat.ExpatError as error:
        raise Refused(f"line {error.lineno}: it is not XML ({expat.ErrorString(error.code)})") from error
    return builder.root


def read_xml(source: Source) -> dict[str, Any]:
    """The document of a source. Raises UnreadableFile."""
    try:
        with source.text() as file:
            text = file.read(LARGEST + 1)
        if len(text) > LARGEST:
            raise Refused("it is too long for a message")
        head, _, rest = text.lstrip().partition("?>")
        return parse_xml(rest if head.startswith("<?xml") else text)
    except Refused as error:
        raise UnreadableFile(file=source.name, why=str(error)) from error


class _Builder:
    """Collects what the parser meets."""

    def __init__(self) -> None:
        self.root: dict[str, Any] = {}
        self._open: list[tuple[dict[str, Any], list[str]]] = [(self.root, [])]

    def doctype(self, *_: object) -> None:
        raise Refused("it declares a document type, which no message of another system does")

    def start(self, _name: str, attributes: dict[str, str]) -> None:
        if len(self._open) > DEEPEST:
            raise Refused(f"it is nested more than {DEEPEST} deep")
        self._open.append(({f"@{_bare(key)}": value for key, value in attributes.items()}, []))

    def text(self, text: str) -> None:
        self._open[-1][1].append(text)

    def end(self, name: str) -> None:
        element, texts = self._open.pop()
        text = "".join(texts).strip()
        only_text = all(key.startswith("@") for key in element)
        value: Any = text if only_text and (text or not element) else element
        parent, key = self._open[-1][0], _bare(name)
        if key not in parent:
            parent[key] = value
        elif isinstance(parent[key], list):
            parent[key].append(value)
        else:
            parent[key] = [parent[key], value]


def _bare(name: str) -> str:
    return name.rpartition(" ")[2]
