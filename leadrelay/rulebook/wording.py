"""Holds message templates against the fields registry, before anyone is told anything: all faults in one go.

    lint(files, fields) -> problems      the files of a project by path; only those under templates/ are looked at

A template may read the message's context (`shape_of`), choose, loop over its lists, and use our filters. What is
printed must be words: money, dates, times and choices need the filter that says them.
"""

import difflib
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache

from jinja2 import TemplateSyntaxError, nodes

from leadrelay.leads.fields import Fields, Type
from leadrelay.rulebook.filters import FORMATTERS, SHAPERS
from leadrelay.rulebook.outside import REMEDY, internal
from leadrelay.rulebook.place import Place
from leadrelay.rulebook.problem import Problem, Severity
from leadrelay.rulebook.sandbox import BLOCKS, SOURCE_LIMIT, Forbidden, Sandbox, forbidden
from leadrelay.rulebook.template_files import is_layout, message_of, missing
from leadrelay.rulebook.words import HEADINGS

Shape = Type | Mapping[str, "Shape"] | list["Shape"]
"""What a name in the context holds: a value of a type, a dictionary of names, or a list of something."""

_T = Type.TEXT
_LINKS: Shape = [{"label": _T, "address": _T}]
_FIXED: Mapping[str, Shape] = {
    "person": {"id": _T, "name": _T, "language": _T},
    "rule": {"id": _T, "about": _T},
    "company": {"name": _T},
    "reason": _T,
    "subject": _T,
    "who": _T,
    "what": _T,
    "urgency": Type.CHOICE,
    "language": _T,
    "now": Type.TIME,
    "links": _LINKS,
    "facts": [{"label": _T, "value": _T}],
    "count": Type.NUMBER,
    "more": Type.NUMBER,
    "messages": [{"who": _T, "what": _T, "urgency": Type.CHOICE, "reason": _T, "subject": _T, "links": _LINKS}],
}
_LAYOUT_ONLY: Mapping[str, Shape] = {"title": _T, "outside": Type.YES_NO, "words": dict.fromkeys(HEADINGS["en"], _T)}
_NEEDS: Mapping[Type, str] = {
    Type.MONEY: "money",
    Type.DATE: "date",
    Type.TIME: "time",
    Type.YES_NO: "label",
    Type.CHOICE: "label",
    Type.LIST: "join",
}
"""The filter without which a value of this type is no language."""


@lru_cache(maxsize=8)
def shape_of(fields: Fields) -> Mapping[str, Shape]:
    """Everything a message template may name, by name; fields nested: request.kind, opportunity.scotsman.time."""
    shapes: dict[str, Shape] = {}
    for one in fields.by_path.values():
        *parents, name = one.path.split(".")
        inner = shapes
        for parent in parents:
            inner = inner.setdefault(parent, {})  # type: ignore[assignment]
        inner[name] = one.type
    return {**shapes, **_FIXED}


def lint(
    files: Mapping[str, str], fields: Fields, sound: Collection[str] = (), outside: Collection[str] = ()
) -> list[Problem]:
    """Every fault of every template, but for those that are known to be sound. `outside`: the names of those that
    contacts read, which may hold nothing that is ours alone."""
    problems: list[Problem] = []
    for path, source in sorted(files.items()):
        message = message_of(path)
        if path not in sound and (is_layout(path) or message):
            problems += _faults(path, source, fields, message is not None and message[1] in outside)
    return problems + list(missing(files))


@lru_cache(maxsize=1024)
def _faults(path: str, source: str, fields: Fields, outside: bool) -> tuple[Problem, ...]:
    """The faults of one template; kept, as a server looks again whenever one of many files has changed."""
    layout = is_layout(path)
    looking = _Lint(path, source, fields, shape_of(fields), layout)
    looking.outside = outside
    return tuple(looking.run(_sandbox()))


@lru_cache(maxsize=1)
def _sandbox() -> Sandbox:
    return Sandbox()


def _path(node: nodes.Node) -> str | None:
    """A dotted name as it is written, or None for any other expression."""
    if isinstance(node, nodes.Name):
        return node.name
    if isinstance(node, nodes.Getattr):
        inner, name = _path(node.node), node.attr
    elif isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
        inner, name = _path(node.node), str(node.arg.value)
    else:
        return None
    return inner and f"{inner}.{name}"


