"""Takes somebody out of the files of a project: mails are removed, rows of tables left out, texts go on without them.

What ops wrote (rules, templates, packs) and what cannot be opened as text is left alone, and told."""

import zipfile
from collections.abc import Iterator
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct, field

from leadrelay.private import write_private
from leadrelay.store.persons import Person, Taken

if TYPE_CHECKING:
    from leadrelay.project import Project

_PASSED_BY = frozenset({".git", ".venv", "__pycache__", "node_modules"})
_OPS = ("rules", "templates", "packs", "leadrelay.toml")
_TABLES = (".csv", ".tsv", ".ndjson", ".jsonl")
_PACKED = (".xlsx", ".ods", ".zip")
_MAIL, _TEXT, _OTHER = "mail", "text", "other"
LARGEST = 200_000_000


class Cleaned(Struct):
    """What was done, by path below the project: files removed, files that lost rows or words, files that still name
    somebody."""

    removed: list[str] = field(default_factory=list)
    rewritten: list[str] = field(default_factory=list)
    left: list[str] = field(default_factory=list)


def naming(folder: Path, besides: frozenset[Path], person: Person, taken: Taken) -> list[str]:
    """The files below the folder that name somebody. Raises OSError."""
    return [
        path.relative_to(folder).as_posix() for path, raw in _read(folder, besides) if _what(path, raw, person, taken)
    ]


def clean_files(folder: Path, besides: frozenset[Path], person: Person, taken: Taken) -> Cleaned:
    """Goes through every file below the folder, but for those `besides` (the database's own). Raises OSError."""
    done = Cleaned()
    for path, raw in _read(folder, besides):
        told = path.relative_to(folder).as_posix()
        what = _what(path, raw, person, taken)
        if what == _MAIL:
            path.unlink()
            done.removed.append(told)
        elif what == _TEXT and told.partition("/")[0] not in _OPS:
            _rewrite(path, raw, taken)
            done.rewritten.append(told)
        elif what:
            done.left.append(told)
    return done


def _read(folder: Path, besides: frozenset[Path]) -> Iterator[tuple[Path, bytes]]:
    """Every file with what it holds; those too large to be ours are passed by."""
    for path in _files(folder):
        if (
            path.resolve() not in besides
            and path.is_file()
            and not path.is_symlink()
            and path.stat().st_size <= LARGEST
        ):
            yield path, path.read_bytes()


def _what(path: Path, raw: bytes, person: Person, taken: Taken) -> str:
    """What kind of file it is that names somebody; empty if it does not."""
    if path.suffix in _PACKED:
        return _OTHER if _names(_unpacked(path), taken) else ""
    if path.suffix == ".eml" or _is_mail(raw):
        return _MAIL if _mail_names(raw, path, person, taken) else ""
    text = raw.decode(_charset(raw))
    if not _names(text, taken):
        return ""
    return _OTHER if "\0" in text else _TEXT


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.iterdir()):
        if path.is_dir() and not path.is_symlink():
            if path.name not in _PASSED_BY:
                yield from _files(path)
        else:
            yield path


def _rewrite(path: Path, raw: bytes, taken: Taken) -> None:
    """A table loses the rows that name somebody, another text their names."""
    charset = _charset(raw)
    text = raw.decode(charset)
    left = "".join(_rows_without(text, taken)) if path.suffix in _TABLES else taken.all(text)
    write_private(path, left.encode(charset))


def _rows_without(text: str, taken: Taken) -> Iterator[str]:
    """The rows of a table that do not name somebody; a quoted cell may go over several lines."""
    row = ""
    for line in text.splitlines(keepends=True):
        row += line
        if row.count('"') % 2 == 0:
            if not _names(row, taken):
                yield row
            row = ""
    if row and not _names(row, taken):
        yield row


def _charset(raw: bytes) -> str:
    """A charset in which these bytes are text, byte for byte the same when written again."""
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    try:
        raw.decode("utf-8")
    except UnicodeDecodeError:
        return "latin-1"
    return "utf-8"


def _is_mail(raw: bytes) -> bool:
    """A file of a maildir has no suffix; its first line is a header."""
    first = raw[:200].partition(b"\n")[0].lower()
    return first.startswith((b"return-path:", b"received:", b"delivered-to:", b"message-id:", b"from:", b"date:"))


def _mail_names(raw: bytes, path: Path, person: Person, taken: Taken) -> bool:
    """Whether a mail names somebody: by address anywhere; by name if its file says that it is for or about them."""
    text = "\n".join([raw.decode("latin-1"), *_words(message_from_bytes(raw))])
    if _names(text, taken):
        return True
    slugs = {f"-{one.replace('/', '-').lower()}-" for one in person.subjects}
    return any(one in f"-{path.stem.lower()}-" for one in slugs) and taken.all(text) != text


def _words(mail: Message) -> Iterator[str]:
    """Every part in words, and the headers as they are read."""
    yield from (str(value) for value in mail.values())
    for part in mail.walk():
        if isinstance(content := part.get_payload(decode=True), bytes):
            yield content.decode("utf-8", "replace")


def _unpacked(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as packed:
            return "\n".join(packed.read(name).decode("utf-8", "replace") for name in packed.namelist())
    except (OSError, zipfile.BadZipFile, RuntimeError):
        return ""


def _names(text: str, taken: Taken) -> bool:
    return taken.addresses(text) != text


def of_database(project: "Project") -> frozenset[Path]:
    """The files of a project's own database, which are no texts."""
    url = project.settings.database_url
    if not url.startswith("sqlite:///"):
        return frozenset()
    path = Path(url.removeprefix("sqlite:///")).resolve()
    return frozenset({path, *(path.with_name(path.name + end) for end in ("-wal", "-shm", "-journal"))})
