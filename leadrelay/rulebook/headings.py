"""Reads rules/headings.yaml: what columns, their groups, sheets and choices are called in spreadsheets.

The words that leadrelay knows itself (headings_known.yaml, nl, en, de, fr) count too; a project's own come first.

headings: {request.machine: [machine type, type machine]}     # a field, and what columns with it are called
same: {name: {accounts: account.name}}                        # by what the rows are
parts: {contact.name: {first: [voornaam], last: [achternaam]}}
groups: {contact: [contactpersoon]}                           # words over several columns
kinds: {requests: [aanvragen]}                                # names of files and sheets
values: {request.channel: {phone: [gebeld]}}
"""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache, lru_cache
from importlib.resources import files

from msgspec import Struct, field

from leadrelay.leads.fields import Field, Fields, Type
from leadrelay.leads.records import CARRIED, ENTITY_OF, importable
from leadrelay.rulebook.context import Context, suggestion
from leadrelay.rulebook.nodes import Mapping as Keys
from leadrelay.rulebook.nodes import Node, Scalar
from leadrelay.rulebook.schema.of_conditions import Schema, obj

FILE = "rules/headings.yaml"
KEYS = ("headings", "same", "parts", "groups", "kinds", "values")
PARTS = ("first", "infix", "last")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")
_BRACKETS = re.compile(r"[(\[][^)\]]*[)\]]")
_NOT_WORDS = re.compile(r"[\W_]+")


class Vocabulary(Struct, frozen=True):
    """What words mean, each `bare` and `squeezed`. `fields`: the paths a heading may be, the likeliest first; `same`:
    by kind of row; `parts`: the field and which part of it; `values`: by path the choice that a text means."""

    fields: dict[str, list[str]] = field(default_factory=dict)
    same: dict[str, dict[str, str]] = field(default_factory=dict)
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)
    groups: dict[str, str] = field(default_factory=dict)
    kinds: dict[str, str] = field(default_factory=dict)
    values: dict[str, dict[str, str]] = field(default_factory=dict)


@lru_cache(4096)
def bare(text: str) -> str:
    """Words as they are compared: small letters without accents, brackets and punctuation (`E-mail*` is `e mail`)."""
    parted = _HUMP.sub(" ", text)
    plain = unicodedata.normalize("NFKD", _BRACKETS.sub(" ", parted) or parted)
    letters = "".join(one for one in plain if not unicodedata.combining(one))
    return " ".join(_NOT_WORDS.sub(" ", letters.casefold()).split())


def squeezed(key: str) -> str:
    """Words without the spaces between them, by which they are looked up: `E-mail` is `email`."""
    return key.replace(" ", "")


def own_headings(ctx: Context) -> Vocabulary:
    """The words of the project itself; what is wrong is reported. Needs `ctx.fields`."""
    document = ctx.document(FILE)
    return Vocabulary() if document is None else _Reader(ctx).read(document)


def vocabulary_of(project_files: Mapping[str, str], fields: Fields) -> Vocabulary:
    """The words of a project whose files were checked already, before those that leadrelay knows itself."""
    return _joined(own_headings(Context(dict(project_files), fields=fields)), known_headings())


@cache
def known_headings() -> Vocabulary:
    """The words that leadrelay knows itself."""
    text = files("leadrelay.rulebook").joinpath("headings_known.yaml").read_text(encoding="utf-8")
    ctx = Context({FILE: text})
    document = ctx.document(FILE)
    assert document is not None
    return _Reader(ctx).read(document)


