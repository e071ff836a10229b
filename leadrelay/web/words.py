"""What the pages say, in English and Dutch."""

from collections.abc import Mapping
from typing import NamedTuple

from leadrelay.links import Purpose
from leadrelay.rulebook.words import spoken


class Asking(NamedTuple):
    """A confirmation page: its heading, what will happen, and the button that makes it happen."""

    heading: str
    effect: str
    button: str


ASKING: Mapping[str, Mapping[Purpose, Asking]] = {
    "en": {
        Purpose.TAKE: Asking("Take this?", "You become its owner; whoever has it now is told.", "Yes, I take it"),
        Purpose.ACKNOWLEDGE: Asking(
            "Take note of this?",
            "Reminders and escalations of what holds now stop, for everybody. It stays with whoever has it.",
            "Yes, I know",
        ),
        Purpose.REASSIGN: Asking(
            "Give this to a colleague?", "Your colleague becomes its owner and is told.", "Yes, hand it over"
        ),
        Purpose.SNOOZE: Asking(
            "Hear of this later?", "You get no messages about it until then; for others nothing changes.", "Yes, later"
        ),
        Purpose.NOT_INTERESTING: Asking(
            "Close this as not interesting?",
            "The request is archived, with your name and reason. It cannot be opened again; a new question is a new "
            "request.",
            "Yes, archive it",
        ),
        Purpose.UNSUBSCRIBE: Asking(
            "No more mail from us?", "We will not write to you any more about offers and news.", "Yes, unsubscribe me"
        ),
    },
    "nl": {
        Purpose.TAKE: Asking(
            "Neem je dit op je?", "Je wordt de eigenaar; wie het nu heeft, krijgt bericht.", "Ja, ik neem het"
        ),
        Purpose.ACKNOWLEDGE: Asking(
            "Heb je dit gezien?",
            "Herinneringen en escalaties van wat nu speelt stoppen, voor iedereen. Het blijft bij wie het heeft.",
            "Ja, ik weet ervan",
        ),
        Purpose.REASSIGN: Asking(
            "Aan een collega geven?", "Je collega wordt de eigenaar en krijgt bericht.", "Ja, draag over"
        ),
        Purpose.SNOOZE: Asking(
            "Hier later van horen?",
            "Je krijgt er tot dan geen berichten over; voor anderen verandert er niets.",
            "Ja, later",
        ),
        Purpose.NOT_INTERESTING: Asking(
            "Afsluiten als niet interessant?",
            "De aanvraag wordt gearchiveerd, met je naam en reden. Ze gaat niet meer open; een nieuwe vraag is een "
            "nieuwe aanvraag.",
            "Ja, archiveer",
        ),
        Purpose.UNSUBSCRIBE: Asking(
            "Geen mail meer van ons?", "We schrijven je niet meer over aanbiedingen en nieuws.", "Ja, schrijf me uit"
        ),
    },
}

_SAID: tuple[tuple[str, str, str], ...] = (
    ("given", "Done: it is with {who} now.", "Klaar: het is nu bij {who}."),
    (
        "has_it",
        "It is with {who} already; nothing had to change.",
        "Het is al bij {who}; er hoefde niets te veranderen.",
    ),
    ("acknowledged", "Noted: reminders and escalations stop.", "Genoteerd: herinneringen en escalaties stoppen."),
    ("nothing_waits", "Noted. Nothing was waiting for it any more.", "Genoteerd. Er wachtte niets meer op."),
    ("snoozed", "Done: you hear of it again from {at} on.", "Klaar: je hoort er vanaf {at} weer van."),
    ("archived", "Done: the request is archived.", "Klaar: de aanvraag is gearchiveerd."),
    ("unsubscribed", "Done: we will not write to you any more.", "Klaar: we schrijven je niet meer."),
    (
        "already",
        "This was done already, by {who}, on {at}. Nothing changed now.",
        "Dit was al gedaan, door {who}, op {at}. Er is nu niets veranderd.",
    ),
    ("closed", "It is closed already; what is closed stays so.", "Het is al afgesloten, en dat blijft zo."),
    ("gone", "It does not exist (any more).", "Het bestaat niet (meer)."),
    ("only_requests", "Only a request can be archived.", "Alleen een aanvraag kan gearchiveerd worden."),
    (
        "nobody",
        "{who} cannot take it: away or no longer here, and without a deputy. Choose somebody else.",
        "{who} kan het niet aannemen: afwezig of niet meer hier, en zonder vervanger. Kies iemand anders.",
    ),
    ("choose", "Please choose first.", "Kies eerst."),
    (
        "left",
        "This link was made for somebody who does not work here any more.",
        "Deze link was voor iemand die hier niet meer werkt.",
    ),
    (
        "not_ours",
        "This is not a link of ours, or only part of one. Open it again from the message, whole.",
        "Dit is geen link van ons, of maar een stuk ervan. Open hem nog eens vanuit het bericht, in zijn geheel.",
    ),
    (
        "other_purpose",
        "This link is for something else. Open it again from the message.",
        "Deze link is voor iets anders. Open hem nog eens vanuit het bericht.",
    ),
    (
        "expired",
        "This link is too old to be used. A newer message has a new one.",
        "Deze link is te oud om nog te gebruiken. In een nieuwer bericht staat een nieuwe.",
    ),
    ("no_page", "There is nothing here.", "Hier is niets."),
    ("too_much", "That is more than a form can hold.", "Dat is meer dan in een formulier past."),
    (
        "busy",
        "That cannot be done at this moment. Nothing was changed; please try again in a minute.",
        "Dat kan op dit moment niet. Er is niets veranderd; probeer het over een minuut nog eens.",
    ),
    ("heading_done", "Done", "Gedaan"),
    ("heading_not", "That did not work", "Dat ging niet"),
    ("owner", "With", "Bij"),
    ("nobody_yet", "nobody yet", "nog niemand"),
    ("colleague", "Colleague", "Collega"),
    ("away", "away", "afwezig"),
    ("open", "open", "lopend"),
    ("until", "Until", "Tot"),
    ("why", "Why (if you like)", "Waarom (als je wilt)"),
    ("for", "You are", "Je bent"),
    ("1 working day", "a working day from now", "over een werkdag"),
    ("3 days", "in three days", "over drie dagen"),
    ("1 week", "in a week", "over een week"),
    ("1 month", "in a month", "over een maand"),
)
SAID: Mapping[str, Mapping[str, str]] = {
    "en": {word: english for word, english, _ in _SAID},
    "nl": {word: dutch for word, _, dutch in _SAID},
}
"""Sentences and labels by their word."""
SNOOZES = ("1 working day", "3 days", "1 week", "1 month")
"""How long somebody can choose not to hear of something."""


def said(language: str, word: str) -> str:
    """The sentence or label for a word, in a language."""
    return SAID[spoken(language)][word]


def asking(language: str, purpose: Purpose) -> Asking:
    """The words of a confirmation page."""
    return ASKING[spoken(language)][purpose]


def preferred(header: str, otherwise: str) -> str:
    """The first language of an Accept-Language header that the pages have, or else `otherwise`."""
    for part in header[:200].split(","):
        language = part.partition(";")[0].strip().partition("-")[0].lower()
        if language in SAID:
            return language
    return otherwise
