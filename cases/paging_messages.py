"""Word of pages: by mail and text to whoever is paged, and to the webhook of the rota (rules S18, M4)."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.urls import reverse

from cases.models import Page
from clients import access
from clients.models import OnCallMember, StaffDuty
from notices import outbox
from notices.channels import webhook
from people.models import Person
from people.phones import is_e164


def paged(page: Page, *, at: datetime) -> None:
    """By the channels that the member chose; who is no member, the lead or somebody who stands in, by all that are known.

    Who would get nothing, because no number is known, gets a mail.
    """
    person = page.person
    if person is None:
        return
    seat = OnCallMember.objects.filter(rota=page.rota_id, person=person).first()
    by_sms = is_e164(person.mobile) and (seat is None or seat.by_sms)
    context = _context(page)
    if seat is None or seat.by_email or not by_sms:
        outbox.compose(cause=_cause(page), people=[person], template="cases/mail/page", context=context, at=at)
    if by_sms:
        text = outbox.render("cases/mail/page.sms.txt", context | {"person": person}, person)
        outbox.write_sms(cause=_cause(page), person=person, text=text, at=at)
    _call(page, "case.paged", at=at)


def nobody_answered(page: Page, *, at: datetime) -> None:
    """Nobody is on call, or nobody acknowledged: the dispatchers are told, and whoever leads."""
    people: dict[int, Person] = {person.pk: person for person in access.staff(StaffDuty.DISPATCHER)}
    if page.rota.lead:
        people[page.rota.lead.pk] = page.rota.lead
    outbox.compose(cause=_cause(page), people=people.values(), template="cases/mail/page_unanswered", context=_context(page), at=at)
    _call(page, "case.page_unanswered", at=at)


def withdraw(beginning: str) -> None:
    """What has not reached its reader yet would only disturb them now."""
    outbox.withdraw_all(prefix=_prefix(beginning))


def _call(page: Page, kind: str, *, at: datetime) -> None:
    """The event to the rota's webhook, where it has one: numbers and names, no word of what the client wrote but the subject."""
    if not page.rota.webhook:
        return
    case = page.case
    data = {
        "case": case.pk,
        "subject": case.subject,
        "organisation": case.organisation.name,
        "priority": case.priority,
        "outage": case.is_outage,
        "rota": page.rota.code,
        "step": page.step,
        "person": page.person.name if page.person else None,
        "acknowledge_by": page.next_at.isoformat() if page.next_at else None,
        "url": settings.BASE_URL + _url(page),
    }
    event = {"type": kind, "timestamp": at.isoformat(), "data": data}
    subject = f"#{case.pk} {page.get_step_display()}"
    outbox.write_webhook(cause=_cause(page), receiver=webhook.receiver(page.rota), subject=subject, event=event, at=at)


def _context(page: Page) -> dict[str, Any]:
    return {"page": page, "case": page.case, "rota": page.rota, "url": _url(page), "base_url": settings.BASE_URL}


def _url(page: Page) -> str:
    return reverse("desk-page", args=[page.pk])


def _cause(page: Page) -> str:
    return _prefix(page.cause)


def _prefix(cause: str) -> str:
    return f"page:{cause}"