class _Lint:
    """One template being looked at."""

    def __init__(self, path: str, source: str, fields: Fields, shape: Mapping[str, Shape], layout: bool) -> None:
        self.path, self.source, self.fields, self.layout = path, source, fields, layout
        self.shape = {**shape, **_LAYOUT_ONLY} if layout else shape
        self.outside = False
        """Whether a contact reads it."""
        self.lines = source.splitlines() or [""]
        self.problems: list[Problem] = []

    def run(self, sandbox: Sandbox) -> list[Problem]:
        """All faults of this template."""
        if len(self.source) > SOURCE_LIMIT:
            self.report(1, "", "template-too-long", "The template is too long.", "Make it shorter.")
            return self.problems
        try:
            tree = sandbox.tree(self.source, self.path)
            refused = list(forbidden(tree, self.layout))
        except TemplateSyntaxError as error:
            what = (error.message or "it cannot be read").rstrip(".")
            remedy = "Look for a brace, a quote or an '{% end… %}' that is missing."
            self.report(error.lineno, "", "template-syntax", f"The template cannot be read: {what}.", remedy)
            return self.problems
        except RecursionError:
            self.report(1, "", "template-syntax", "The template is nested too deeply.", "Make it simpler.")
            return self.problems
        for fault in refused:
            self.refuse(fault)
        self.blocks(tree)
        if not refused:
            self.body(tree, self.shape)
        return self.problems

    def report(self, line: int, word: str, code: str, message: str, remedy: str, severity: Severity = "error") -> None:
        """One fault; its column is where `word` stands in that line (Jinja knows only lines)."""
        text = self.lines[min(line, len(self.lines)) - 1]
        at = text.find(word) if word else -1
        column = at if at >= 0 else len(text) - len(text.lstrip())
        self.problems.append(Problem(Place(self.path, line, column + 1), code, message, remedy, severity))

    def refuse(self, fault: Forbidden) -> None:
        """Something that is not on the allow-list."""
        remedy = "A template prints facts, chooses with 'if', loops over a list and uses our filters; nothing else."
        if fault.what.startswith("the filter"):
            remedy = f"Filters are {', '.join([*FORMATTERS, *SHAPERS])}."
        message = f"{fault.what[:1].upper()}{fault.what[1:]} is not allowed in a template."
        self.report(fault.line, fault.word, "template-forbidden", message, remedy)

    def blocks(self, tree: nodes.Template) -> None:
        """A message extends `layout` and fills exactly the blocks; all words stand inside of them."""
        every = list(tree.find_all(nodes.Node))
        found = {one.name: one for one in every if isinstance(one, nodes.Block)}
        wanted = BLOCKS[1:] if self.layout else BLOCKS
        for name in wanted:
            if name not in found:
                remedy = f"Add {{% block {name} %}}…{{% endblock %}}."
                self.report(1, "", "template-block", f"The block '{name}' is missing.", remedy)
        for name, block in found.items():
            if name not in wanted:
                remedy = f"Blocks are {', '.join(wanted)}."
                self.report(block.lineno, name, "template-block", f"There is no block '{name}'.", remedy)
        if not self.layout:
            self.frame(tree, every)

    def frame(self, tree: nodes.Template, every: Sequence[nodes.Node]) -> None:
        """What a message template has around and between its blocks, and the words inside of them."""
        extends = next((one for one in every if isinstance(one, nodes.Extends)), None)
        if extends is None or not (isinstance(extends.template, nodes.Name) and extends.template.name == "layout"):
            what = "The template does not say its layout." if extends is None else "There is only one layout."
            line = extends.lineno if extends else 1
            self.report(line, "", "template-layout", what, "Begin the file with {% extends layout %}.")
        for node in tree.body:
            for data in node.find_all(nodes.TemplateData) if isinstance(node, nodes.Output) else ():
                if data.data.strip():
                    word = data.data.strip().splitlines()[0]
                    line = data.lineno + data.data[: data.data.index(word)].count("\n")
                    remedy = "Put it into one of the blocks."
                    self.report(line, word, "template-outside", "Words outside the blocks are never shown.", remedy)
        for data in (one for one in every if isinstance(one, nodes.TemplateData)):
            at = min((at for at in map(data.data.find, "<>") if at >= 0), default=-1)
            if at >= 0:
                line = data.lineno + data.data[:at].count("\n")
                remedy = "Write plain words: the layouts lay them out, for text and for HTML."
                self.report(line, data.data[at], "template-markup", "A message has no markup of its own.", remedy)

    def body(self, node: nodes.Node, scope: Mapping[str, Shape]) -> None:
        """Names, types and filters below a node; `scope` is what can be named there."""
        if isinstance(node, nodes.Extends):
            return
        if isinstance(node, nodes.For):
            self.loop(node, scope)
        elif isinstance(node, nodes.Output):
            for shown in node.nodes:
                self.printed(shown, scope)
        elif isinstance(node, nodes.Filter):
            self.filtered(node, scope)
        elif isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
            self.named(node, scope)
        else:
            for child in node.iter_child_nodes():
                self.body(child, scope)

    def loop(self, node: nodes.For, scope: Mapping[str, Shape]) -> None:
        """A loop goes over a list of the context or one written out."""
        inside = dict(scope)
        if isinstance(node.iter, nodes.List | nodes.Tuple):
            shape: Shape | None = [_T]
            self.body(node.iter, scope)
        else:
            shape = self.named(node.iter, scope) if _path(node.iter) else _T
        if shape == Type.LIST:
            shape = [_T]
        if shape is not None and not isinstance(shape, list):
            remedy = "Loop over facts, links, or a field of type list."
            self.report(node.lineno, "for", "template-loop", "This is no list to loop over.", remedy)
        if isinstance(node.target, nodes.Name):
            inside[node.target.name] = shape[0] if isinstance(shape, list) else _T
        for child in (*node.body, *node.else_, *filter(None, [node.test])):
            self.body(child, inside)

    def printed(self, node: nodes.Node, scope: Mapping[str, Shape]) -> None:
        """What is shown must be words already."""
        if isinstance(node, nodes.CondExpr):
            self.body(node.test, scope)
            for branch in filter(None, (node.expr1, node.expr2)):
                self.printed(branch, scope)
        elif isinstance(node, nodes.Concat | nodes.Or | nodes.And):
            for child in node.iter_child_nodes():
                self.printed(child, scope)
        elif isinstance(node, nodes.Filter) and node.name in SHAPERS and node.node is not None:
            self.printed(node.node, scope)
        elif path := _path(node):
            shape = self.named(node, scope)
            if isinstance(shape, Type) and shape in _NEEDS:
                what = f"'{path}' is of type {shape} and has to be put into words."
                self.report(node.lineno, path, "template-bare", what, f"Write {{{{ {path} | {_NEEDS[shape]} }}}}.")
            elif shape is not None and not isinstance(shape, Type):
                what = f"'{path}' is a group of facts and cannot be printed."
                self.report(
                    node.lineno, path, "template-bare", what, f"Name one of them, such as {_first(path, shape)}."
                )
        else:
            self.body(node, scope)

    def filtered(self, node: nodes.Filter, scope: Mapping[str, Shape]) -> None:
        """A filter gets a field of a type that it is for."""
        inner: nodes.Node | None = node.node
        while isinstance(inner, nodes.Filter) and inner.name in SHAPERS:
            inner = inner.node
        path = _path(inner) if inner is not None else None
        for child in node.iter_child_nodes():
            if child is not inner or path is None:
                self.body(child, scope)
        if inner is None or path is None:
            return
        shape = self.named(inner, scope)
        kinds = FORMATTERS[node.name][1] if node.name in FORMATTERS else None
        if kinds and shape is not None and shape not in kinds:
            what = f"'{path}' is of type {shape}" if isinstance(shape, Type) else f"'{path}' is a group of facts"
            remedy = f"'{node.name}' is for fields of type {', '.join(kinds)}."
            self.report(node.lineno, path, "template-filter", f"{what}; '{node.name}' is not for that.", remedy)

    def named(self, node: nodes.Node, scope: Mapping[str, Shape]) -> Shape | None:
        """The shape of a dotted name; one that does not exist is reported, and None."""
        path = _path(node)
        if path is None:
            for child in node.iter_child_nodes():
                self.body(child, scope)
            return None
        shape: Shape = scope
        for part in path.split("."):
            if not isinstance(shape, Mapping) or part not in shape:
                near = self.fields.nearest(path) or _nearest(path, scope)
                remedy = f"Did you mean '{near}'?" if near else "'leadrelay fields' lists all that there are."
                what = f"Unknown name '{path}'." if "." not in path else f"Unknown field '{path}'."
                self.report(node.lineno, path, "template-unknown", what, remedy)
                return None
            shape = shape[part]
        if self.outside and internal(path) and not isinstance(shape, Mapping):
            what = f"A contact reads this template, and '{path}' is for us alone."
            self.report(node.lineno, path, "template-internal", what, REMEDY)
        return shape


def _nearest(path: str, scope: Mapping[str, Shape]) -> str | None:
    """The name in the context that looks most like `path`."""
    names = [
        *scope,
        *(f"{name}.{inner}" for name, shape in scope.items() if isinstance(shape, Mapping) for inner in shape),
    ]
    found = difflib.get_close_matches(path, names, n=1, cutoff=0.6)
    return found[0] if found else None


def _first(path: str, shape: Shape) -> str:
    """One name below a group, to show how it is written."""
    return f"{path}.{next(iter(shape))}" if isinstance(shape, Mapping) else f"each of them in a 'for' over {path}"
