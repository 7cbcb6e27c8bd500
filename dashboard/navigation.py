"""What the top of every page needs to know: where one can go, who is signed in, and whose product this is.

A client has the portal, with at most five words; the provider's people have the desk, each with what their duties ask for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.db.models import Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.access import decides_for
from clients.models import MemberRole, Membership, Provider, StaffDuty, person_duties
from clients.portal import chosen_among
from core.once import once
from delivery.models import DeliveryTerms
from invoicing.models import Books, InvoicingTerms
from notices.models import OutgoingHold
from people.models import Person
from sessions.models import SessionTerms

Words: TypeAlias = Sequence[tuple[str, str | Promise]]

TECHNICIAN, DISPATCHER = StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER
MANAGER, FINANCE, ADMINISTRATOR = StaffDuty.ACCOUNT_MANAGER, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR

SESSIONS = pgettext_lazy("short, in the navigation", "Sessions")
PORTAL = (("home", _("Home")), ("cases", _("Cases")), ("session-new", _("Book")), ("credit", _("Statement")))
READER_PORTAL = tuple(word for word in PORTAL if word[0] != "session-new")
SUPPORT = ("support", _("Your support"))
INVOICES = ("invoices", _("Invoices"))
DELIVERY = ("delivery", pgettext_lazy("short, in the navigation", "Delivery"))
APPROVER_PORTAL = (*PORTAL, ("topup-orders", pgettext_lazy("short, in the navigation", "Top-up")))
DESK = (
    ("desk-day", _("Today"), {TECHNICIAN, DISPATCHER, MANAGER, ADMINISTRATOR}),
    ("desk-cases", pgettext_lazy("short, in the navigation", "Cases"), {TECHNICIAN, DISPATCHER, MANAGER, ADMINISTRATOR}),
    (
        "desk-delivery",
        pgettext_lazy("short, in the navigation", "Delivery"),
        {TECHNICIAN, DISPATCHER, MANAGER, FINANCE, ADMINISTRATOR},
    ),
    ("desk-week", _("Week"), {TECHNICIAN, DISPATCHER, MANAGER, ADMINISTRATOR}),
    ("desk-sessions", SESSIONS, {TECHNICIAN, DISPATCHER, MANAGER, ADMINISTRATOR}),
    ("desk-time", pgettext_lazy("short, in the navigation", "Time"), {TECHNICIAN, DISPATCHER}),
    ("desk-clients", _("Clients"), {MANAGER, FINANCE, ADMINISTRATOR}),
    ("desk-availability", _("Availability"), {TECHNICIAN, DISPATCHER, ADMINISTRATOR}),
    ("desk-disputes", _("Disputes"), {MANAGER, ADMINISTRATOR}),
    ("desk-topups", _("Top-ups"), {FINANCE, ADMINISTRATOR}),
    ("desk-invoices", _("Invoices"), {FINANCE, ADMINISTRATOR}),
    ("desk-bank", _("Bank"), {FINANCE}),
    ("desk-books", _("Books"), {FINANCE}),
    ("desk-payouts", _("Money back"), {FINANCE}),
    ("desk-mail", _("Mail"), {ADMINISTRATOR}),
)


NEED_CREDIT = {"session-new", "sessions", "credit", "topup-orders", "desk-week", "desk-sessions", "desk-availability"} | {
    "desk-disputes",
    "desk-topups",
}
"""Words that lead nowhere where the provider sells no prepaid credit (rule P1)."""

NEED_DELIVERY = {"desk-delivery", "delivery"}
"""Words that lead nowhere where the provider's profile has no terms of delivery (rule P1)."""

NEED_INVOICING = {"desk-invoices", "invoices", "desk-bank", "desk-books", "desk-payouts"}
"""Words that lead nowhere where the provider's profile has no terms of invoicing (rule P1)."""

NEED_BOOKS = {"desk-books"}
"""Words that lead nowhere where the provider's profile has no chart of accounts (rule I6)."""


BENEATH = {"desk-reports": "desk-invoices", "desk-settlements": "desk-payouts"}
"""Pages whose address begins with that of no word, and the word that they belong to."""


