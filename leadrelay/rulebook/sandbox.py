"""The sandboxed Jinja2 environments that messages are rendered in: plain data, allow-lists, no calls."""

import traceback
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, NoReturn

from jinja2 import FunctionLoader, StrictUndefined, Template, TemplateError, TemplateSyntaxError, Undefined, nodes
from jinja2.exceptions import SecurityError
from jinja2.sandbox import ImmutableSandboxedEnvironment
from markupsafe import Markup

from leadrelay.errors import BadTemplate, UnknownTemplate
from leadrelay.rulebook.filters import LAYOUT_FILTERS, all_filters, clean
from leadrelay.rulebook.place import PACKS, home
from leadrelay.rulebook.template_files import FOLDER, LAYOUTS, SUFFIX

BLOCKS = ("subject", "intro", "todo")
"""What a message template fills in."""
SUBJECT_LIMIT = 180
SOURCE_LIMIT = 50_000
MESSAGE_LIMIT = 200_000
LOOPS = 2

Context = Mapping[str, Any]
"""Plain data: texts, numbers, dictionaries, lists and tuples (notifications/context.py makes it)."""

_ALLOWED: tuple[type[nodes.Node], ...] = (
    nodes.Template,
    nodes.Extends,
    nodes.Block,
    nodes.Output,
    nodes.TemplateData,
    nodes.If,
    nodes.For,
    nodes.Name,
    nodes.Getattr,
    nodes.Getitem,
    nodes.Const,
    nodes.List,
    nodes.Tuple,
    nodes.Filter,
    nodes.FilterBlock,
    nodes.Test,
    nodes.CondExpr,
    nodes.Compare,
    nodes.Operand,
    nodes.And,
    nodes.Or,
    nodes.Not,
    nodes.Concat,
)
_TESTS = ("none",)
_NAMES: Mapping[type[nodes.Node], str] = {
    nodes.Call: "a call",
    nodes.CallBlock: "'{% call %}'",
    nodes.Macro: "'{% macro %}'",
    nodes.Assign: "'{% set %}'",
    nodes.AssignBlock: "'{% set %}'",
    nodes.With: "'{% with %}'",
    nodes.Include: "'{% include %}'",
    nodes.Import: "'{% import %}'",
    nodes.FromImport: "'{% from %}'",
    nodes.Dict: "a dictionary",
    nodes.Scope: "'{% autoescape %}'",
}


class Forbidden(NamedTuple):
    """Something in a template that is not allowed: its line, a word of it to point at, and what it is."""

    line: int
    word: str
    what: str


class Rendered(NamedTuple):
    """A message in words: subject on one line, the text part and the HTML part."""

    subject: str
    text: str
    html: str


def forbidden(tree: nodes.Node, layout: bool, loops: int = 0) -> Iterator[Forbidden]:
    """Everything in a parsed template that is not on the allow-list."""
    if not isinstance(tree, _ALLOWED):
        line = tree.lineno or next((child.lineno for child in tree.iter_child_nodes()), 1)
        yield Forbidden(line, _word(tree), _NAMES.get(type(tree)) or _kind(tree))
        return
    if isinstance(tree, nodes.For):
        loops += 1
        if loops > LOOPS or tree.recursive:
            yield Forbidden(tree.lineno, "for", f"more than {LOOPS} loops inside each other")
    yield from _unlisted(tree, layout)
    for child in tree.iter_child_nodes():
        yield from forbidden(child, layout, loops)


def _unlisted(node: nodes.Node, layout: bool) -> Iterator[Forbidden]:
    """Filters and tests that are not ours, and brackets with anything but a name in them."""
    if isinstance(node, nodes.Filter):
        if node.name not in _FILTERS or (node.name in LAYOUT_FILTERS and not layout):
            yield Forbidden(node.lineno, node.name, f"the filter '{node.name}'")
    elif isinstance(node, nodes.Test) and node.name not in _TESTS:
        yield Forbidden(node.lineno, node.name, f"the test '{node.name}'")
    elif isinstance(node, nodes.Getitem) and not (
        isinstance(node.arg, nodes.Const) and isinstance(node.arg.value, str)
    ):
        yield Forbidden(node.lineno, "[", "an index")
    elif isinstance(node, nodes.Getattr | nodes.Getitem) and not isinstance(
        node.node, nodes.Name | nodes.Getattr | nodes.Getitem
    ):
        yield Forbidden(node.lineno, ".", "a part of something that is no field")
    elif isinstance(node, nodes.FilterBlock) and not layout:
        yield Forbidden(node.lineno, "filter", "'{% filter %}'")


def _word(node: nodes.Node) -> str:
    if isinstance(node, nodes.Call):
        inner = node.node
        return str(getattr(inner, "name", None) or getattr(inner, "attr", None) or "(")
    return str(getattr(node, "operator", ""))


def _kind(node: nodes.Node) -> str:
    operator = getattr(node, "operator", None)
    return f"arithmetic ('{operator}')" if operator else f"'{type(node).__name__.lower()}'"


