"""What follows from accepting what is done, from faults and from milestones, in a sentence with its sum (rule D5)."""

from django.utils.translation import gettext as _
from djmoney.money import Money

from core.formatting import hours
from core.formatting import money as formatted
from delivery import billing
from delivery.billing import Account
from delivery.models import DeliveryTask, Milestone


def when_accepted(account: Account) -> str:
    """What acceptance costs the client."""
    said = []
    if account.left:
        values = {"net": formatted(account.left_money), "total": formatted(account.left_money + account.left_vat_money)}
        said.append(_("When it is accepted, %(net)s without VAT is invoiced (%(total)s with VAT).") % values)
    if account.credit_minutes:
        said.append(_("When it is accepted, %(minutes)s of the credit is used.") % {"minutes": hours(account.credit_minutes)})
    return " ".join(said) or _("Nothing more is invoiced for it.")


def when_faults(account: Account) -> str:
    """What listing faults does."""
    said = [_("We go on working, and mend them free of charge.")]
    if account.left:
        said.append(
            _("Of the %(net)s without VAT that is left to invoice, you decide how much waits; the rest is invoiced now.")
            % {"net": formatted(account.left_money)}
        )
    return " ".join(said)


def when_reached(milestone: Milestone, task: DeliveryTask) -> str:
    """What a milestone brings."""
    account = billing.account_of(task)
    if any(share.acceptance.estimate_id == milestone.estimate_id for share in account.credit):
        return _("The client is told. Credit pays for it when it is accepted as done: nothing is invoiced.")
    net = Money(min(milestone.net, account.undisputed), task.currency)
    if not net.amount:
        return _("The client is told. Nothing of it is left to invoice now.")
    if net.amount < milestone.net:
        values = {"net": formatted(net), "whole": formatted(Money(milestone.net, task.currency))}
        return _("The client is told, and %(net)s of its %(whole)s without VAT is to be invoiced: no more is used until now.") % values
    return _("The client is told, and %(net)s without VAT is to be invoiced at once.") % {"net": formatted(net)}
