"""What a credit note does to a top-up whose invoice is not paid: the credit that came by it goes again (rules C4, I1).

As many minutes go as the sum pays for, of what is neither spent nor held. Where more is in use than the rest of the invoice
would pay for, nothing is credited, and the refusal says what can be. A paid invoice leaves its credit alone: what is unused
of that is refunded (rule C13).
"""

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from core.errors import DomainError
from core.formatting import hours, money
from credits import ledger, order_numbers, prices, topups
from credits.ledger.lots import worth_of
from credits.models import Lot, TopUp, TopUpState
from credits.vouchers import Voucher


class CreditInUse(DomainError):
    """Of the credit more is in use than the rest of the invoice would pay for: `most` can be credited, net, for `unused` minutes."""

    def __init__(self, *, unused: int, most: Money) -> None:
        super().__init__(unused, most)
        self.unused, self.most = unused, most

    @property
    def message(self) -> str:
        """How much is unused, and what can be credited for it."""
        if not self.unused:
            return str(
                _("All the credit that came by this invoice is spent or held, so nothing of it can be credited now. Nothing has changed.")
            )
        said = _(
            "Only %(unused)s of the credit that came by this invoice is unused: at most %(most)s, without VAT, can be credited of it. "
            "Nothing has changed."
        )
        return said % {"unused": hours(self.unused), "most": money(self.most)}


@transaction.atomic
def credit(*, top_up: TopUp, credited: Decimal, voucher: Voucher) -> TopUp:
    """`credited` of its net has been taken back in all: take back the credit that this pays for (rules C4, I1).

    Credited whole it is no order any more, and its purchase order is free of it (rule I8). One that is paid stays as it is.
    Raises CreditInUse(unused, most).
    """
    top_up = topups.locked(top_up)
    if top_up.state != TopUpState.ORDERED:
        return top_up
    if top_up.lot is not None:
        _take_back(top_up.lot, credited=credited, voucher=voucher)
    if credited >= top_up.net.amount:
        top_up.state, top_up.closed_at, top_up.closed_by = TopUpState.CANCELLED, voucher.at, voucher.by
        top_up.save(update_fields=["state", "closed_at", "closed_by"])
        order_numbers.give_back(topups.cause_of(top_up), at=voucher.at)
    return top_up


def _take_back(lot: Lot, *, credited: Decimal, voucher: Voucher) -> None:
    ledger.expire(account=lot.account, at=voucher.at)
    lot = Lot.objects.select_related("account").get(pk=lot.pk)
    paid_for = prices.minutes_for(credited, total=lot.total_price.amount, of=lot.granted_minutes)
    minutes = min(paid_for, lot.granted_minutes - lot.expired_minutes) - lot.refunded_minutes
    unused = lot.available_minutes + lot.frozen_minutes
    if minutes > unused:
        raise CreditInUse(unused=unused, most=Money(worth_of(lot, unused).net, lot.total_price.currency))
    if minutes > 0:
        ledger.take_back(lot=lot, minutes=minutes, voucher=voucher)
