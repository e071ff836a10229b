"""The few words that every message shares, per language: headings, names of facts, and words for choices."""

from collections.abc import Mapping

LANGUAGES = ("en", "nl")
"""The languages that messages have words for; another language gets the first one's."""

HEADINGS: Mapping[str, Mapping[str, str]] = {
    "en": {
        "hello": "Hello",
        "why": "Why you got this",
        "known": "What is known",
        "todo": "What to do",
        "messages": "What it is about",
        "more": "more, for which there is no room here",
        "merged": "Several messages come in this one mail; each says itself why you get it.",
        "links": "Do it at once",
        "outside": "You get this because you have been in touch with us.",
        "rule": "rule",
        "sent_by": "Sent by leadrelay for",
        "now": "now",
    },
    "nl": {
        "hello": "Dag",
        "why": "Waarom je dit krijgt",
        "known": "Wat er bekend is",
        "todo": "Wat te doen",
        "messages": "Waar het over gaat",
        "more": "meer, waarvoor hier geen plaats is",
        "merged": "Meerdere berichten komen in deze ene mail; elk zegt zelf waarom je het krijgt.",
        "links": "Meteen doen",
        "outside": "Je krijgt dit omdat je contact met ons hebt gehad.",
        "rule": "regel",
        "sent_by": "Verstuurd door leadrelay namens",
        "now": "nu",
    },
}

_LABELS: tuple[tuple[str, str, str], ...] = (
    ("account.employees", "Employees", "Medewerkers"),
    ("account.industry", "Line of business", "Branche"),
    ("account.last_order_at", "Last order", "Laatste bestelling"),
    ("account.last_sale_at", "Last sale", "Laatste verkoop"),
    ("account.name", "Company", "Bedrijf"),
    ("account.open_complaints", "Open complaints", "Open klachten"),
    ("account.orders_12m", "Orders in 12 months", "Bestellingen in 12 maanden"),
    ("account.overdue_invoices", "Overdue invoices", "Achterstallige facturen"),
    ("account.region", "Region", "Regio"),
    ("account.relation", "Relation", "Relatie"),
    ("account.requests_12m", "Requests in 12 months", "Aanvragen in 12 maanden"),
    ("account.running_opportunity", "Running opportunity", "Lopende kans"),
    ("account.running_stage", "Stage of it", "Fase daarvan"),
    ("account.tier", "Importance", "Belang"),
    ("contact.email", "E-mail", "E-mail"),
    ("contact.job_title", "Job title", "Functie"),
    ("contact.last_visited_at", "Last visited", "Laatst bezocht"),
    ("contact.lists", "On lists", "Op lijsten"),
    ("contact.name", "Contact", "Contactpersoon"),
    ("contact.orders_12m", "Orders in 12 months", "Bestellingen in 12 maanden"),
    ("contact.phone", "Telephone", "Telefoon"),
    ("contact.requests_12m", "Requests in 12 months", "Aanvragen in 12 maanden"),
    ("contact.site_visits_3w", "Visits to the site in 3 weeks", "Bezoeken aan de site in 3 weken"),
    ("opportunity.approval_due_at", "Approval wanted by", "Goedkeuring uiterlijk"),
    ("opportunity.decision_on", "Customer decides on", "Klant beslist op"),
    ("opportunity.expected_value", "Expected value", "Verwachte waarde"),
    ("opportunity.name", "Opportunity", "Verkoopkans"),
    ("opportunity.next_step_at", "Next step", "Volgende stap"),
    ("opportunity.product", "Product", "Product"),
    ("opportunity.quote_discount", "Largest discount (%)", "Hoogste korting (%)"),
    ("opportunity.quote_sent_at", "Quote sent", "Offerte verstuurd"),
    ("opportunity.quote_status", "Quote", "Offerte"),
    ("opportunity.quote_total", "Total of the quote", "Totaal van de offerte"),
    ("opportunity.quote_valid_until", "Quote valid until", "Offerte geldig tot en met"),
    ("opportunity.stage", "Stage", "Fase"),
    ("opportunity.win_chance", "Chance of winning (%)", "Kans op winst (%)"),
    ("owner.name", "Handled by", "In behandeling bij"),
    ("request.channel", "Came in by", "Binnengekomen via"),
    ("request.desk", "Desk", "Afdeling"),
    ("request.expected_value", "Expected value", "Verwachte waarde"),
    ("request.id", "Request", "Aanvraag"),
    ("request.kind", "Kind of request", "Soort aanvraag"),
    ("request.product", "Product", "Product"),
    ("request.received_at", "Received", "Ontvangen"),
    ("request.received_by", "Taken by", "Aangenomen door"),
    ("request.referrer", "Referred by", "Doorverwezen door"),
    ("request.source", "Heard of us through", "Kent ons via"),
    ("request.summary", "Question", "Vraag"),
    ("request.triage", "Triage", "Beoordeling"),
)
LABELS: Mapping[str, Mapping[str, str]] = {
    "en": {path: english for path, english, _ in _LABELS},
    "nl": {path: dutch for path, _, dutch in _LABELS},
}
"""What a field is called in the table of known facts."""

