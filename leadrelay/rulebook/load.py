"""Reads a whole project's rule files: text by path in, a checked ruleset and every fault in it out."""

import re
from collections.abc import Collection, Mapping
from hashlib import sha256
from pathlib import Path, PurePosixPath

from msgspec import Struct, field
from msgspec.structs import replace

from leadrelay.checked import Sound, digest
from leadrelay.errors import UnreadableFile
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.headings import own_headings
from leadrelay.rulebook.hours import load_calendars
from leadrelay.rulebook.import_map import ImportMap
from leadrelay.rulebook.lint.hygiene import check_hygiene, check_territories, must_cover
from leadrelay.rulebook.lists import load_lists
from leadrelay.rulebook.maps import load_maps
from leadrelay.rulebook.matching import load_matching
from leadrelay.rulebook.messages import load_messages
from leadrelay.rulebook.model import Rulebook, Ruleset
from leadrelay.rulebook.outside import to_contacts
from leadrelay.rulebook.own_fields import load_fields
from leadrelay.rulebook.owner_calendar import with_owners
from leadrelay.rulebook.packs import FILE as PACKS_FILE
from leadrelay.rulebook.packs import HEAD, in_use, load_packs, switched_on
from leadrelay.rulebook.people import load_team
from leadrelay.rulebook.place import PACKS, Place, home, own_first, pack_of
from leadrelay.rulebook.problem import Problem, in_order
from leadrelay.rulebook.process import Step, load_process
from leadrelay.rulebook.reports import load_reports
from leadrelay.rulebook.rule_test import RuleTest
from leadrelay.rulebook.rules import Read, Rulebooks
from leadrelay.rulebook.sequences import check_lists
from leadrelay.rulebook.stages_file import load_stages
from leadrelay.rulebook.template_files import is_layout, message_of, missing
from leadrelay.rulebook.tests_file import load_tests

FOLDERS = ("rules", "templates")
BESIDE = (
    "rules/team.yaml",
    "rules/calendar.yaml",
    "rules/fields.yaml",
    "rules/messages.yaml",
    "rules/packs.yaml",
    "rules/stages.yaml",
    "rules/process.yaml",
    "rules/matching.yaml",
    "rules/headings.yaml",
)
"""The files of rules/ that are no rulebooks."""
KNOWN_FOLDERS = ("rules/lists", "rules/tests", "rules/maps", "rules/reports")
SEQUENCES = "rules/sequences"
"""Where sequences may be, beside the rulebooks."""
_TEXT = frozenset((".yaml", ".yml", ".csv", ".ics", ".j2", ".md", ".txt"))
_TEMPLATE = ".j2"
_SURROGATE = re.compile("[\ud800-\udfff]")


