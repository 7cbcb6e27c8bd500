"""Automatic top-ups (rules C2, C16): by agreement, credit is ordered by itself when an account runs low.

An approver agrees to the level, the size and how many there are in a month at most; above the sum of one order that they
decide alone a second approver agrees too. What is ordered then is an order like any other, in the name of who agreed. Where
it is refused, or who agreed has lost the right, nothing is ordered and the client and its account manager are told, once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, QuerySet
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from clients import access, limits, provider
from clients.access import Yes
from clients.limits import NoSecondApprover, SecondApproverNeeded
from clients.models import StaffDuty
from core.batches import each
from core.errors import DomainError, NotAllowed
from core.reasons import LONGEST_REASON, reasoned
from credits import accounts, auto_messages, spending, terms, topups
from credits.models import AutoTopUp, AutoTopUpState, CreditAccount, TopUp, TopUpState
from credits.models.auto_top_ups import MOST_A_MONTH
from people.models import Person

__all__ = [
    "AgreedMismatch",
    "AlreadyAgreed",
    "AutoStopped",
    "AutoTopUp",
    "AutoTopUpState",
    "NoSecondApprover",
    "OutOfRange",
    "SecondApproverNeeded",
    "Terms",
    "agree",
    "approve",
    "in_month",
    "last_stopped_of",
    "live_of",
    "may_stop",
    "order_due",
    "seconds",
    "set_issuing",
    "stop",
    "stop_with_account",
]

LONGEST_REFERENCE = 80
MOST_MINUTES = 600_000


class AlreadyAgreed(DomainError):
    """The account has an agreement that is in force, or waits for its second approver."""

    message = _("This account has automatic top-ups already. Stop them first, and agree anew. Nothing has changed.")


class AgreedMismatch(DomainError):
    """The same form has already agreed to something else."""

    message = _("This form has already been used for another agreement. Open the page again. Nothing has changed.")


class AutoStopped(DomainError):
    """It has been stopped."""

    message = _("These automatic top-ups have been stopped. Nothing has changed.")


class OutOfRange(DomainError):
    """A level of nothing, a size that cannot be ordered, or none or more than 31 in a month."""

    message = _("The level and the size have to be above nothing, with 1 to 31 top-ups a month. Nothing has changed.")


class LostRight(DomainError):
    """Who agreed no longer decides about the account."""

    def __init__(self, person: Person) -> None:
        super().__init__(person)
        self.person = person

    @property
    def message(self) -> str:
        """The sentence that names them."""
        return _("%(person)s agreed to it, and no longer decides about this account.") % {"person": self.person}


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What is agreed: below how many available minutes, how many are ordered, and how often in a month at most."""

    below_minutes: int
    minutes: int
    most_a_month: int
    reference: str = ""


@transaction.atomic
def agree(*, account: CreditAccount, wanted: Terms, cause: str, by: Person, at: datetime) -> AutoTopUp:
    """Agree that credit is ordered by itself (rule C2). The same cause again returns its first agreement.

    Above the sum that `by` decides alone it waits for a second approver. Raises NotAllowed for anybody who does not decide
    about the account, OutOfRange, AlreadyAgreed, AgreedMismatch, NoSecondApprover, and what `topups.order` refuses.
    """
    (account,) = accounts.lock([account.pk])
    about = spending.voices_about(account, at=at)
    if by not in {voice.person for voice in about}:
        raise NotAllowed
    if first := AutoTopUp.objects.filter(cause=cause).first():
        return _same(first, account, wanted)
    _check_range(wanted)
    topups.require_order(account, wanted.minutes, reference=wanted.reference, at=at)
    agreement = _create(account, wanted, cause=cause, by=by, at=at)
    if limits.decides_alone(by, topups.price_of(wanted.minutes, account.organisation).net.amount, among=about):
        return _begin(agreement, by=by, at=at)
    others = limits.seconds(by, among=about)
    if not others:
        raise NoSecondApprover
    auto_messages.to_approve(agreement, others, at=at)
    return agreement


@transaction.atomic
def approve(agreement: AutoTopUp, *, by: Person, at: datetime) -> AutoTopUp:
    """Agree to it as the second approver, or as the first where their limit allows by now. Twice is harmless.

    Raises NotAllowed, SecondApproverNeeded, AutoStopped.
    """
    agreement = _locked(agreement)
    about = spending.voices_about(agreement.account, at=at)
    if by not in {voice.person for voice in about}:
        raise NotAllowed
    if agreement.stopped_at is not None:
        raise AutoStopped
    if agreement.state == AutoTopUpState.ON:
        return agreement
    alone = limits.decides_alone(by, topups.price_of(agreement.minutes, agreement.account.organisation).net.amount, among=about)
    if not alone and by not in limits.seconds_to(_first_yes(agreement), among=about):
        raise SecondApproverNeeded
    if by != agreement.agreed_by:
        agreement.approved_at, agreement.approved_by = at, by
    return _begin(agreement, by=by, at=at)


