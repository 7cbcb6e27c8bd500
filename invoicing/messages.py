"""Word of invoices to the client (rules I4, M4): once each, with the address of the page where the documents are."""

from datetime import date, datetime

from django.urls import reverse
from djmoney.money import Money

from clients import access
from invoicing import terms
from invoicing.models import Compensation, IndexNotice, Invoice
from notices import outbox
from people.models import Person


def issued(invoice: Invoice, *, at: datetime) -> None:
    """An invoice or a credit note was issued: its approvers are told, and the address for invoices, where there is one."""
    page = reverse("invoice", args=[invoice.pk])
    context = {"invoice": invoice, "page": page}
    template = f"invoicing/mail/{invoice.kind}"
    outbox.compose(cause=f"invoice:{invoice.pk}:issued", people=readers(invoice, at=at), template=template, context=context, at=at)


def credit_stays(invoice: Invoice, *, minutes: int, cause: str, at: datetime) -> None:
    """Credit of the invoice has no money behind it any more: who looks after the client is told, for it can be used still (rule C4)."""
    context = {"invoice": invoice, "minutes": minutes, "page": reverse("desk-client", args=[invoice.organisation_id])}
    people = access.managers(invoice.organisation)
    outbox.compose(cause=cause, people=people, template="invoicing/mail/credit_stays", context=context, at=at)


def credit_taken_back(invoice: Invoice, *, minutes: int, reason: str, at: datetime) -> None:
    """What was unused of credit that nobody has paid for was taken back: who decides for the client is told, and its manager (rule C13)."""
    context = {"invoice": invoice, "minutes": minutes, "reason": reason, "page": reverse("invoice", args=[invoice.pk])}
    cause = f"invoice:{invoice.pk}:taken-back:{at.isoformat()}"
    people = {*readers(invoice, at=at), *access.managers(invoice.organisation)}
    outbox.compose(cause=cause, people=people, template="invoicing/mail/credit_taken_back", context=context, at=at)


def readers(invoice: Invoice, *, at: datetime) -> list[Person]:
    """Who decides for the client."""
    return list(access.approvers(invoice.organisation, at=at))


def address_of(invoice: Invoice) -> str:
    """Where the client wants its invoices mailed; "" where that is its approvers."""
    return terms.buyer_of(invoice.organisation).email


def indexed(notice: IndexNotice, *, before: Money, base_month: date | None, at: datetime) -> None:
    """A plan costs something else from a day on, by its index clause: the approvers are told, with the arithmetic (rules I7, P3)."""
    new = Money(notice.fee, notice.currency)
    context = {"notice": notice, "before": before, "fee": new, "base_month": base_month, "page": reverse("support")}
    people = access.approvers(notice.agreement.organisation, at=at)
    outbox.compose(cause=f"index:{notice.pk}", people=people, template="invoicing/mail/indexed", context=context, at=at)


def compensated(compensation: Compensation, *, at: datetime) -> None:
    """What a missed guarantee grants, or why it does not: the approvers and the reporter are told, once (rule S16)."""
    case = compensation.case
    people = {person.pk: person for person in [*access.approvers(compensation.agreement.organisation, at=at), case.reporter]}
    members = {person.pk: person for person in people.values() if access.is_member(person, compensation.agreement.organisation)}
    context = {"compensation": compensation, "case": case, "page": reverse("case", args=[case.pk])}
    template = f"invoicing/mail/compensation_{compensation.state}"
    outbox.compose(cause=f"compensation:{compensation.pk}", people=members.values(), template=template, context=context, at=at)
