"""Reads rules/matching.yaml: when two companies are the same, and what counts for it; without it, the defaults."""

from leadrelay.matching.names import folded
from leadrelay.matching.policy import SIGNALS, MatchPolicy
from leadrelay.rulebook.context import Context
from leadrelay.rulebook.model import Ruleset
from leadrelay.rulebook.nodes import Mapping, Node, Scalar
from leadrelay.rulebook.schema.of_conditions import Schema, obj, some, word

FILE = "rules/matching.yaml"
KEYS = (
    "same",
    "different",
    "signals",
    "free_mail",
    "country",
    "noise",
    "legal_forms",
    "known_as",
    "repeat_minutes",
    "repeat_likeness",
)
_DEFAULT = MatchPolicy()


def load_matching(ctx: Context) -> MatchPolicy:
    """When two are the same. What is wrong is reported and left out; needs the lists."""
    document = ctx.document(FILE)
    if document is None:
        return _DEFAULT
    ctx.keys(document, KEYS, "this file")
    same = _share(ctx, document, "same", _DEFAULT.same)
    different = _share(ctx, document, "different", _DEFAULT.different)
    if different > same:
        message = f"'different' ({different:g}) lies above 'same' ({same:g}), so that one pair would be both."
        ctx.report(document.key("different"), "thresholds-crossed", message, "Lower it: between the two is a doubt.")
    return MatchPolicy(
        same=same,
        different=min(different, same),
        signals=_signals(ctx, document),
        free_mail=_free_mail(ctx, document),
        noise=_words(ctx, document, "noise"),
        legal_forms=_words(ctx, document, "legal_forms"),
        known_as=_known_as(ctx, document),
        country=_country(ctx, document.get("country")),
        repeat_minutes=_minutes(ctx, document),
        repeat_likeness=_share(ctx, document, "repeat_likeness", _DEFAULT.repeat_likeness),
    )


def _share(ctx: Context, document: Mapping, key: str, default: float) -> float:
    node = document.get(key)
    value = node.value if isinstance(node, Scalar) else None
    if node is None:
        return default
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    ctx.report(node.place, "not-a-share", f"'{key}' must be a number from 0 to 1.", f"Write {key}: {default:g}.")
    return default


def _minutes(ctx: Context, document: Mapping) -> int:
    node = document.get("repeat_minutes")
    if node is None:
        return _DEFAULT.repeat_minutes
    found = ctx.whole(node, "'repeat_minutes'")
    return _DEFAULT.repeat_minutes if found is None else found


def _signals(ctx: Context, document: Mapping) -> frozenset[str]:
    if "signals" not in document:
        return _DEFAULT.signals
    found = set()
    for item in ctx.texts(document.get("signals"), "'signals'"):
        if item.text in SIGNALS:
            found.add(item.text)
        else:
            ctx.unknown("unknown-choice", "value for 'signals'", item, SIGNALS)
    return frozenset(found)


def _free_mail(ctx: Context, document: Mapping) -> str:
    node = document.get("free_mail")
    name = ctx.text(node, "'free_mail'")
    if node is not None and name is not None and name not in ctx.lists and not ctx.is_broken_list(name):
        ctx.report(node.place, "unknown-list", f"There is no list '{name}'.", f"Write rules/lists/{name}.yaml.")
    return name or _DEFAULT.free_mail


def _words(ctx: Context, document: Mapping, key: str) -> frozenset[str]:
    return frozenset(folded(item.text).replace(".", "") for item in ctx.texts(document.get(key), f"'{key}'"))


def _known_as(ctx: Context, document: Mapping) -> tuple[tuple[str, ...], ...]:
    found = []
    for item in ctx.sequence(document.get("known_as"), "'known_as'") or ():
        names = tuple(name.text for name in ctx.texts(item, "A name"))
        if len(names) < 2:
            message, remedy = "One name alone is known by no other.", "Write [IBM, International Business Machines]."
            ctx.report(item.place, "one-name", message, remedy)
        else:
            found.append(names)
    return tuple(found)


def _country(ctx: Context, node: Node | None) -> str:
    code = ctx.text(node, "'country'")
    if node is None or code is None:
        return ""
    if len(code) == 2 and code.isascii() and code.isalpha():
        return code.upper()
    ctx.report(node.place, "bad-country", f"'{code}' is not a country in two letters.", "Write NL, BE or DE.")
    return ""


def matching_schema(ruleset: Ruleset) -> Schema:
    """The schema of this file, for editors."""
    share: Schema = {"type": "number", "minimum": 0, "maximum": 1}
    words: Schema = {"type": "array", "items": {"type": "string"}}
    names: Schema = {"type": "array", "items": {"type": "string"}, "minItems": 2}
    return obj(
        {
            "same": {**share, "description": "From this score on two names are one company."},
            "different": {**share, "description": "Below this score they are two; between is a doubt."},
            "signals": {
                **some(word(SIGNALS, "A signal.")),
                "description": "What counts besides ids and e-mail addresses.",
            },
            "free_mail": word(sorted(ruleset.lists), "The list of domains where anybody has an address."),
            "country": {"type": "string", "pattern": "^[A-Za-z]{2}$", "description": "Of numbers without a code."},
            "noise": {**words, "description": "Words in names that say nothing."},
            "legal_forms": {**words, "description": "Legal forms besides the usual ones."},
            "known_as": {"type": "array", "items": names, "description": "Names of one company."},
            "repeat_minutes": {"type": "integer", "minimum": 0, "description": "So soon a question is the same again."},
            "repeat_likeness": {**share, "description": "So alike its words must be."},
        }
    )
