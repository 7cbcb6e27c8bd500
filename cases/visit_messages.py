"""Word of visits, with an invitation that calendar programs take, change and cancel in place (rules S12, R4, M4)."""

from collections.abc import Iterable

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from cases import messages
from cases.models import CaseEvent, Visit
from clients import access, provider
from notices import invitation_objects, outbox
from notices.invitation_objects import Method, Partstat, Party
from notices.outbox import CalendarPart
from notices.vevents import Facts, Status
from people.models import Person


def planned(visit: Visit, event: CaseEvent) -> None:
    """The client and whoever comes are invited."""
    _tell("visit_planned", visit, event, _invited(visit), Method.REQUEST)


def moved(visit: Visit, event: CaseEvent, *, left: Person) -> None:
    """The change, to the same; who was to come and does not any more is told that too."""
    _tell("visit_moved", visit, event, _invited(visit), Method.REQUEST)
    if left.pk != visit.consultant_id:
        _tell("visit_passed_on", visit, event, [left], Method.CANCEL)


def cancelled(visit: Visit, event: CaseEvent) -> None:
    """It goes out of everybody's calendar, with the reason."""
    _tell("visit_cancelled", visit, event, _invited(visit), Method.CANCEL)


def made(visit: Visit, event: CaseEvent) -> None:
    """The client reads what came of it."""
    messages.happened(visit.case, "visit_made", event, messages.clients(visit.case), visit=visit)


def _invited(visit: Visit) -> list[Person]:
    people = {person.pk: person for person in [*messages.clients(visit.case), visit.consultant]}
    return list(people.values())


def _tell(template: str, visit: Visit, event: CaseEvent, people: Iterable[Person], method: Method) -> None:
    """One mail for each, in their language, whose calendar object is of the same UID each time."""
    case = visit.case
    for person in people:
        page = reverse("desk-case" if access.is_provider_staff(person) else "case", args=[case.pk])
        outbox.compose(
            cause=f"case:{case.pk}:event:{event.pk}",
            people=[person],
            template=f"cases/mail/{template}",
            context={"case": case, "visit": visit, "event": event, "page": page},
            at=event.at,
            extras={person.pk: _calendar(visit, event, person, page, method)},
        )


def _calendar(visit: Visit, event: CaseEvent, person: Person, page: str, method: Method) -> CalendarPart:
    ours = provider.current()
    organizer = Party(ours.name, ours.booking_address)
    with override(person.language):
        summary = _("Visit: %(subject)s") % {"subject": visit.case.subject}
        description = f"{visit.place}\n\n{visit.purpose}"
    facts = Facts(
        uid=str(visit.uid),
        sequence=visit.sequence,
        stamp=event.at,
        starts_at=visit.starts_at,
        ends_at=visit.ends_at,
        status=Status.CANCELLED if method is Method.CANCEL else Status.CONFIRMED,
        summary=summary,
        description=description,
        url=settings.BASE_URL + page,
    )
    invitee = Party(person.name, person.email)
    text = invitation_objects.written(method, facts, organizer=organizer, attendee=invitee, answer=Partstat.ACCEPTED)
    return CalendarPart(method.value, text, organizer.address)
