"""Where an opportunity stands among the stages: what it lacks there, and each gate ahead of it, test by test."""

from collections.abc import Mapping, Sequence
from typing import Any as Anything
from zoneinfo import ZoneInfo

from leadrelay.rulebook.condition import Facts, Moment
from leadrelay.rulebook.explain import Explanation, Teller
from leadrelay.rulebook.explain_words import render_tests
from leadrelay.rulebook.stages import Move, Stages


def explain_stages(stages: Stages, facts: Facts, moment: Moment, zone: ZoneInfo) -> Explanation:
    """`stage`; `lacks`: what it lacks where it is; `gates`: those into later stages, each with its tests, as rules have
    them in `explain`; `ahead`: what it lacks for each later stage. Times are in `zone`."""
    teller = Teller(facts, moment, zone)
    here = facts.get("opportunity.stage")
    ahead = [one.name for one in stages.stages if stages.move(here, one.name) not in (Move.BACK, Move.OTHER)] or sorted(
        {into for gate in stages.gates for into in gate.into if not stages.stages}
    )
    return {
        "stage": here,
        "lacks": [one.brief for one in stages.standing(facts, moment)],
        "ahead": [
            {"stage": name, "lacks": [one.brief for one in stages.lacks(here, name, facts, moment)]} for name in ahead
        ],
        "gates": [
            {
                "id": gate.id,
                "about": gate.about,
                "into": list(gate.into),
                "file": gate.place.file,
                "line": gate.place.line,
                "holds": gate.when.verdict(facts, moment).holds,
                "tests": teller.tests(gate.when),
                "why_not": teller.why_not(gate.when, gate.when.verdict(facts, moment).holds),
                "override": list(gate.override),
            }
            for gate in stages.gates
            if {into.casefold() for into in gate.into} & {name.casefold() for name in ahead}
        ],
    }


def render_stages(found: Mapping[str, Anything]) -> str:
    """The same as text for somebody who writes no programs."""
    lacks = f", lacks {', '.join(found['lacks'])}" if found["lacks"] else ""
    shown = [f"stages: in {found['stage'] or 'none'}{lacks}"]
    shown += [f"  {one['stage']}: {'lacks ' if one['lacks'] else ''}{_listed(one['lacks'])}" for one in found["ahead"]]
    for gate in found["gates"]:
        verdict = "is open" if gate["holds"] else "is closed"
        by = f", {', '.join(gate['override'])} may override it" if gate["override"] and not gate["holds"] else ""
        place = f"[{gate['file']}:{gate['line']}]"
        shown += ["", f"  gate {gate['id']} into {', '.join(gate['into'])}: {verdict}{by}  {place}"]
        shown += [f"    {gate['about']}"] if gate["about"] else []
        shown += render_tests(gate)
    return "\n".join(shown)


def _listed(lacks: Sequence[str]) -> str:
    return ", ".join(lacks) or "nothing is lacking"