@dataclass(frozen=True)
class NavItem:
    """One word of the navigation."""

    label: str
    url: str
    current: bool = False


@dataclass(frozen=True)
class Switch:
    """Between which organisations somebody changes, as (number, name, whether it is this one): 0 is all of them together."""

    shown: str
    choices: Sequence[tuple[int, str, bool]]


@dataclass(frozen=True)
class NavPerson:
    """The person signed in, as the header shows them: `place` is the organisation, or the duties with the provider."""

    name: str
    email: str
    place: str
    time_zone: str


def navigation(request: HttpRequest) -> dict[str, Any]:
    """The context of the header and the footer; queries run only where a template asks."""
    person = getattr(request, "user", None)
    context: dict[str, Any] = {"provider": SimpleLazyObject(lambda: Provider.objects.filter(pk=1).first()), "nav_home": "/"}
    if not isinstance(person, Person) or not person.is_authenticated:
        return context
    desk = _desk(person_duties(person))
    memberships = [] if desk else list(person.memberships.select_related("organisation").order_by("organisation__name"))
    words, place = desk or _portal(person, memberships, request)
    offered = _offered()
    sells_credit, delivers, invoices = ("credit" in offered, "delivery" in offered, "invoicing" in offered)
    if not sells_credit:
        words = [(name, label) for name, label in words if name not in NEED_CREDIT] + ([] if desk else [DELIVERY, SUPPORT])
    words = [(name, label) for name, label in words if delivers or name not in NEED_DELIVERY]
    words = [(name, label) for name, label in words if invoices or name not in NEED_INVOICING]
    words = [(name, label) for name, label in words if "books" in offered or name not in NEED_BOOKS]
    beside = _desk_links(person, delivers, invoices) if desk else _client_links(memberships, sells_credit, delivers, invoices)
    return context | {
        "outgoing_is_held": bool(desk) and "held" in offered,
        "sells_credit": sells_credit,
        "only_reads": _only_reads(memberships),
        "nav_base": "desk/base.html" if desk else "portal/base.html",
        "nav_items": _items(words, request.path),
        "nav_links": [*beside, *_links(person, sells_credit)],
        "nav_switch": _switch(memberships, request),
        "nav_person": NavPerson(person.name, person.email, place, person.time_zone),
    }


def _desk(duties: frozenset[str]) -> tuple[Words, str] | None:
    """What somebody with these duties works with; None for somebody who has none, a client."""
    if not duties:
        return None
    words = [(name, label) for name, label, asked_for in DESK if asked_for & duties]
    return words, ", ".join(str(duty.label) for duty in StaffDuty if duty in duties)


def _portal(person: Person, memberships: list[Membership], request: HttpRequest) -> tuple[Words, str]:
    """A reader reads, a requester books; who decides for an organisation, an approver or a deputy, also tops up."""
    decides = any(membership.role == MemberRole.APPROVER for membership in memberships) or bool(decides_for(person, at=timezone.now()))
    words = APPROVER_PORTAL if decides else READER_PORTAL if _only_reads(memberships) else PORTAL
    mine = [membership.organisation for membership in memberships]
    chosen = chosen_among(request, mine)
    return words, chosen.name if chosen else ", ".join(organisation.name for organisation in mine)


def _only_reads(memberships: list[Membership]) -> bool:
    """Whether somebody is a reader wherever they belong, and is offered nothing to do."""
    return bool(memberships) and all(membership.role == MemberRole.READER for membership in memberships)


def _switch(memberships: list[Membership], request: HttpRequest) -> Switch | None:
    """For who belongs to several organisations: which one is worked for now, and the others."""
    if len(memberships) < 2:
        return None
    mine = [membership.organisation for membership in memberships]
    chosen = chosen_among(request, mine)
    together = str(_("All organisations"))
    choices = [(organisation.pk, organisation.name, organisation == chosen) for organisation in mine]
    return Switch(chosen.name if chosen else together, [*choices, (0, together, chosen is None)])


