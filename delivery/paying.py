"""Paying a delivery from support credit, where the approver asks for that expressly (rule D6).

An estimate says what an hour of credit pays of it; the minutes follow from its net, up to the next whole step of the
credit terms. A task is paid in one way: what was accepted first says which, for the change estimates after it too. The
credit is held when the acceptance is complete, in its transaction: more than there is can never be promised.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext_lazy as _
from djmoney.money import Money

from clients import access, agreements, sales
from clients.access import Voice
from core.errors import DomainError
from core.formatting import hours
from credits import accounts, ledger, portal, spending
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.ledger import Hold
from credits.terms import Rate
from delivery import money
from delivery.models import Acceptance, Estimate, PaysWith
from people.models import Person


class CreditNotOffered(DomainError):
    """Delivery is never paid from credit unless the estimate says at what rate."""

    message = _("This estimate cannot be paid from credit. Nothing has changed.")


class PaidOtherwise(DomainError):
    """A task is paid in one way, and what was accepted before is paid in the other."""

    message = _(
        "What was accepted of this task before is paid in another way, and a task is paid in one way. "
        "Choose the same, or ask your account manager. Nothing has changed."
    )


class AccountRefused(DomainError):
    """Credit is spent by who decides about the account, of the same client."""

    message = _("You do not decide about this account. Choose another one, or pay by invoice. Nothing has changed.")


class CreditDiffers(DomainError):
    """What was shown is not what it would take now. Minutes."""

    def __init__(self, *, shown: int | None, minutes: int) -> None:
        super().__init__(shown, minutes)
        self.shown, self.minutes = shown, minutes

    @property
    def message(self) -> str:
        """What it takes now."""
        said = _("It now takes %(minutes)s of credit, which is not what was shown. Look at it again. Nothing has changed.")
        return said % {"minutes": hours(self.minutes)}


@dataclass(frozen=True)
class Payment:
    """How the approver pays: `minutes` of `account` as they were shown, or by invoice."""

    pays_with: PaysWith = PaysWith.INVOICE
    account: CreditAccount | None = None
    minutes: int | None = None


@dataclass(frozen=True)
class Choice:
    """An account that could pay: what is available before and after, and used of what was bought, in minutes."""

    account: CreditAccount
    minutes: int
    used_minutes: int = 0

    @property
    def after_minutes(self) -> int:
        """What would be left; below zero where that much is missing."""
        return self.account.available_minutes - self.minutes

    @property
    def held_after(self) -> int:
        """What would be held."""
        return self.account.held_minutes + self.minutes

    @property
    def missing_minutes(self) -> int:
        """What is missing, none where it suffices."""
        return max(-self.after_minutes, 0)


def minutes_of(estimate: Estimate) -> int | None:
    """The minutes of credit that pay the estimate; None where it is not offered for credit, or no credit is sold."""
    terms = credit_terms.offered()
    if estimate.credit_price_per_hour is None or terms is None:
        return None
    return money.credit_minutes(estimate.net, estimate.credit_price_per_hour, step=terms.rounding_step_minutes)


def settled_way(estimate: Estimate) -> PaysWith | None:
    """In which way the task of the estimate is paid already, by what was accepted before; None: it is open."""
    found = Acceptance.objects.filter(estimate__task=estimate.task_id).exclude(completed_at=None).exclude(estimate=estimate)
    way = found.order_by("completed_at", "pk").values_list("pays_with", flat=True).first()
    return None if way is None else PaysWith(way)


def choices(estimate: Estimate, person: Person, *, at: datetime) -> list[Choice]:
    """The accounts that `person` may let pay for the estimate, enough or not; none where credit is not offered."""
    minutes = minutes_of(estimate)
    if minutes is None or settled_way(estimate) == PaysWith.INVOICE:
        return []
    listed = list(portal.accounts_of(person).filter(organisation=estimate.task.organisation_id, closed_at=None))
    about, usage = spending.voices(listed, at=at), portal.usage(listed)
    return [
        Choice(account, minutes, usage[account.pk].used_minutes)
        for account in listed
        if any(voice.person == person for voice in about[account.pk])
    ]


def lock(payment: Payment) -> None:
    """Lock the account that pays: before the task, as every verb does that touches credit."""
    if payment.account is not None:
        accounts.lock([payment.account.pk])


def voices(estimate: Estimate, payment: Payment, *, at: datetime) -> list[Voice]:
    """Who accepts the estimate at `at` if it is paid like that: where credit pays, those who decide about its account."""
    if payment.account is not None:
        return spending.voices_about(payment.account, at=at)
    return access.voices([estimate.task.organisation_id], at=at)


def require(estimate: Estimate, payment: Payment, person: Person, *, among: Iterable[Voice]) -> None:
    """Refuse a payment that is not offered. Raises PaidOtherwise, CreditNotOffered, AccountRefused, CreditDiffers."""
    settled = settled_way(estimate)
    if settled is not None and settled != payment.pays_with:
        raise PaidOtherwise
    if payment.pays_with == PaysWith.INVOICE:
        return
    minutes = minutes_of(estimate)
    if minutes is None or payment.account is None:
        raise CreditNotOffered
    ours = payment.account.organisation_id == estimate.task.organisation_id
    if not ours or person not in {voice.person for voice in among}:
        raise AccountRefused
    if payment.minutes != minutes:
        raise CreditDiffers(shown=payment.minutes, minutes=minutes)


def hold(estimate: Estimate, acceptance: Acceptance, *, at: datetime) -> Hold | None:
    """Hold the credit that pays for the estimate, whole; None where an invoice does.

    For the month in which the work is planned to begin, at the earliest that of the acceptance. Raises NotEnoughCredit,
    MonthlyLimitReached, AccountClosed, AgreementEnded.
    """
    if acceptance.account is None or acceptance.minutes is None or estimate.credit_price_per_hour is None:
        return None
    today, begins = agreements.local_date(at), estimate.task.starts_on
    due_on = max(begins, today) if begins else today
    agreements.require(estimate.task.organisation, on=due_on)
    return ledger.place_hold(
        account=acceptance.account,
        minutes=acceptance.minutes,
        rate=Rate(
            Money(estimate.credit_price_per_hour, estimate.currency),
            sales.percent(estimate.task.organisation, credit_terms.current().vat_percent),
        ),
        cause=hold_cause(estimate),
        at=at,
        due_on=due_on,
    )


def hold_cause(estimate: Estimate) -> str:
    """Names the hold that pays for the estimate."""
    return f"delivery:{estimate.pk}:hold"