class Sandbox(ImmutableSandboxedEnvironment):
    """An environment in which a template can read plain data, choose, loop a little, and nothing else."""

    intercepted_binops = frozenset({"+", "-", "*", "/", "//", "**", "%"})
    intercepted_unops = frozenset({"+", "-"})

    def __init__(self, loader: FunctionLoader | None = None, html: bool = False) -> None:
        super().__init__(
            loader=loader,
            autoescape=html,
            undefined=StrictUndefined,
            finalize=_finalize,
            trim_blocks=True,
            lstrip_blocks=True,
            cache_size=-1,
        )
        self.globals.clear()
        self.filters.clear()
        self.filters.update(_FILTERS)
        self.tests = {name: test for name, test in self.tests.items() if name in _TESTS}

    def tree(self, source: str, name: str) -> nodes.Template:
        """The template parsed, not yet held against the allow-list. Raises TemplateSyntaxError."""
        return super()._parse(source, name, name)

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        """Parsing on the way to code: what the allow-list refuses never becomes code."""
        if len(source) > SOURCE_LIMIT:
            raise TemplateSyntaxError("it is too long", 1, name, filename)
        tree = super()._parse(source, name, filename)
        for fault in forbidden(tree, layout=name in LAYOUTS.values()):
            raise TemplateSyntaxError(f"{fault.what} is not allowed", fault.line, name, filename)
        return tree

    def getattr(self, obj: Any, attribute: str) -> Any:
        """Only keys of dictionaries: `request.summary` is `request['summary']`; other attributes do not exist."""
        if isinstance(obj, Undefined):
            return obj  # which says its own name when it is used
        return obj[attribute] if type(obj) is dict and attribute in obj else self.undefined(obj=obj, name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """The same as `getattr`."""
        return self.getattr(obj, argument)

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ARG002 — the base class names it
        """Nothing is."""
        return False

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> NoReturn:  # noqa: ARG002
        """No arithmetic: a text times a thousand million is a way to stop a program."""
        raise SecurityError(f"arithmetic ('{operator}') is not allowed")

    def call_unop(self, context: Any, operator: str, arg: Any) -> NoReturn:  # noqa: ARG002
        """No arithmetic here either."""
        raise SecurityError(f"arithmetic ('{operator}') is not allowed")


def _finalize(value: object) -> object:
    """What is printed: texts made inert, nothing for an unknown fact; a list or dictionary is a mistake."""
    if isinstance(value, Markup):
        return value
    if isinstance(value, str):
        return clean(value)
    if value is None:
        return ""
    if isinstance(value, Undefined):
        str(value)  # raises, because it is strict
    if isinstance(value, dict | list | tuple):
        raise SecurityError("a whole group of facts cannot be printed; name one of them, or use '| join'")
    return str(value)


_FILTERS: dict[str, Callable[..., object]] = all_filters()


class Wording:
    """The message templates of a project (its files by path), ready to render; each is compiled when first needed."""

    def __init__(self, files: Mapping[str, str]) -> None:
        self.paths = {
            home(path).removeprefix(FOLDER): path
            for path in files
            if home(path).startswith(FOLDER) and path.endswith(SUFFIX)
        }
        self.files = {name: files[path] for name, path in self.paths.items()}
        loader = FunctionLoader(self._source)
        self._text, self._html = Sandbox(loader), Sandbox(loader, html=True)

    def _source(self, name: str) -> tuple[str, str, Callable[[], bool]] | None:
        text = self.files.get(name)
        return None if text is None else (text, self.paths[name], lambda: True)

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that have a folder with templates."""
        return tuple(sorted({name.partition("/")[0] for name in self.files if "/" in name}))

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the message templates, in any language."""
        return tuple(sorted({name.partition("/")[2].removesuffix(SUFFIX) for name in self.files if "/" in name}))

    def language_of(self, template: str, *wanted: str | None) -> str:
        """The first wanted language, or else any, that has this template. Raises UnknownTemplate."""
        for language in (*wanted, *self.languages):
            if language and f"{language}/{template}{SUFFIX}" in self.files:
                return language
        raise UnknownTemplate(
            template=template, language=wanted[0] if wanted else "", known=", ".join(self.names) or "none"
        )

    def render(self, template: str, language: str, context: Context) -> Rendered:
        """A message in words, once per layout. Raises UnknownTemplate, BadTemplate."""
        name = f"{self.language_of(template, language)}/{template}{SUFFIX}"
        try:
            plain = self._text.get_template(name)
            subject = _subject(plain, context)
            text = plain.render(context, layout=LAYOUTS["text"], title=subject)
            html = self._html.get_template(name).render(context, layout=LAYOUTS["html"], title=subject)
        except (TemplateError, RecursionError, TypeError, ValueError, OverflowError, ArithmeticError) as error:
            raise _bad(self.paths[name], error) from error
        if max(len(text), len(html)) > MESSAGE_LIMIT:
            raise BadTemplate(file=self.paths[name], line=1, what="the message is too long", remedy="Make it shorter.")
        return Rendered(subject, text.strip() + "\n", html.strip() + "\n")


def _subject(template: Template, context: Context) -> str:
    """The subject block alone, on one line."""
    block = template.blocks.get("subject")
    if block is None:
        raise TemplateSyntaxError("the block 'subject' is missing", 1, template.name, template.filename)
    return clean(" ".join("".join(block(template.new_context(dict(context)))).split()), SUBJECT_LIMIT)


def _bad(file: str, error: Exception) -> BadTemplate:
    """The error in a template with the file and line that it came from."""
    line = 1
    if isinstance(error, TemplateSyntaxError):
        file, line = error.filename or file, error.lineno
        file = file if file.startswith((FOLDER, PACKS)) else FOLDER + file
    else:
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename.startswith((FOLDER, PACKS)):
                file, line = frame.filename, frame.lineno or 1
    what = "it is nested too deeply" if isinstance(error, RecursionError) else clean(str(error), 300)
    return BadTemplate(file=file, line=line, what=what, remedy="'leadrelay check' shows all faults of all templates.")
