"""`leadrelay schema`: accepts what `check` accepts, refuses what an editor can see, offers the project's own words."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

from leadrelay.rulebook import actions, vocabulary
from leadrelay.rulebook.load import Loaded, load, read_files, template_names
from leadrelay.rulebook.nodes import parse, plain
from leadrelay.rulebook.problem import Problem
from leadrelay.rulebook.schema.json_schema import KINDS, json_schema
from leadrelay.rulebook.schema.of_conditions import WORDS
from leadrelay.rulebook.schema.of_rules import ACTIONS, NEVER_SET

SHIPPED = Path(__file__).parents[2]
BAD = Path(__file__).parent / "bad"
RULE_FILES = [file for file in read_files(SHIPPED) if file.startswith(("rules/", "packs/")) and file.endswith(".yaml")]


@pytest.fixture(scope="module")
def shipped() -> Loaded:
    return load(read_files(SHIPPED))


@pytest.fixture(scope="module")
def small() -> Loaded:
    return load(read_files(BAD / "project"))


@pytest.fixture(scope="module")
def any_small(small: Loaded) -> Draft7Validator:
    return Draft7Validator(schema("any", small))


def schema(kind: str, loaded: Loaded) -> dict[str, Any]:
    return json_schema(loaded.ruleset, template_names(loaded.files), kind)


def document(text: str) -> Any:
    return plain(parse(text, "x.yaml", []))


@pytest.mark.parametrize("kind", ["any", *KINDS])
def test_it_is_a_sound_schema_that_json_can_hold(small: Loaded, kind: str) -> None:
    found = schema(kind, small)
    Draft7Validator.check_schema(found)
    assert json.loads(json.dumps(found)) == found


@pytest.mark.parametrize("file", RULE_FILES)
def test_the_shipped_rules_fit(shipped: Loaded, file: str) -> None:
    validator = Draft7Validator(schema("any", shipped))
    text = shipped.files[file]
    assert [error.message for error in validator.iter_errors(document(text))] == []


RULEBOOK = """\
rulebook: new
subject: {subject}
flow: route
rules:
  - id: one
    when: {when}
    then: [{then}]
