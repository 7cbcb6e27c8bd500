"""What of a delivery is to be invoiced: exactly once, for each rate of VAT (rules D3, D5, D6, I1).

A milestone is invoiced when it is reached, what is undisputed when the client lists faults, and what is left when they
accept it as done: never more altogether than has been earned (`delivery.earned`), nor than was accepted. Of a ceiling and
a running account a milestone brings at most what has been used until then. What the approver chose to pay with credit is
never invoiced: its hold is captured when it is done. A task without a cost bills nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db.models import Sum
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from djmoney.money import Money

from clients import vat
from core.errors import DomainError
from credits import accounts, ledger
from credits import terms as credit_terms
from credits.vouchers import Voucher
from delivery import earned, life, money
from delivery.earned import Accepted, Rates
from delivery.models import (
    Acceptance,
    Basis,
    Billable,
    BillableKind,
    Completion,
    DeliveryTask,
    DeliveryTime,
    EstimateLine,
    EstimateState,
    Fault,
    LineKind,
    Milestone,
    PaysWith,
    TaskEventKind,
)
from people.models import Person

LONGEST_TEXT = 200
LONGEST_REFERENCE = 80


class HoldMissing(DomainError):
    """The credit that was to pay for it is not reserved any more."""

    message = gettext_lazy("The credit that was to pay for this is not reserved any more. Nothing has changed; ask finance.")


@dataclass(frozen=True)
class CreditShare:
    """An estimate that credit pays: what it has earned, and the minutes that this takes of what is held (rule D6)."""

    acceptance: Acceptance
    net: Decimal
    minutes: int


@dataclass(frozen=True)
class Account:
    """What a task has earned that is invoiced, what of it has been billed, both by rate, and what the client holds back."""

    currency: str
    due: Rates
    billed: Rates
    held_back: Decimal
    credit: tuple[CreditShare, ...]
    order_reference: str

    @property
    def left(self) -> Decimal:
        """What completion would bring, without VAT."""
        return earned.left(self.due, self.billed)

    @property
    def is_overdrawn(self) -> bool:
        """Whether more is to be invoiced already than has been earned."""
        return earned.total(self.billed) > earned.total(self.due)

    @property
    def undisputed(self) -> Decimal:
        """What of it nobody disputes."""
        return max(self.left - self.held_back, Decimal(0))

    @property
    def left_money(self) -> Money:
        """The same as `left`, with its currency."""
        return Money(self.left, self.currency)

    @property
    def left_vat_money(self) -> Money:
        """The VAT on what is left."""
        return Money(money.totals((net, rate) for rate, net in earned.part(self.left, self.due, self.billed).items()).vat, self.currency)

    @property
    def billed_money(self) -> Money:
        """What is to be invoiced already."""
        return Money(earned.total(self.billed), self.currency)

    @property
    def credit_minutes(self) -> int:
        """The minutes of credit that completion would take."""
        return sum(share.minutes for share in self.credit)


def account_of(task: DeliveryTask) -> Account:
    """What there is to bill of `task` now. Four queries, and one of the credit's terms where credit pays."""
    acceptances = _acceptances(task)
    found = earned.earned(_accepted(task, acceptances), task.used_net)
    pairs = list(zip(acceptances, found, strict=True))
    invoiced = [(acceptance, rates) for acceptance, rates in pairs if acceptance.pays_with == PaysWith.INVOICE]
    by_credit = [(acceptance, earned.total(rates)) for acceptance, rates in pairs if acceptance.pays_with == PaysWith.CREDIT]
    references = dict.fromkeys(acceptance.order_reference for acceptance, _rates in invoiced if acceptance.order_reference)
    return Account(
        currency=task.currency,
        due=earned.add(*(rates for _acceptance, rates in invoiced)),
        billed=_billed(task),
        held_back=_held_back(task),
        credit=tuple(_credit_share(acceptance, net) for acceptance, net in by_credit),
        order_reference=", ".join(references)[:LONGEST_REFERENCE],
    )


