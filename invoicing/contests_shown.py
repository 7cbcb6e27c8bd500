"""Contested invoices on pages: who sees and may do what, and the credit note that one leads to (rule I8)."""

from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from djmoney.money import Money

from clients import access
from clients.models import Organisation, StaffDuty
from invoicing import contesting, crediting
from invoicing.models import ContestOutcome, Invoice, InvoiceContest, InvoiceLine
from people.models import Person


def may_contest(person: Person, invoice: Invoice, *, at: datetime) -> bool:
    """Whether the page to contest it is for this person."""
    return access.is_approver(person, invoice.organisation, at=at)


def in_the_portal(invoice: Invoice, person: Person, *, at: datetime) -> dict[str, Any]:
    """What the client's page of an invoice says of its contests."""
    contests = list(invoice.contests.select_related("contested_by").order_by("-pk"))
    is_open = any(contest.closed_at is None for contest in contests)
    decides = may_contest(person, invoice, at=at)
    can = decides and invoice.kind == "invoice" and invoice.open.amount > 0
    return {"contests": contests, "may_contest": can and not is_open, "may_withdraw": decides and is_open}


def answerable_by(person: Person) -> QuerySet[InvoiceContest]:
    """What somebody of ours may read: all for finance and administrators, their own clients' for account managers."""
    found = InvoiceContest.objects.select_related("invoice__organisation", "contested_by", "closed_by")
    if access.has_duty(person, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR):
        return found
    return found.filter(invoice__organisation__in=Organisation.objects.managed_by(person).values("pk"))


def at_the_desk(contest: InvoiceContest, person: Person) -> dict[str, Any]:
    """What the desk's page of a contest shows."""
    invoice = contest.invoice
    return {
        "contest": contest,
        "invoice": invoice,
        "lines": [(line, Money(line.net, invoice.currency)) for line in lines_of(contest)],
        "may_answer": contest.closed_at is None and contesting.may_answer(person, invoice),
        "is_own": contest.closed_at is None and person.pk == invoice.issued_by_id,
        "sees_invoices": access.has_duty(person, StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR),
        "may_credit": contest.outcome == ContestOutcome.UPHELD
        and access.has_duty(person, StaffDuty.FINANCE)
        and invoice.credited < invoice.payable,
    }


def lines_of(contest: InvoiceContest) -> list[InvoiceLine]:
    """The lines it is about; all of them where it is about the whole."""
    lines = contest.invoice.lines.order_by("position")
    return list(lines.filter(position__in=contest.positions) if contest.positions else lines)


def to_credit(invoice: Invoice) -> dict[str, Any]:
    """How the form of a credit note is filled in where the client was right: the lines that it named, and our answer."""
    contest = invoice.contests.order_by("-pk").first()
    if contest is None or contest.outcome != ContestOutcome.UPHELD:
        return {}
    filled: dict[str, Any] = {"reason": contest.answer}
    if contest.positions:
        left = crediting.left_of(invoice)
        filled |= {"what": "parts"} | {f"net_{line.pk}": left[line.pk] for line in lines_of(contest) if left[line.pk] > 0}
    return filled
