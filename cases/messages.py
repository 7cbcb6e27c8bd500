"""Word of cases to the people who are in them, in the transaction that gives rise to it (rules S1, S4, M4).

Who is told: on the client's side the reporter and the watchers; on ours the owner, or where nobody has the case yet
the dispatchers. Nobody is told of their own word.
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db.models import Q
from django.urls import reverse

from cases import calls, ending, mail_out, promises, receipts
from cases.models import Case, CaseEvent, Clock, ClockKind, Message, Opened, Way
from clients import access
from clients.models import MemberRole, Membership, StaffDuty
from people.models import Person


def opened(case: Case, *, at: datetime) -> None:
    """The receipt, with the number and the response deadline (rule S1), and word to whoever sorts what is new."""
    if case.opened_via != Opened.STAFF and receipts.may_be_sent(case, at=at):
        context = {"response": _response(case), "by_troubleshooting": promises.by_troubleshooting(case), **calls.to_urge(case)}
        _tell(case, "receipt", clients(case), context, cause="receipt", at=at)
        receipts.sent(case, at=at)
    told = {"response": _response(case), "by_troubleshooting": promises.by_troubleshooting(case)}
    _tell(case, "new", ours(case), told, cause="new", at=at)


def answered(case: Case, message: Message, *, at: datetime) -> None:
    """Our answer, to the client's side."""
    _tell(case, "answer", clients(case), {"message": message, "by_person": True}, cause=f"message:{message.pk}", at=at)


def client_said(case: Case, message: Message, *, at: datetime) -> None:
    """The client's word, to ours and to the others on their side. Who mailed to a closed case is told that it is one (rule S11)."""
    goes_round = receipts.may_be_passed_on(message, at=at)
    people = [*ours(case), *(clients(case) if goes_round else [])]
    _tell(case, "client_said", people, {"message": message}, cause=f"message:{message.pk}", at=at)
    if case.closed_at is not None and goes_round and message.way == Way.EMAIL and message.author is not None:
        context = {"until": ending.reopen_until(case), "at": at, "page": reverse("case", args=[case.pk])}
        mail_out.send(case, "said_when_closed", [message.author], context, cause=f"message:{message.pk}:closed", at=at)


def troubleshooting(case: Case, *, by: Person, at: datetime) -> None:
    """A named technician is looking into it (rule S4)."""
    _tell(case, "troubleshooting", clients(case), {"technician": by}, cause="troubleshooting", at=at)


def happened(case: Case, template: str, event: CaseEvent, people: Iterable[Person], **context: Any) -> None:
    """Tell `people` of an event with `cases/mail/<template>`; once for each event."""
    _tell(case, template, people, {"event": event, **context}, cause=f"event:{event.pk}", at=event.at)


def clients(case: Case) -> list[Person]:
    """The client's people who are told: the reporter and the watchers, as long as they belong to the organisation.

    Where none of them does any more, its approvers: what we say reaches somebody.
    """
    members = Person.objects.filter(memberships__organisation=case.organisation_id, is_active=True)
    watching = case.watchers.values("person")
    found = list((members.filter(pk=case.reporter_id) | members.filter(pk__in=watching)).distinct().order_by("pk"))
    deciding = Membership.objects.filter(organisation=case.organisation_id, role=MemberRole.APPROVER)
    return found or list(Person.objects.filter(memberships__in=deciding, is_active=True).order_by("pk"))


def ours(case: Case) -> list[Person]:
    """Ours who are told: the owner and watchers of ours; where nobody owns it, or whoever did has left, the dispatchers."""
    staff = Person.objects.filter(staff_roles__isnull=False, is_active=True)
    found = {person.pk: person for person in staff.filter(Q(pk=case.owner_id) | Q(pk__in=case.watchers.values("person"))).distinct()}
    if case.owner_id not in found:
        found |= {person.pk: person for person in access.staff(StaffDuty.DISPATCHER)}
    return [found[number] for number in sorted(found)]


def _response(case: Case) -> Clock | None:
    return case.clocks.filter(kind=ClockKind.RESPONSE).order_by("pk").last()


def _tell(case: Case, template: str, people: Iterable[Person], context: dict[str, Any], *, cause: str, at: datetime) -> None:
    """Write to these people, once each, with the address of the page that is theirs. Nobody is told of their own word."""
    speaker = message.author_id if isinstance(message := context.get("message"), Message) else None
    readers = {person.pk: person for person in people if person.pk != speaker}
    sides: dict[str, list[Person]] = {"desk-case": [], "case": []}
    for person in readers.values():
        sides["desk-case" if access.is_provider_staff(person) else "case"].append(person)
    for page, group in sides.items():
        mail_out.send(case, template, group, {"page": reverse(page, args=[case.pk]), **context}, cause=cause, at=at)