def lock_credit(task: DeliveryTask) -> None:
    """Lock the accounts that pay for `task`, before the task itself (rule D6)."""
    paying = Acceptance.objects.filter(estimate__task=task, estimate__state=EstimateState.ACCEPTED, pays_with=PaysWith.CREDIT)
    if ids := set(paying.values_list("account_id", flat=True)):
        accounts.lock(number for number in ids if number)


def bill_milestone(milestone: Milestone, task: DeliveryTask, *, by: Person, at: datetime) -> list[Billable]:
    """The milestone's part of the sum is to be invoiced, as far as it is earned and not billed before (rule D5). `task` is locked."""
    account = account_of(task)
    by_invoice = Acceptance.objects.filter(estimate=milestone.estimate_id, pays_with=PaysWith.INVOICE).exists()
    amount = min(milestone.net, account.undisputed) if by_invoice else Decimal(0)
    with translation.override(task.organisation.language):
        text = _("D%(number)s %(title)s: %(milestone)s") % {"number": task.pk, "title": task.title, "milestone": milestone.title}
    draft = Billable(task=task, kind=BillableKind.MILESTONE, milestone=milestone, text=text, arose_at=at)
    return _bill(draft, account, amount, cause=f"delivery:milestone:{milestone.pk}", by=by)


def bill_undisputed(completion: Completion, task: DeliveryTask, *, by: Person | None, at: datetime) -> list[Billable]:
    """What the client does not hold back is to be invoiced, though faults are listed (rule D5). `task` is locked."""
    account = account_of(task)
    with translation.override(task.organisation.language):
        text = _("D%(number)s %(title)s, the undisputed part") % {"number": task.pk, "title": task.title}
    draft = Billable(task=task, kind=BillableKind.PART, text=text, arose_at=at)
    return _bill(draft, account, account.undisputed, cause=f"delivery:{task.pk}:part:{completion.number}", by=by)


def bill_completion(task: DeliveryTask, *, by: Person | None, at: datetime) -> list[Billable]:
    """All that is left is to be invoiced, and the credit that pays for it is used (rules D5, D6).

    `task` is locked, and before it the accounts (`lock_credit`). Raises HoldMissing, and what `ledger.capture` raises.
    """
    account = account_of(task)
    for share in account.credit:
        _use_credit(share, task, by=by, at=at)
    with translation.override(task.organisation.language):
        text = _("D%(number)s %(title)s, accepted as done") % {"number": task.pk, "title": task.title}
    draft = Billable(task=task, kind=BillableKind.COMPLETION, text=text, arose_at=at)
    return _bill(draft, account, account.left, cause=f"delivery:{task.pk}:completion", by=by)


def billed_net(task: DeliveryTask) -> Decimal:
    """What of `task` is to be invoiced already, without VAT."""
    return task.billables.aggregate(net=Sum("net"))["net"] or Decimal(0)


def percent_in_cause(percent: Decimal) -> str:
    """A rate of VAT as causes bear it: "25", "12.5", "0"."""
    plain = f"{percent:f}"
    return plain.rstrip("0").rstrip(".") if "." in plain else plain


def _bill(draft: Billable, account: Account, amount: Decimal, *, cause: str, by: Person | None) -> list[Billable]:
    """Write what is to be invoiced, a row for each rate, and the event that tells of it. The first row carries the time."""
    parts = earned.part(amount, account.due, account.billed)
    minutes = _minutes_not_billed(draft.task) if parts else 0
    made: list[Billable] = []
    for rate, net in parts.items():
        row = Billable(task=draft.task, kind=draft.kind, milestone=draft.milestone, text=draft.text[:LONGEST_TEXT], arose_at=draft.arose_at)
        row.currency, row.net, row.vat_percent, row.cause = account.currency, net, rate, f"{cause}:{percent_in_cause(rate)}"
        row.order_reference, row.minutes = account.order_reference, 0 if made else minutes
        row.save(force_insert=True)
        made.append(row)
    if made:
        facts = {"net": str(amount), "currency": account.currency, "kind": draft.kind, "billables": [row.pk for row in made]}
        life.note(draft.task, TaskEventKind.BILLABLE, at=draft.arose_at, by=by, facts=facts)
    return made