otherwise: [{{task: {{for: an, what: Look, due: 1 working day}}}}]
"""


def rulebook(when: str = "{account.tier: key}", then: str = "{route: sales}", subject: str = "request") -> Any:
    return document(RULEBOOK.format(when=when, then=then, subject=subject))


@pytest.mark.parametrize(
    "when",
    [
        "{account.tier: KEY}",
        "{request.kind: [renewal, renegotiation]}",
        "{request.extra.machine: lathe}",
        "{account.employees: {at_least: 50, under: 250}}",
        "{account.name: {in_list: targets}}",
        "{account.name: 3}",
        "{account.name: {contains: [bv, 3]}}",
        "{contact.lists: {contains: fair}}",
        "{contact.lists: {known: false}}",
        "{request.received_at: {older_than: 4 Working Hours}}",
        "{request.received_at: {at_least: 2026-11-20}}",
        "{opportunity.decision_on: 2026-11-20}",
        "{request.owner: {same_as: account.owner}}",
        "{request.channel: {not: {not: phone}}}",
        "{any: [{account.flagged: true}, {none: [{account.revenue: {over: 2.5}}]}]}",
    ],
)
def test_conditions_that_fit(any_small: Draft7Validator, when: str) -> None:
    subject = "opportunity" if "opportunity" in when else "request"
    then = "{stop: true}" if subject == "opportunity" else "{route: sales}"
    assert [error.message for error in any_small.iter_errors(rulebook(when, then, subject))] == []


@pytest.mark.parametrize(
    "when",
    [
        "{}",
        "{account.teir: key}",
        "{account.tier: keys}",
        "{account.tier: {over: 3}}",
        "{account.employees: many}",
        "{account.employees: {atleast: 3}}",
        "{account.employees: {between: [1]}}",
        "{account.name: {in_list: targts}}",
        "{account.flagged: yes}",
        "{contact.lists: fair}",
        "{request.received_at: {older_than: 4 wrking hours}}",
        "{request.received_at: {older_than: 4}}",
        "{opportunity.stage: quote}",
        "{any: {account.tier: key}}",
        "{any: []}",
        "[account.tier]",
    ],
)
def test_conditions_that_do_not_fit(any_small: Draft7Validator, when: str) -> None:
    assert not any_small.is_valid(rulebook(when))


@pytest.mark.parametrize(
    ("then", "subject"),
    [
        ("{assign: an}", "request"),
        ("{assign: account.owner}", "request"),
        ("{assign: {pool: sales, by: territory, keep: account.owner, fallback: bram}}", "account"),
        ("{notify: {to: [sales, request.owner], template: overdue, urgency: digest}}", "request"),
        ("{notify: {to: {pool: sales}, template: overdue}}", "contact"),
        ("{qualify: {stage: new}}", "request"),
        ("{nurture: {list: fair}}", "contact"),
        ("{close: {outcome: won, reason: signed}}", "opportunity"),
        ("{set: {request.triage: new, product: null, extra.machine: mill}}", "request"),
        ("{stop: true}", "request"),
    ],
)
def test_actions_that_fit(any_small: Draft7Validator, then: str, subject: str) -> None:
    assert [error.message for error in any_small.iter_errors(rulebook(then=then, subject=subject))] == []


@pytest.mark.parametrize(
    ("then", "subject"),
    [
        ("{route: sale}", "request"),
        ("{route: sales}", "opportunity"),
        ("{route: sales, assign: an}", "request"),
        ("{assign: ann}", "request"),
        ("{assign: {pool: sale}}", "request"),
        ("{assign: {pool: sales, by: chance}}", "request"),
        ("{notify: {to: an}}", "request"),
        ("{notify: {to: an, template: overdu}}", "request"),
        ("{close: {outcome: won, reason: signed}}", "request"),
        ("{set: {status: closed}}", "request"),
        ("{task: {for: an, what: Call, due: soon}}", "request"),
        ("{stop: false}", "request"),
        ("{rout: sales}", "request"),
    ],
)
def test_actions_that_do_not_fit(any_small: Draft7Validator, then: str, subject: str) -> None:
    assert not any_small.is_valid(rulebook(then=then, subject=subject))


@pytest.mark.parametrize(
    ("kind", "case"),
    [
        ("fields", "bad-name--field"),
        ("fields", "missing-key--type"),
        ("fields", "unknown-type"),
        ("fields", "choice-without-choices"),
        ("fields", "not-a-mapping--field"),
        ("team", "unknown-key--person"),
        ("team", "unknown-calendar"),
        ("team", "not-yes-no--active"),
        ("team", "not-a-number--capacity"),
        ("team", "bad-email"),
        ("calendar", "bad-hours--weekday"),
        ("calendar", "unknown-key--calendar"),
        ("tests", "unknown-rulebook"),
        ("tests", "unknown-rule"),
        ("tests", "unknown-field--given"),
        ("tests", "missing-key--now"),
        ("tests", "unknown-template--expected"),
        ("fields", "misfit-key"),
        ("report", "columns-or-groups"),
        ("report", "unknown-choice--total"),
        ("rulebook", "unknown-test"),
        ("rulebook", "misfit-action"),
    ],
)
def test_an_editor_sees_these_faults_too(small: Loaded, kind: str, case: str) -> None:
    text = (BAD / f"{case}.bad.yaml").read_text(encoding="utf-8")
    assert not Draft7Validator(schema(kind, small)).is_valid(document(text))


@pytest.mark.parametrize(
    "text",
    [
        "calendars: {default: {zone: Europe/Rome, hours: {Monday-Thu: 09:00-17:00, 'friday, saturday': }}}",
        "calendars: {default: {zone: Europe/Rome, closed: [2026-12-24]}}",
        "request: {size: {type: choice, choices: [small, 2]}}",
        "account: {size: {type: number, count: [account.owner], each: 2.5}}",
        "contact: {step: {type: number, place_of: contact.buying_phase, among: [aware, bought]}}",
        "packs: [bant]",
        "{pack: bant, about: What to ask, needs: [spin]}",
        "{report: open, of: account, where: {account.tier: key}, columns: [account.name, {missing: [account.owner]}]}",
        "{report: open, of: account, group_by: [account.tier], totals: {account.id: count}, sort: account.tier}",
        "people: [{id: an, territory: {account.country: BE}, away: [{from: 2026-12-01, until: 2026-12-02}]}]",
        "pools: {sales: {members: an, fallback: sales}}",
        "[Acme, 3]",
        "tests: [{test: t, now: 2026-11-20, given: {request: {extra: {machine: mill}}}, expect: {routing: nothing}}]",
        "tests: [{test: t, now: 2026-11-20, given: {request: {owner: null}}, expect: {request.owner: an, notify: []}}]",
        "tests: [{test: t, now: 2026-11-20, given: {}, after: 3 days, expect: {waiting: [waits], tasks: [{for: an}]}}]",
    ],
)
def test_other_files_that_fit(any_small: Draft7Validator, text: str) -> None:
    assert [error.message for error in any_small.iter_errors(document(text))] == []


@pytest.mark.parametrize(
    "text",
    [
        "calendars: {office: {zone: Europe/Rome}}",
        "calendars: {default: {zone: Europe/Rome, hours: {munday: 09:00-17:00}}}",
        "calendars: {default: {zone: Europe/Rome, closed: [24-12-2026]}}",
        "request: {size: {type: number, choices: [1, 2]}}",
        "account: {size: {type: number, each: 2.5}}",
        "contact: {step: {type: number, place_of: contact.buying_phase}}",
        "packs: bant",
        "{pack: bant}",
        "{report: open, of: account, where: {request.kind: other}, columns: [account.name]}",
        "{report: open, of: account}",
        "people: {an: {name: An}}",
        "people: [{id: an, away: [{from: 2026-12-01}]}]",
        "pools: {sales: {lead: nobody}}",
        "[[Acme]]",
        "tests: [{test: t, now: 2026-11-20, given: {request: {kind: x}}, expect: {routing: nothing}}]",
        "{}",
    ],
)
def test_other_files_that_do_not_fit(any_small: Draft7Validator, text: str) -> None:
    assert not any_small.is_valid(document(text))


def test_the_projects_own_words_are_there_to_choose_from(small: Loaded) -> None:
    definitions = schema("rulebook", small)["definitions"]
    assert "request.extra.machine" in definitions["condition_request"]["properties"]
    assert definitions["list_name"]["enum"] == ["targets"]
    who = definitions["who"]
    meaning = dict(zip(who["enum"], who["enumDescriptions"], strict=True))
    assert meaning["an"] == "An"
    assert meaning["sales"] == "everybody in this pool: an, bram"
    assert "account.owner" in meaning
    notify = definitions["actions_request"]["items"]["properties"]["notify"]
    assert notify["properties"]["template"]["enum"] == ["overdue"]


def test_every_field_word_and_action_is_described(small: Loaded) -> None:
    definitions = schema("rulebook", small)["definitions"]
    for subject in ("request", "opportunity", "contact", "account"):
        parts = {
            **definitions[f"condition_{subject}"]["properties"],
            **definitions[f"actions_{subject}"]["items"]["properties"],
        }
        parts |= definitions["test_text"]["anyOf"][1]["properties"]
        assert [name for name, part in parts.items() if not (part.get("description") or name == "task")] == []


def test_the_tables_here_agree_with_those_of_the_loader() -> None:
    assert {word: frozenset(types) for word, (types, _) in WORDS.items()} == {
        word: types for word, (types, _) in vocabulary._WORDS.items()
    }
    assert {name: subjects for name, (subjects, _) in ACTIONS.items()} == {
        name: subjects for name, (subjects, _) in actions._ACTIONS.items()
    }
    assert set(NEVER_SET) == set(actions._WRITTEN_BY)


KNOWN_TO_CHECK_ALONE = frozenset(
    (
        *("always-quiet", "away-backwards", "bad-date", "bad-hours--overlap", "bad-hours--twice", "bad-ical"),
        *("day-for-time", "deputy-circle", "double-name", "duplicate-step", "empty-range", "ends-before"),
        *("entry-twice", "not-shown"),
        "minute-before-midnight",
        *("misfit-test--known-any", "unknown-passes", "unknown-passes--none", "unknown-passes--territory"),
        *("later-out-of-order", "lighter-stage", "list-nobody-fills", "manager-circle", "misfit-total"),
        *("missing-row", "mutes-itself", "needless-stop", "never-holds", "never-open", "never-open--closed"),
        *("no-digest", "no-merge-template", "not-a-test-file", "own-field-clash", "row-width", "thresholds-crossed"),
        *("overlapping-rows", "overlapping-rows--unordered", "unreachable-route", "unreachable-rule"),
        *("unknown-field--computed", "unreachable-field--report", "unknown-file", "unknown-file--ical"),
        *("unknown-holidays", "unknown-zone", "unknown-language", "unknown-pack", "unknown-template--tell"),
        *("unknown-person--pool", "unknown-person--told"),
        *("always-holds", "dead-alternative", "excludes-nothing", "needless-alternative", "step-never-holds"),
        *("unreachable-otherwise", "unreachable-rule--stop"),
    )
)
"""Bad files whose form is right: what is wrong is how values lie to each other, or to what stands elsewhere."""


def bad_files() -> list[str]:
    """The bad files that are one YAML document without a fault of YAML, and no second of something (`duplicate-…`)."""
    found = []
    for path in sorted(BAD.glob("*.bad.yaml")):
        faults: list[Problem] = []
        parse(path.read_bytes().decode("utf-8", "surrogateescape"), "x.yaml", faults)
        if not faults and not path.name.startswith("duplicate-"):
            found.append(path.name.removesuffix(".bad.yaml"))
    return found


def test_the_schema_refuses_what_check_refuses_in_form(any_small: Draft7Validator) -> None:
    """A bad file that is new is either refused, or a thing that `check` alone can know; say so above."""
    texts = {name: (BAD / f"{name}.bad.yaml").read_text(encoding="utf-8") for name in bad_files()}
    taken = {name for name, text in texts.items() if any_small.is_valid(document(text))}
    assert taken - KNOWN_TO_CHECK_ALONE == set()


SHIPPED_KINDS = {
    "rules/team.yaml": "team",
    "rules/calendar.yaml": "calendar",
    "rules/fields.yaml": "fields",
    "rules/messages.yaml": "messages",
    "rules/stages.yaml": "stages",
    "rules/process.yaml": "process",
    "rules/matching.yaml": "matching",
    "rules/packs.yaml": "packs",
    "rules/routing.yaml": "rulebook",
    "rules/tiers.yaml": "rulebook",
    "rules/lists/free-mail.yaml": "list",
    "rules/tests/routing.yaml": "tests",
    "rules/maps/hubspot_deals.yaml": "map",
    "rules/sequences/webinar.yaml": "sequence",
    "packs/bant/pack.yaml": "pack",
    "packs/bant/reports/bant.yaml": "report",
}


@pytest.mark.parametrize(("file", "kind"), SHIPPED_KINDS.items())
def test_each_kind_of_file_has_a_schema_of_its_own(shipped: Loaded, file: str, kind: str) -> None:
    found = document((SHIPPED / file).read_text(encoding="utf-8"))
    assert [error.message for error in Draft7Validator(schema(kind, shipped)).iter_errors(found)] == []
    assert {*KINDS} - {*SHIPPED_KINDS.values()} == {"gates_file"}


def test_every_pack_fits_once_it_is_on() -> None:
    packs = sorted(path.parent.name for path in SHIPPED.glob("packs/*/pack.yaml"))
    loaded = load(read_files(SHIPPED, packs) | {"rules/packs.yaml": f"packs: [{', '.join(packs)}]"}, proofread=False)
    validator = Draft7Validator(schema("any", loaded))
    files = [file for file in loaded.files if file.startswith("packs/") and file.endswith(".yaml")]
    assert len(files) > 20
    assert [file for file in files if not validator.is_valid(document(loaded.files[file]))] == []


def test_keys_have_a_description_for_who_hovers_over_them(small: Loaded) -> None:
    definitions = schema("any", small)["definitions"]

    def told(part: dict[str, Any]) -> bool:
        inside = [definitions[part["$ref"].rpartition("/")[2]]] if "$ref" in part else []
        inside += [*part.get("allOf", ()), *part.get("anyOf", ())]
        return bool(part.get("description")) or any(told(one) for one in inside)

    silent = [
        (name, key)
        for name in (*KINDS, "rule_request")
        for key, part in definitions[name].get("properties", {}).items()
        if part and not told(part)
    ]
    assert silent == []


def test_words_and_actions_have_examples_that_fit(small: Loaded) -> None:
    definitions = schema("any", small)["definitions"]
    words = definitions["test_number"]["anyOf"][1]["properties"]
    assert words["at_least"]["examples"][0] == 250
    later = definitions["rule_request"]["properties"]["later"]["examples"]
    assert later[0][0]["after"] == "2 working hours"
    assert definitions["actions_request"]["items"]["properties"]["task"]["examples"]