def _items(words: Words, path: str) -> list[NavItem]:
    """The words with their addresses; current is the one whose address is the longest beginning of `path`."""
    found = [(reverse(name), label) for name, label in words]
    beneath = next((reverse(word) for page, word in BENEATH.items() if _is_within(path, reverse(page))), "")
    here = max((url for url, _label in found if _is_within(path, url)), key=len, default=beneath)
    return [NavItem(str(label), url, url == here) for url, label in found]


def _desk_links(person: Person, delivers: bool, invoices: bool) -> list[NavItem]:
    """Beside the words, for some of ours: what is promised, who is on call, one's own limits, when time counts (rules P2, D1, W1)."""
    duties = person_duties(person)
    words = [("desk-plans", _("Support plans"))] if {MANAGER, ADMINISTRATOR} & duties else []
    words += [("desk-on-call", _("On call"))] if {TECHNICIAN, DISPATCHER, ADMINISTRATOR} & duties else []
    words += [("desk-delivery-limits", _("Limits for estimates"))] if delivers and MANAGER in duties else []
    words += [("desk-delivery-reports", _("Delivery reports"))] if delivers and {MANAGER, FINANCE, ADMINISTRATOR} & duties else []
    words += [("desk-payouts", _("Money back"))] if invoices and ADMINISTRATOR in duties and FINANCE not in duties else []
    words += [("desk-plan-fees", _("Plan fees"))] if invoices and FINANCE in duties else []
    words += [("desk-compensations", _("Missed guarantees"))] if invoices and {MANAGER, FINANCE, ADMINISTRATOR} & duties else []
    if ADMINISTRATOR in duties:
        words += [("desk-people", _("Our people")), ("desk-calendars", _("Working time")), ("desk-audit", _("Audit log"))]
        words += [("desk-privacy", _("Personal data")), ("desk-failures", _("What failed"))]
    return [NavItem(str(label), reverse(name)) for name, label in words]


def _client_links(memberships: list[Membership], sells_credit: bool, delivers: bool, invoices: bool) -> list[NavItem]:
    """Beside the words, for members of a client: what it has, and what they arrange among themselves (rules: People, C16, P3)."""
    if not memberships:
        return []
    words: list[tuple[str, str | Promise]] = [("sessions", SESSIONS)] if sells_credit else []
    words += [DELIVERY] if sells_credit and delivers else []  # five words at most stand at the top
    words += [INVOICES] if invoices else []
    words += [SUPPORT, ("accounts", _("Accounts"))] if sells_credit else []
    words += [("purchase-orders", _("Purchase orders"))]
    words += [("opening-hours", _("Opening hours")), ("deputies", _("Deputies"))]
    words += [("people-mine", _("People"))] if any(membership.is_owner for membership in memberships) else []
    return [NavItem(str(label), reverse(name)) for name, label in words]


def _links(person: Person, sells_credit: bool) -> list[NavItem]:
    words = [
        ("help", _("Help articles")),
        ("preferences", _("About you")),
        ("notifications", _("Notifications")),
        ("my-calendar", _("Your calendar")),
        ("security", _("Security")),
    ]
    links = [NavItem(str(label), reverse(name)) for name, label in words if sells_credit or name != "my-calendar"]
    if person.is_staff:
        links.append(NavItem(str(_("Administration")), reverse("admin:index")))
    return links


def _offered() -> frozenset[str]:
    """Of what not every provider offers, what this one has terms of (rule P1); credit where there are sessions. One query.

    It asks as well whether what goes out is held, in a restored copy (rule M4).
    """

    def read() -> frozenset[str]:
        there = [
            model._default_manager.filter(pk=1).order_by().annotate(what=Value(what)).values_list("what", flat=True)
            for what, model in (("credit", SessionTerms), ("delivery", DeliveryTerms), ("invoicing", InvoicingTerms), ("books", Books))
        ]
        held = OutgoingHold.objects.filter(released_at=None).annotate(what=Value("held")).values_list("what", flat=True)
        return frozenset(there[0].union(*there[1:], held, all=True))

    return once("what is offered", read)


def _is_within(path: str, url: str) -> bool:
    return path == url if url == "/" else url in path