_CHOICES: tuple[tuple[str, str, str], ...] = (
    ("accepted", "accepted", "geaccepteerd"),
    ("account_manager", "account manager", "accountmanager"),
    ("ambassador", "ambassador", "ambassadeur"),
    ("approved", "approved", "goedgekeurd"),
    ("archive", "archive", "archief"),
    ("archived", "archived", "gearchiveerd"),
    ("awaiting_approval", "awaiting approval", "in afwachting van goedkeuring"),
    ("closed", "closed", "afgesloten"),
    ("competition", "competition", "met concurrentie"),
    ("crm", "CRM", "CRM"),
    ("customer", "customer", "klant"),
    ("digest", "in the digest", "in het overzicht"),
    ("doubt", "in doubt", "twijfel"),
    ("draft", "in draft", "in concept"),
    ("email", "e-mail", "e-mail"),
    ("event", "event", "beurs of evenement"),
    ("expired", "expired", "verlopen"),
    ("follow_up", "follow-up of a running deal", "opvolging van een lopende kans"),
    ("former_customer", "former customer", "voormalige klant"),
    ("important", "important", "belangrijk"),
    ("information", "information", "informatie"),
    ("inside_sales", "inside sales", "verkoop binnendienst"),
    ("key", "top customer", "topklant"),
    ("lost", "lost", "verloren"),
    ("marketing", "marketing", "marketing"),
    ("new", "new", "nieuw"),
    ("new_project", "new project", "nieuw project"),
    ("no", "no", "nee"),
    ("none", "none", "geen"),
    ("now", "at once", "direct"),
    ("open", "open", "open"),
    ("order", "order", "bestelling"),
    ("other", "other", "anders"),
    ("phone", "telephone", "telefoon"),
    ("price_confirmation", "confirmation of an agreed price", "bevestiging van een afgesproken prijs"),
    ("prospect", "prospect", "prospect"),
    ("recycled", "back to marketing", "terug naar marketing"),
    ("refused", "refused", "afgekeurd"),
    ("rejected", "rejected", "afgewezen"),
    ("renegotiation", "renegotiation", "heronderhandeling"),
    ("renewal", "renewal", "verlenging"),
    ("reorder", "reorder", "nabestelling"),
    ("running", "about a running deal", "over een lopende kans"),
    ("sales", "sales", "verkoop"),
    ("same", "known", "bekend"),
    ("sent", "sent", "verstuurd"),
    ("standard", "standard", "standaard"),
    ("suspect", "suspect", "mogelijke prospect"),
    ("telemarketing", "telemarketing", "telemarketing"),
    ("tender", "tender", "aanbesteding"),
    ("visit", "visit", "bezoek"),
    ("web_form", "web form", "webformulier"),
    ("withdrawn", "withdrawn", "ingetrokken"),
    ("won", "won", "gewonnen"),
    ("yes", "yes", "ja"),
)
CHOICES: Mapping[str, Mapping[str, str]] = {
    "en": {choice: english for choice, english, _ in _CHOICES},
    "nl": {choice: dutch for choice, _, dutch in _CHOICES},
}
"""The word for a choice; a company's own choices are shown as they are written."""


def spoken(language: str) -> str:
    """The language whose words are used for a reader of `language`: itself, or the first that there is."""
    base = language.partition("-")[0].partition("_")[0].lower()
    return base if base in LANGUAGES else LANGUAGES[0]


def choice_word(value: str | bool, language: str) -> str:
    """The word for a choice or a yes/no in a language; an unknown one without its underscores."""
    word = {True: "yes", False: "no"}[value] if isinstance(value, bool) else value
    return CHOICES[spoken(language)].get(word) or word.replace("_", " ")


def label_of(path: str, language: str) -> str:
    """What a field is called in a language; a company's own field by its own name."""
    own = path.rpartition(".")[2].replace("_", " ")
    return LABELS[spoken(language)].get(path) or own[:1].upper() + own[1:]