@transaction.atomic
def stop(agreement: AutoTopUp, *, reason: str, by: Person, at: datetime) -> AutoTopUp:
    """Order nothing more by itself, with a reason; everybody concerned is told. Stopped already: who was first stands.

    By who decides about the account, the client's account manager, or finance. Raises NotAllowed, ReasonMissing,
    ReasonTooLong.
    """
    agreement = _locked(agreement)
    if not may_stop(by, agreement, at=at):
        raise NotAllowed
    said = reasoned(reason)
    return agreement if agreement.stopped_at is not None else _stopped(agreement, said, by=by, at=at)


@transaction.atomic
def stop_with_account(account: CreditAccount, *, reason: str, by: Person | None, at: datetime) -> AutoTopUp | None:
    """Stop what is agreed for an account that is closed; None where nothing is."""
    live = live_of(account)
    return _stopped(_locked(live), reason, by=by, at=at) if live is not None else None


@transaction.atomic
def set_issuing(agreement: AutoTopUp, *, at_once: bool, by: Person, at: datetime) -> AutoTopUp:
    """Say whether the invoices of these top-ups are issued without anybody of finance (rule I1). Raises NotAllowed, AutoStopped."""
    if not (by.is_active and access.has_duty(by, StaffDuty.FINANCE)):
        raise NotAllowed
    agreement = _locked(agreement)
    if agreement.stopped_at is not None:
        raise AutoStopped
    if agreement.issues_at_once != at_once:
        agreement.issues_at_once = at_once
        _keep(agreement, "issues_at_once", by=by, at=at)
    return agreement


def order_due(at: datetime) -> int:
    """Order what is due by agreement; how many orders that were. A job: late, twice or by two at once is harmless."""
    due = AutoTopUp.objects.filter(state=AutoTopUpState.ON, account__closed_at=None, account__available_minutes__lt=F("below_minutes"))
    return each(list(due.order_by("account_id")), lambda agreement: _order_if_due(agreement, at))


def live_of(account: CreditAccount) -> AutoTopUp | None:
    """What is agreed for the account, or waits for its second approver."""
    found = AutoTopUp.objects.live().filter(account=account)
    return found.select_related("account__organisation", "agreed_by", "approved_by").first()


def last_stopped_of(account: CreditAccount) -> AutoTopUp | None:
    """What was agreed before and stopped last."""
    found = AutoTopUp.objects.filter(account=account).exclude(stopped_at=None)
    return found.select_related("stopped_by").order_by("-stopped_at", "-pk").first()


def in_month(account: CreditAccount, *, at: datetime) -> QuerySet[TopUp]:
    """What was ordered by itself for the account in the month of the provider's calendar that `at` lies in."""
    local = at.astimezone(provider.current().zone)
    first = local.replace(day=1, hour=0, minute=0, second=0, microsecond=0, fold=0)
    following = (first + timedelta(days=32)).replace(day=1)
    return TopUp.objects.filter(account=account, automatic__isnull=False, ordered_at__gte=first, ordered_at__lt=following)


def may_stop(person: Person, agreement: AutoTopUp, *, at: datetime) -> bool:
    """Whether `person` may stop it: who decides about the account, the client's account manager, finance."""
    if not person.is_active:
        return False
    ours = access.manages(person, agreement.account.organisation) or access.has_duty(person, StaffDuty.FINANCE)
    return ours or spending.may_decide(person, agreement.account, at=at)


def seconds(agreement: AutoTopUp, *, at: datetime) -> list[Person]:
    """Who can give the yes that it waits for: other approvers, and the first where their limit allows by now."""
    about = spending.voices_about(agreement.account, at=at)
    net = topups.price_of(agreement.minutes, agreement.account.organisation).net.amount
    alone = [voice.person for voice in about if limits.decides_alone(voice.person, net, among=about)]
    return list(dict.fromkeys([*alone, *limits.seconds_to(_first_yes(agreement), among=about)]))


@transaction.atomic
def _order_if_due(agreement: AutoTopUp, at: datetime) -> bool:
    """The account is locked before it is looked at: of two jobs the second one finds the first one's order."""
    (account,) = accounts.lock([agreement.account_id])
    agreement = _locked(agreement)
    if not _is_due(agreement, account, at):
        return False
    try:
        with transaction.atomic():
            _order(agreement, account, at)
    except DomainError as refusal:
        _tell(agreement, refusal, at)
        return False
    if agreement.trouble:
        agreement.trouble, agreement.troubled_at = "", None
        agreement.save(update_fields=["trouble", "troubled_at"])
    return True


