"""Paying an invoice by card, and what the service tells of it (rules I3, C4, C14).

The service's page is opened between two steps of ours, so that nothing is locked meanwhile. What it tells later is heard
once: the invoice is paid, and the rest follows as from any payment. A sum that the invoice does not want any more, since it
was paid or credited meanwhile, is kept apart and given back.
"""

from datetime import datetime, timedelta
from hashlib import sha256

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from clients import access
from clients.agreements import local_date
from core.errors import DomainError, NotAllowed
from invoicing import life, settlement
from invoicing.cards import service
from invoicing.cards.interface import CardService, CardServiceFailed, Checkout, Happened, Outcome
from invoicing.models import CardEvent, CardPayment, CardState, Invoice, InvoiceKind, PaymentWay
from invoicing.settlement import Received
from notices import holding
from people.models import Person

STAYS_OPEN = timedelta(hours=23)
"""How long a service's page is led to again; Stripe closes its own after a day."""


class NothingToPay(DomainError):
    """Nothing of the invoice is open."""

    message = gettext_lazy("Nothing of this invoice is open. Nothing has been paid.")


class NotKept(DomainError):
    """The money is none that waits to be given back."""

    message = gettext_lazy("This payment is not one to give back. Nothing has changed.")


def begin(invoice: Invoice, *, by: Person, at: datetime, cause: str) -> CardPayment:
    """Open the service's page for what is open of an invoice; the same cause again leads to the same page (rule I3).

    Goes over the network: never inside a transaction. Raises NotAllowed for anybody who does not decide for the client,
    NotIssued, NothingToPay, CardServiceFailed, OutgoingHeld.
    """
    holding.check_free()
    cards = service.offered()
    if cards is None:
        raise CardServiceFailed
    begun = _begun(invoice, cards, by=by, at=at, cause=cause)
    if begun.url or begun.state != CardState.BEGUN:
        return begun
    opened = cards.open(_checkout(begun))
    begun.identity, begun.url = opened.identity, opened.url
    CardPayment.objects.filter(pk=begun.pk, identity="").update(identity=opened.identity, url=opened.url)
    return begun


def hear(body: bytes, signature: str, *, at: datetime) -> CardPayment | None:
    """What the service tells us, once; None where it is about nothing of ours. Raises NotGenuine, CardServiceFailed."""
    cards = service.offered()
    if cards is None:
        raise CardServiceFailed
    happened = cards.read(body, signature)
    return None if happened is None else _hear(happened, cards.name, sha256(body).hexdigest(), at)


def give_back(kept: CardPayment, *, by: Person, at: datetime) -> CardPayment:
    """Give a kept payment back to the card it came from. Goes over the network.

    Raises NotAllowed, NotKept, CardServiceFailed, OutgoingHeld.
    """
    life.check_finance(by)
    holding.check_free()
    kept.refresh_from_db()
    cards = service.offered()
    if kept.state == CardState.RETURNED:
        return kept
    if kept.state != CardState.KEPT or not kept.taken:
        raise NotKept
    if cards is None or cards.name != kept.service:
        raise CardServiceFailed
    returned_as = cards.pay_back(kept.taken, reference=f"{_reference(kept)}:back")
    given = {"state": CardState.RETURNED, "returned_at": at, "returned_by": by, "returned_as": returned_as}
    CardPayment.objects.filter(pk=kept.pk, state=CardState.KEPT).update(**given)
    kept.refresh_from_db()
    return kept


@transaction.atomic
def _begun(invoice: Invoice, cards: CardService, *, by: Person, at: datetime, cause: str) -> CardPayment:
    """The row of this visit: that of the same form, or one that leads to the same sum still."""
    invoice = life.locked_issued(invoice)
    if not access.is_approver(by, invoice.organisation, at=at):
        raise NotAllowed
    if found := CardPayment.objects.filter(cause=cause, invoice=invoice).first():
        return found
    if invoice.kind != InvoiceKind.INVOICE or invoice.open.amount <= 0:
        raise NothingToPay
    fields = {"invoice": invoice, "service": cards.name, "amount": invoice.open.amount, "currency": invoice.currency}
    fresh = CardPayment.objects.filter(**fields, state=CardState.BEGUN, begun_by=by, begun_at__gt=at - STAYS_OPEN)
    return fresh.first() or CardPayment.objects.create(**fields, cause=cause, begun_at=at, begun_by=by)


def _checkout(begun: CardPayment) -> Checkout:
    page = settings.BASE_URL + reverse("card-payment", args=[begun.pk])
    with override(begun.begun_by.language):
        text = _("Invoice %(number)s") % {"number": begun.invoice.number}
    return Checkout(
        reference=_reference(begun),
        amount=begun.money,
        text=text,
        email=begun.begun_by.email,
        language=begun.begun_by.language,
        done_url=page,
        cancel_url=page,
    )


def _reference(begun: CardPayment) -> str:
    """By what the service knows it again: the same for the same row, however often we ask."""
    return f"card:{begun.pk}:{sha256(begun.cause.encode()).hexdigest()[:16]}"


@transaction.atomic
def _hear(happened: Happened, name: str, digest: str, at: datetime) -> CardPayment | None:
    """The invoice is locked before the visit, as every payment locks it."""
    found = CardPayment.objects.filter(service=name, identity=happened.identity).select_related("invoice").first()
    if found is None:
        return None
    invoice = settlement.locked(found.invoice)
    visit = CardPayment.objects.select_for_update().get(pk=found.pk)
    try:
        with transaction.atomic():
            event = CardEvent(service=name, identity=happened.event, kind=happened.kind, digest=digest, received_at=at)
            event.card_payment = visit
            event.save(force_insert=True)
    except IntegrityError:
        return visit
    if happened.outcome == Outcome.PAID and visit.state in (CardState.BEGUN, CardState.ENDED):
        _paid(visit, invoice, happened, at)
    elif happened.outcome == Outcome.ENDED and visit.state == CardState.BEGUN:
        visit.state, visit.closed_at = CardState.ENDED, at
        visit.save(update_fields=["state", "closed_at"])
    return visit


def _paid(visit: CardPayment, invoice: Invoice, happened: Happened, at: datetime) -> None:
    """The money is there: for the invoice if it wants that very sum, else to be given back. Never a part of it, never a guess."""
    visit.taken, visit.closed_at = happened.taken, at
    if happened.amount == visit.money and happened.amount <= invoice.open:
        received = Received(amount=happened.amount, paid_on=local_date(at), reference=happened.identity[:80], way=PaymentWay.CARD)
        visit.payment = settlement.pay_unattended(invoice, received, at=at, cause=f"card:{visit.service}:{happened.identity}"[:120])
        visit.state = CardState.PAID
    else:
        visit.state = CardState.KEPT
    visit.save(update_fields=["taken", "closed_at", "payment", "state"])