class _Reader:
    """Reads one file of words."""

    def __init__(self, ctx: Context) -> None:
        self.ctx = ctx
        self.found = Vocabulary()

    def read(self, document: Keys) -> Vocabulary:
        ctx, found = self.ctx, self.found
        ctx.keys(document, KEYS, "this file")
        for path, node in self._pairs(document, "headings"):
            if self._field(path):
                for word in self._words(node, path.text):
                    found.fields.setdefault(word, []).append(path.text)
        for heading, node in self._pairs(document, "same"):
            found.same[squeezed(bare(heading.text))] = self._by_kind(node, heading.text)
        for path, node in self._pairs(document, "parts"):
            self._parts(path, node)
        self._named(document, "groups", tuple(CARRIED), found.groups)
        self._named(document, "kinds", tuple(ENTITY_OF), found.kinds)
        for path, node in self._pairs(document, "values"):
            self._choices(path, node)
        return found

    def _by_kind(self, node: Node, what: str) -> dict[str, str]:
        table = self.ctx.mapping(node, f"'{what}'")
        found = {}
        for kind, path in table.items() if table else ():
            if kind.text not in ENTITY_OF:
                self.ctx.unknown("unknown-choice", "kind of row", kind, tuple(ENTITY_OF))
            elif isinstance(path, Scalar) and self._field(path):
                found[kind.text] = path.text
        return found

    def _parts(self, path: Scalar, node: Node) -> None:
        if not self._field(path):
            return
        parts = self.ctx.mapping(node, f"'{path.text}'")
        for part, words in parts.items() if parts else ():
            if part.text not in PARTS:
                self.ctx.unknown("unknown-choice", "part of a name", part, PARTS)
            for word in self._words(words, part.text):
                self.found.parts[word] = (path.text, part.text)

    def _named(self, document: Keys, key: str, known: tuple[str, ...], into: dict[str, str]) -> None:
        for name, node in self._pairs(document, key):
            if name.text not in known:
                self.ctx.unknown("unknown-choice", f"key of '{key}'", name, known)
            else:
                into.update(dict.fromkeys(self._words(node, name.text), name.text))

    def _choices(self, path: Scalar, node: Node) -> None:
        one = self._field(path)
        table = self.ctx.mapping(node, f"'{path.text}'")
        if not one or table is None:
            return
        meant = self.found.values.setdefault(path.text, {})
        for choice, words in table.items():
            if one.type is Type.CHOICE and choice.text not in one.choices:
                self.ctx.unknown("unknown-choice", f"value of {path.text}", choice, one.choices)
            else:
                meant.update(dict.fromkeys(self._words(words, choice.text), choice.text))

    def _pairs(self, document: Keys, key: str) -> list[tuple[Scalar, Node]]:
        table = self.ctx.mapping(document.get(key), f"'{key}'")
        return list(table.items()) if table else []

    def _words(self, node: Node, what: str) -> list[str]:
        return [word for item in self.ctx.texts(node, f"A word for {what}") if (word := squeezed(bare(item.text)))]

    def _field(self, node: Scalar) -> Field | None:
        found = importable(node.text, self.ctx.fields)
        if found is None:
            message = f"There is no field '{node.text}' that can be imported."
            self.ctx.report(node.place, "unknown-field", message, suggestion(node.text, list(self.ctx.fields.by_path)))
        return found


def _joined(own: Vocabulary, known: Vocabulary) -> Vocabulary:
    """Both; where the two differ, the project's own word counts alone."""
    values = {
        path: {**known.values.get(path, {}), **own.values.get(path, {})} for path in {**known.values, **own.values}
    }
    claimed = {*own.fields, *own.same, *own.parts}
    return Vocabulary(
        fields={**{word: paths for word, paths in known.fields.items() if word not in claimed}, **own.fields},
        same={**{word: one for word, one in known.same.items() if word not in claimed}, **own.same},
        parts={**{word: one for word, one in known.parts.items() if word not in claimed}, **own.parts},
        groups={**known.groups, **own.groups},
        kinds={**known.kinds, **own.kinds},
        values=values,
    )


def headings_schema() -> Schema:
    """The schema of this file, for editors."""
    words: Schema = {"type": "array", "items": {"type": "string"}}
    by_name: Schema = {"type": "object", "additionalProperties": words}
    nested: Schema = {"type": "object", "additionalProperties": by_name}
    paths: Schema = {"type": "object", "additionalProperties": {"type": "string"}}
    return obj(
        {
            "headings": {**by_name, "description": "By field, what columns with it are called."},
            "same": {
                "type": "object",
                "additionalProperties": paths,
                "description": "By heading, the field it is for each kind of row.",
            },
            "parts": {**nested, "description": "Names in several columns: first, infix and last."},
            "groups": {**by_name, "description": "By record, words that stand over several columns of it."},
            "kinds": {**by_name, "description": "By kind of row, what files and sheets are called."},
            "values": {**nested, "description": "By field and choice, what spreadsheets write for it."},
        }
    )
