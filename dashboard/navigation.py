"""What the top of every page needs to know: where one can go, who is signed in, and whose product this is.

A client has the portal, with at most five words; the provider's people have the desk, each with what their duties ask for.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise, SimpleLazyObject
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from clients.access import decides_for
from clients.models import MemberRole, Provider, StaffDuty, person_duties
from people.models import Person
from sessions import terms as session_terms

Words: TypeAlias = Sequence[tuple[str, str | Promise]]

TECHNICIAN, DISPATCHER = StaffDuty.TECHNICIAN, StaffDuty.DISPATCHER
MANAGER, FINANCE, ADMINISTRATOR = StaffDuty.ACCOUNT_MANAGER, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR

SESSIONS = pgettext_lazy("short, in the navigation", "Sessions")
PORTAL = (("home", _("Home")), ("cases", _("Cases")), ("session-new", _("Book")), ("credit", _("Statement")))
SUPPORT = ("support", _("Your support"))
APPROVER_PORTAL = (*PORTAL, ("topup-orders", pgettext_lazy("short, in the navigation", "Top-up")))
DESK = (
    ("desk-day", _("Today"), {TECHNICIAN, DISPATCHER, MANAGER, ADMINISTRATOR}),
    ("desk-cases", pgettext_lazy("short, in the navigation", "Cases"), {TECHNICIAN, DISPATCHER, MANAGER, ADMINISTRATOR}),
    ("desk-week", _("Week"), {TECHNICIAN, DISPATCHER, MANAGER, ADMINISTRATOR}),
    ("desk-sessions", SESSIONS, {TECHNICIAN, DISPATCHER, MANAGER, ADMINISTRATOR}),
    ("desk-time", pgettext_lazy("short, in the navigation", "Time"), {TECHNICIAN, DISPATCHER}),
    ("desk-clients", _("Clients"), {MANAGER, FINANCE, ADMINISTRATOR}),
    ("desk-availability", _("Availability"), {TECHNICIAN, DISPATCHER, ADMINISTRATOR}),
    ("desk-disputes", _("Disputes"), {MANAGER, ADMINISTRATOR}),
    ("desk-topups", _("Top-ups"), {FINANCE, ADMINISTRATOR}),
    ("desk-mail", _("Mail"), {ADMINISTRATOR}),
)


NEED_CREDIT = {"session-new", "sessions", "credit", "topup-orders", "desk-week", "desk-sessions", "desk-availability"} | {
    "desk-disputes",
    "desk-topups",
}
"""Words that lead nowhere where the provider sells no prepaid credit (rule P1)."""


@dataclass(frozen=True)
class NavItem:
    """One word of the navigation."""

    label: str
    url: str
    current: bool = False


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
    words, place = desk or _portal(person)
    if not (sells_credit := _sells_credit()):
        words = [(name, label) for name, label in words if name not in NEED_CREDIT] + ([] if desk else [SUPPORT])
    return context | {
        "sells_credit": sells_credit,
        "nav_base": "desk/base.html" if desk else "portal/base.html",
        "nav_items": _items(words, request.path),
        "nav_links": [*_more_links(person, desk=bool(desk), place=place, sells_credit=sells_credit), *_links(person, sells_credit)],
        "nav_person": NavPerson(person.name, person.email, place, person.time_zone),
    }


def _desk(duties: frozenset[str]) -> tuple[Words, str] | None:
    """What somebody with these duties works with; None for somebody who has none, a client."""
    if not duties:
        return None
    words = [(name, label) for name, label, asked_for in DESK if asked_for & duties]
    return words, ", ".join(str(duty.label) for duty in StaffDuty if duty in duties)


def _portal(person: Person) -> tuple[Words, str]:
    """A requester reads and books; who decides for an organisation, an approver or a deputy, also tops up."""
    memberships = list(person.memberships.select_related("organisation").order_by("organisation__name"))
    decides = any(membership.role == MemberRole.APPROVER for membership in memberships) or bool(decides_for(person, at=timezone.now()))
    return APPROVER_PORTAL if decides else PORTAL, ", ".join(membership.organisation.name for membership in memberships)


def _items(words: Words, path: str) -> list[NavItem]:
    """The words with their addresses; current is the one whose address is the longest beginning of `path`."""
    found = [(reverse(name), label) for name, label in words]
    here = max((url for url, _label in found if _is_within(path, url)), key=len, default="")
    return [NavItem(str(label), url, url == here) for url, label in found]


def _more_links(person: Person, *, desk: bool, place: str, sells_credit: bool) -> list[NavItem]:
    """Beside the words: what a client's people arrange; for some of ours what is promised, and when time counts (rules P2, W1)."""
    if not desk:
        return _client_links(sells_credit) if place else []
    duties = person_duties(person)
    words = [("desk-plans", _("Support plans"))] if {MANAGER, ADMINISTRATOR} & duties else []
    words += [("desk-on-call", _("On call"))] if {TECHNICIAN, DISPATCHER, ADMINISTRATOR} & duties else []
    words += [("desk-calendars", _("Working time"))] if ADMINISTRATOR in duties else []
    return [NavItem(str(label), reverse(name)) for name, label in words]


def _client_links(sells_credit: bool) -> list[NavItem]:
    """What a client has, and what its people arrange among themselves (rules: People, C16, P3)."""
    words: list[tuple[str, str | Promise]] = [("sessions", SESSIONS), SUPPORT, ("accounts", _("Accounts"))] if sells_credit else []
    words += [("opening-hours", _("Opening hours")), ("deputies", _("Deputies"))]
    return [NavItem(str(label), reverse(name)) for name, label in words]


def _links(person: Person, sells_credit: bool) -> list[NavItem]:
    words = [
        ("help", _("Help articles")),
        ("preferences", _("About you")),
        ("my-calendar", _("Your calendar")),
        ("account_change_password", _("Change password")),
    ]
    links = [NavItem(str(label), reverse(name)) for name, label in words if sells_credit or name != "my-calendar"]
    if person.is_staff:
        links.append(NavItem(str(_("Administration")), reverse("admin:index")))
    return links


def _sells_credit() -> bool:
    """Whether the provider has terms of sessions, which no profile has without those of credit (rule P1). One query."""
    return session_terms.offered() is not None


def _is_within(path: str, url: str) -> bool:
    return path == url if url == "/" else url in path