class Loaded(Struct, frozen=True):
    """What was read. The ruleset is fit for use only if no problem is an error; `files` can be shown and stored."""

    ruleset: Ruleset
    problems: list[Problem] = field(default_factory=list)
    tests: tuple[RuleTest, ...] = ()
    files: Mapping[str, str] = field(default_factory=dict)
    maps: Mapping[str, ImportMap] = field(default_factory=dict)
    process: tuple[Step, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    """Where things stand whose values do not say it: 'person an', 'pool night', 'calendar x', 'field x.extra.y'."""

    @property
    def errors(self) -> list[Problem]:
        """The problems that keep the ruleset from being used, in the order of the files."""
        return [problem for problem in self.problems if problem.severity == "error"]

    @property
    def usable(self) -> bool:
        """Whether the ruleset may go live."""
        return not self.errors


def read_files(project: Path, packs: Collection[str] | None = None) -> dict[str, str]:
    """Every text file of a project's rules and templates, by path relative to the project ('rules/routing.yaml'), and
    of the packs that are switched on, or of these `packs`.

    Bytes that are no UTF-8 are kept as surrogates, which `load` reports. Hidden files and backups are left out; of a
    file that is not a text, only the name is there. Raises UnreadableFile."""
    files: dict[str, str] = {}
    for folder in FOLDERS:
        files |= _texts_in(project, folder)
    for pack in switched_on(files.get(PACKS_FILE)) if packs is None else packs:
        files |= _texts_in(project, PACKS + pack)
    return files


def is_text(file: str) -> bool:
    """Whether the text of such a file counts; of others only the name does."""
    return PurePosixPath(file).suffix in _TEXT


def read_draft(folder: Path, project: Path) -> dict[str, str]:
    """The files of a draft as if they stood in the project: those of a project folder, or of a bare folder of rules.

    What a bare folder lacks of the files beside the rulebooks (team.yaml, lists and the like) is the project's, as are
    templates and packs. Raises UnreadableFile."""
    if (folder / "rules").is_dir():
        files = {**_texts_in(project, "templates"), **read_files(folder)}
        return {**_packs_of(files, project), **files}
    whole = folder.resolve()
    drafted = {f"rules/{name.partition('/')[2]}": text for name, text in _texts_in(whole.parent, whole.name).items()}
    own = _texts_in(project, "rules")
    kept = {
        name: text for name, text in own.items() if name in BESIDE or name.startswith(("rules/lists/", "rules/maps/"))
    }
    files = {**kept, **drafted, **_texts_in(project, "templates")}
    return {**files, **_packs_of(files, project)}


def _packs_of(files: Mapping[str, str], project: Path) -> dict[str, str]:
    """The files of the packs that these files switch on."""
    found: dict[str, str] = {}
    for pack in switched_on(files.get(PACKS_FILE)):
        found |= _texts_in(project, PACKS + pack)
    return found


def _texts_in(project: Path, folder: str) -> dict[str, str]:
    files = {}
    for path in sorted((project / folder).rglob("*")):
        if path.name.startswith((".", "~")) or path.name.endswith("~") or not path.is_file():
            continue
        name = path.relative_to(project).as_posix()
        try:
            raw = path.read_bytes() if path.suffix in _TEXT else b""
        except OSError as error:
            raise UnreadableFile(file=path, why=error.strerror) from error
        files[name] = raw.decode("utf-8", "surrogateescape")
    return files


def load(
    files: Mapping[str, str], proofread: bool = True, sound: Sound | None = None, digest: str | None = None
) -> Loaded:
    """The ruleset in these files, with every problem that they have, in the order of the files.

    Nothing that a user wrote makes this raise. `proofread`: look at the templates too, and at how rules lie to each
    other where that gives warnings; what is live has been, and rule tests, which write no message, can do without.
    `sound`: templates that need not be looked at again; `digest`: that of the files in use, where it is known."""
    context = Context({})
    files = in_use(files)
    _set_aside_undecodable(files, context)
    packs = load_packs(context)
    context.fields = load_fields(context)
    context.lists = load_lists(context)
    context.calendars = load_calendars(context)
    context.team = load_team(context)
    context.calendars = with_owners(context.calendars)
    context.templates = template_names(context.files)
    stages = load_stages(context)
    maps = load_maps(context)
    books = _load_rulebooks(context, proofread)
    messages = load_messages(context, books)
    reports = load_reports(context)
    matching = load_matching(context)
    own_headings(context)
    tests = load_tests(context, books)
    process = load_process(context, books)
    if proofread:
        _check_templates(context, sound, to_contacts(books, context.templates))
    ruleset = Ruleset(
        tuple(books),
        context.team,
        context.calendars,
        context.fields,
        context.lists,
        digest=digest or digest_of(files),
        messages=messages,
        stages=replace(stages, gates=tuple(context.gates)),
        packs=packs,
        reports=reports,
        matching=matching,
    )
    shown = {file: text if file in context.files else _SURROGATE.sub("\ufffd", text) for file, text in files.items()}
    return Loaded(ruleset, in_order(context.problems), tests, shown, maps, process, context.places)


def _set_aside_undecodable(files: Mapping[str, str], context: Context) -> None:
    for file, text in files.items():
        if text.isascii():
            context.files[file] = text
            continue
        try:
            text.encode("utf-8")
        except UnicodeEncodeError as error:
            lines = text[: error.start].split("\n")
            byte = ord(text[error.start]) & 0xFF
            context.report(
                Place(file, len(lines), len(lines[-1]) + 1),
                "not-utf-8",
                f"The byte {byte:#04x} here is not UTF-8, so the file cannot be read.",
                "Save the file as UTF-8 (in Excel: 'CSV UTF-8').",
            )
            context.broken.add(file)
        else:
            context.files[file] = text


def template_names(files: Mapping[str, str]) -> frozenset[str]:
    """The templates that messages can name: templates/LANGUAGE/NAME.j2."""
    return frozenset(
        file.rpartition("/")[2].removesuffix(_TEMPLATE)
        for file in map(home, files)
        if file.startswith("templates/") and file.count("/") == 2 and file.endswith(_TEMPLATE)
    )


def _load_rulebooks(context: Context, proofread: bool) -> list[Rulebook]:
    shelf = Rulebooks(context)
    found: list[Read] = []
    for file in own_first(context.files):
        at_home = home(file)
        folder = at_home.rpartition("/")[0]
        if not at_home.startswith("rules/") or at_home in BESIDE or folder in KNOWN_FOLDERS or _is_head(file):
            continue
        if folder in ("rules", SEQUENCES) and file.endswith(".yaml"):
            read = shelf.read(file)
            found += [read] if read else []
        elif not file.endswith((".md", ".csv", ".ics")):
            context.report(
                Place(file, 1, 1),
                "unread-file",
                "Nothing reads this file.",
                "Rulebooks are rules/NAME.yaml; there are folders lists, tests, maps and reports beside them.",
                "warning",
            )
    if not found and not context.problems:
        place = Place("rules", 1, 1)
        context.report(
            place, "no-rulebooks", "There is no rulebook in rules/.", "'leadrelay init DIR' writes examples."
        )
    check_lists(context, [read.book for read in found])
    _check_sound_ones(context, [read for read in found if proofread or must_cover(read.book, read.table)], proofread)
    return [read.book for read in found]


def _is_head(file: str) -> bool:
    return pack_of(file) is not None and home(file) == f"rules/{HEAD}"


def _check_sound_ones(context: Context, found: list[Read], proofread: bool) -> None:
    """How rules lie to each other is looked at only where the rules themselves have no faults, and nothing that they
    speak of: people, fields, lists."""
    faulty = {home(problem.place.file) for problem in context.problems if problem.severity == "error"}
    if any(file in BESIDE or file.startswith("rules/lists/") for file in faulty):
        return
    for read in found:
        files = {read.book.place.file, *(rule.place.file for rule in read.book.rules)}
        if not set(map(home, files)) & faulty:
            check_hygiene(read.book, read.table, context)
    if proofread:
        check_territories(context)


def _check_templates(context: Context, sound: Sound | None, outside: frozenset[str]) -> None:
    """Looks at the templates, but for those that are known to have no fault with these fields and readers; `outside`
    are those that contacts read."""
    templates = {file: text for file, text in context.files.items() if is_layout(file) or message_of(file)}
    fields = "\n".join(f"{one.path} {one.type}" for one in context.fields.by_path.values())
    readers = {file: "contact" if (message_of(file) or ("", ""))[1] in outside else "" for file in templates}
    told = {file: (file, fields, readers[file], text) for file, text in templates.items()}
    keys = {file: digest("template", parts) for file, parts in told.items()} if sound else {}
    known = {file for file, key in keys.items() if sound and sound.get(key) is not None}
    if known == templates.keys():
        context.problems += missing(context.files)
        return
    from leadrelay.rulebook.wording import lint  # here, because Jinja2 takes 0.1 s that not every load needs

    found = lint(context.files, context.fields, known, outside)
    context.problems += found
    faulty = {problem.place.file for problem in found}
    for file, key in keys.items():
        if sound and file not in faulty:
            sound.add(key)


def digest_of(files: Mapping[str, str]) -> str:
    """What tells one version from another: all the files, by name and text."""
    whole = sha256()
    for file, text in sorted(files.items()):
        whole.update(f"{file}\0{len(text)}\0{text}".encode("utf-8", "surrogatepass"))
    return whole.hexdigest()
