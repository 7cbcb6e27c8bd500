"""Approved payouts as a file for our bank (rule I3): each payout in exactly one file, which is kept as it was made."""

from datetime import datetime
from hashlib import sha256

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from clients import provider
from clients.agreements import local_date
from core.errors import DomainError
from invoicing import bank_numbers, life, pain, terms
from invoicing.models import Payout, PayoutFile, PayoutState
from invoicing.terms import InvoicingTerms
from notices import holding
from people.models import Person


class NothingToPay(DomainError):
    """No approved payout is without a file."""

    message = _("Every approved payout is in a file already, or nothing is approved. Nothing has changed.")


class NoAccountOfOurs(DomainError):
    """The profile names no account that money can leave from."""

    message = _("The provider’s profile names no IBAN, bankgiro or plusgiro that money could leave from. Nothing has changed.")


@transaction.atomic
def make(*, by: Person, at: datetime) -> PayoutFile:
    """A file of all approved payouts that are in none yet (pain.001.001.03).

    Raises NotAllowed for anybody but finance, NothingToPay, NoAccountOfOurs, InvoicingNotSet, OutgoingHeld.
    """
    life.check_finance(by)
    holding.check_free()
    account = _account_of_ours(terms.current())
    waiting = Payout.objects.filter(state=PayoutState.APPROVED, file=None).order_by("pk")
    payouts = list(waiting.select_for_update(of=("self",)).select_related("organisation"))
    if not payouts:
        raise NothingToPay
    ours = provider.current()
    order = pain.Order(
        message_id=f"PAYOUT-{payouts[0].pk}-{payouts[-1].pk}",
        made_at=at.astimezone(ours.zone),
        pay_on=local_date(at),
        payer=ours.legal_name,
        organisation_number=ours.organisation_number,
        account=account,
    )
    content = pain.written(order, [_transfer(payout) for payout in payouts])
    digest = sha256(content).hexdigest()
    file = PayoutFile(message_id=order.message_id, content=content, digest=digest, payments=len(payouts), made_at=at, made_by=by)
    file.save(force_insert=True)
    Payout.objects.filter(pk__in=[payout.pk for payout in payouts]).update(file=file)
    return file


def _transfer(payout: Payout) -> pain.Transfer:
    client = payout.organisation
    return pain.Transfer(
        identity=f"PAYOUT-{payout.pk}",
        amount=payout.amount,
        currency=payout.currency,
        payee=client.name,
        country=client.country,
        account=pain.Account(kind=payout.account_kind, number=payout.account, bic=payout.bic),
        words=payout.reference,
    )


def _account_of_ours(now: InvoicingTerms) -> pain.Account:
    if now.iban:
        return pain.Account(kind=pain.IBAN, number=bank_numbers.iban(now.iban), bic=now.bic)
    if now.bankgiro:
        return pain.Account(kind=pain.BANKGIRO, number=bank_numbers.bankgiro(now.bankgiro))
    if now.plusgiro:
        return pain.Account(kind=pain.PLUSGIRO, number=bank_numbers.plusgiro(now.plusgiro))
    raise NoAccountOfOurs