def _use_credit(share: CreditShare, task: DeliveryTask, *, by: Person | None, at: datetime) -> None:
    hold = ledger.held_for(share.acceptance.hold_cause)
    if hold is None or hold.account_id != share.acceptance.account_id:
        raise HoldMissing
    if share.minutes:
        voucher = Voucher(cause=f"{share.acceptance.hold_cause}:completion", at=at, by=by, text=str(task)[:LONGEST_TEXT])
        ledger.capture(hold=hold, minutes=share.minutes, voucher=voucher)
    else:
        ledger.void(hold=hold, at=at)
    facts = {
        "estimate": share.acceptance.estimate_id,
        "minutes": share.minutes,
        "freed": (share.acceptance.minutes or 0) - share.minutes,
        "net": str(share.net),
        "currency": task.currency,
    }
    life.note(task, TaskEventKind.CREDIT_USED, at=at, by=by, facts=facts)


def _acceptances(task: DeliveryTask) -> list[Acceptance]:
    """Of the accepted estimates, in the order of these."""
    found = Acceptance.objects.filter(estimate__task=task, estimate__state=EstimateState.ACCEPTED)
    return list(found.select_related("estimate").order_by("estimate__number"))


def _accepted(task: DeliveryTask, acceptances: Iterable[Acceptance]) -> list[Accepted]:
    lines = list(EstimateLine.objects.filter(estimate__task=task, estimate__state=EstimateState.ACCEPTED))
    return [accepted_of(acceptance.estimate.basis, lines, acceptance.estimate_id) for acceptance in acceptances]


def accepted_of(basis: str, lines: Iterable[EstimateLine], estimate: int) -> Accepted:
    """The lines of one estimate as what it earns: fixed sums, and what is earned as it is used."""
    own = [line for line in lines if line.estimate_id == estimate]
    fixed = [line for line in own if basis == Basis.FIXED or line.kind == LineKind.FIXED]
    workable = [line for line in own if line not in fixed]
    return Accepted(*(_by_rate(some) for some in (fixed, workable)))


def _by_rate(lines: Iterable[EstimateLine]) -> Rates:
    return {rate: net for rate, (net, _vat) in vat.by_rate((line.net, line.vat_percent) for line in lines).items()}


def _billed(task: DeliveryTask) -> Rates:
    rows = task.billables.values_list("vat_percent").annotate(net=Sum("net"))
    return {rate.normalize(): net for rate, net in rows}


def _held_back(task: DeliveryTask) -> Decimal:
    """What the client holds back for the faults that they listed last, until they have answered anew (rule D5)."""
    latest = task.completions.order_by("-number").values("pk")[:1]
    return Fault.objects.filter(completion__in=latest).aggregate(net=Sum("disputed_net"))["net"] or Decimal(0)


def _credit_share(acceptance: Acceptance, net: Decimal) -> CreditShare:
    """For a fixed price all that was promised; else what is used, by the same rate and step (rule D6)."""
    promised, price = acceptance.minutes or 0, acceptance.estimate.credit_price_per_hour
    if acceptance.estimate.basis == Basis.FIXED or not price:
        return CreditShare(acceptance, net, promised)
    minutes = money.credit_minutes(net, price, step=credit_terms.current().rounding_step_minutes)
    return CreditShare(acceptance, net, min(minutes, promised))


def _minutes_not_billed(task: DeliveryTask) -> int:
    """The time that counts against the accepted sum and stands on no earlier row."""
    worked = sum(entry.minutes for entry in DeliveryTime.objects.filter(task=task, live=True, billable=True))
    billed = task.billables.aggregate(minutes=Sum("minutes"))["minutes"] or 0
    return max(worked - billed, 0)