def _is_due(agreement: AutoTopUp, account: CreditAccount, at: datetime) -> bool:
    """Whether an order is due: too little is there, none is on its way, and this month has room for one.

    After one of this month was withdrawn nothing more is ordered by itself in it: somebody did not want it.
    """
    if agreement.state != AutoTopUpState.ON or account.available_minutes >= agreement.below_minutes:
        return False
    on_its_way = TopUp.objects.filter(account=account, lot=None, state__in=[TopUpState.AWAITING_APPROVAL, TopUpState.ORDERED])
    if on_its_way.exists():
        return False
    states = list(in_month(account, at=at).values_list("state", flat=True))
    return len(states) < agreement.most_a_month and TopUpState.CANCELLED not in states


def _order(agreement: AutoTopUp, account: CreditAccount, at: datetime) -> TopUp:
    if agreement.agreed_by not in spending.deciders(account, at=at):
        raise LostRight(agreement.agreed_by)
    wanted = topups.Wanted(
        minutes=agreement.minutes,
        cause=f"auto:{agreement.pk}:{agreement.top_ups.count() + 1}",
        reference=agreement.reference,
        automatic=agreement,
        second=agreement.approved_by,
    )
    return topups.order_wanted(account, wanted, by=agreement.agreed_by, at=at)


def _tell(agreement: AutoTopUp, refusal: DomainError, at: datetime) -> None:
    """Keep why nothing could be ordered, and tell the client and its account manager, once for each reason."""
    with translation.override(agreement.account.organisation.language):
        trouble = str(refusal)[:LONGEST_REASON]
    if agreement.trouble == trouble:
        return
    agreement.trouble, agreement.troubled_at = trouble, at
    agreement.save(update_fields=["trouble", "troubled_at"])
    auto_messages.not_ordered(agreement, refusal, at=at)


def _check_range(wanted: Terms) -> None:
    sizes = (wanted.below_minutes, wanted.minutes)
    if not all(0 < minutes <= MOST_MINUTES for minutes in sizes) or not 1 <= wanted.most_a_month <= MOST_A_MONTH:
        raise OutOfRange


def _same(first: AutoTopUp, account: CreditAccount, wanted: Terms) -> AutoTopUp:
    agreed = (first.account_id, first.below_minutes, first.minutes, first.most_a_month)
    if agreed != (account.pk, wanted.below_minutes, wanted.minutes, wanted.most_a_month):
        raise AgreedMismatch
    return first


def _create(account: CreditAccount, wanted: Terms, *, cause: str, by: Person, at: datetime) -> AutoTopUp:
    agreement = AutoTopUp(account=account, cause=cause, agreed_at=at, agreed_by=by)
    agreement.below_minutes, agreement.minutes, agreement.most_a_month = wanted.below_minutes, wanted.minutes, wanted.most_a_month
    agreement.reference = wanted.reference.replace("\0", "").strip()[:LONGEST_REFERENCE]
    agreement.issues_at_once = terms.current().auto_top_ups_invoiced_at_once
    agreement._history_user, agreement._history_date = by, at  # type: ignore[attr-defined]  # how django-simple-history takes them
    try:
        with transaction.atomic():
            agreement.save(force_insert=True)
    except IntegrityError:
        raise AlreadyAgreed from None
    return agreement


def _begin(agreement: AutoTopUp, *, by: Person, at: datetime) -> AutoTopUp:
    agreement.state = AutoTopUpState.ON
    _keep(agreement, "state", "approved_at", "approved_by", by=by, at=at)
    auto_messages.agreed(agreement, at=at)
    return agreement


def _stopped(agreement: AutoTopUp, reason: str, *, by: Person | None, at: datetime) -> AutoTopUp:
    agreement.state, agreement.stopped_at, agreement.stopped_by, agreement.stopped_why = AutoTopUpState.STOPPED, at, by, reason
    _keep(agreement, "state", "stopped_at", "stopped_by", "stopped_why", by=by, at=at)
    auto_messages.stopped(agreement, at=at)
    return agreement


def _keep(agreement: AutoTopUp, *names: str, by: Person | None, at: datetime) -> None:
    agreement._history_user, agreement._history_date = by, at  # type: ignore[attr-defined]  # how django-simple-history takes them
    agreement.save(update_fields=list(names))


def _first_yes(agreement: AutoTopUp) -> Yes:
    return Yes(agreement.account.organisation_id, agreement.agreed_by, agreement.agreed_at)


def _locked(agreement: AutoTopUp) -> AutoTopUp:
    accounts.lock([agreement.account_id])
    found = AutoTopUp.objects.select_for_update(of=("self",))
    return found.select_related("account__organisation", "agreed_by", "approved_by").get(pk=agreement.pk)
