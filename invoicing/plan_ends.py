"""An agreement ends after its days were charged: what nobody has to pay for is not invoiced, or taken back pro rata (rules I7, I1).

A charge that is not invoiced becomes shorter, or goes. Of an invoiced one a proposal goes to finance, who issues the credit
note with one press, or says why not. Where the end is put off again, open proposals go, and the job charges the days anew.
"""

from datetime import date, datetime

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from clients.agreements import local_date
from clients.models import Agreement, AgreementPlan, Plan
from core.batches import each
from core.errors import DomainError
from core.formatting import span
from core.reasons import reasoned
from core.sentences import sentence
from invoicing import composing, crediting, life
from invoicing.models import Invoice, InvoiceLine, InvoiceState, PlanCharge, PlanCredit
from invoicing.periods import Period
from invoicing.plan_fees import NEVER
from invoicing.plan_periods import share
from people.models import Person


class CreditSettled(DomainError):
    """It was settled before, by somebody else or without a credit note."""

    message = gettext_lazy("This has been settled already. Nothing has changed.")


def take_back_due(at: datetime) -> int:
    """Look after what was charged beyond the end of an agreement, as a job (rule I7): of how many charges something was done."""
    return each(beyond_the_end(), lambda charge: take_back(charge, at=at))


def beyond_the_end() -> QuerySet[PlanCharge]:
    """The charges of days after their agreement's end, or of a plan that was taken out of it, and those whose proposal is open."""
    bound = AgreementPlan.objects.filter(agreement=OuterRef("agreement"), plan=OuterRef("plan"))
    taken = PlanCredit.objects.filter(charge=OuterRef("pk"))
    is_seen = Exists(taken.filter(Q(first__lte=OuterRef("agreement__ends_on")) | Q(first=OuterRef("first"))))
    is_over = Q(agreement__ends_on__lt=F("until")) & ~is_seen
    is_out = ~Exists(bound) & ~Exists(taken)
    found = PlanCharge.objects.filter(is_over | is_out | Exists(taken.filter(settled_at=None)))
    return found.select_related("agreement", "plan").order_by("pk")


@transaction.atomic
def take_back(charge: PlanCharge, *, at: datetime) -> bool:
    """Let the charge be for no day after the end (rule I7). False where nothing was to be done."""
    charge = PlanCharge.objects.select_for_update(of=("self",)).select_related("agreement__organisation", "plan").get(pk=charge.pk)
    end = end_of(charge.agreement, charge.plan, at=at)
    line = InvoiceLine.objects.filter(plan_charge=charge).select_related("invoice").first()
    if line is not None:
        invoice = life.locked(line.invoice)
        if invoice.state == InvoiceState.ISSUED:
            return _propose(charge, end, at=at)
        if end < charge.until:
            why = sentence(lambda: _("The agreement ends before the days that were charged."))
            composing.dropped(invoice, reason=why, by=None, at=at)
    return _shorten(charge, end)


def end_of(agreement: Agreement, plan: Plan, *, at: datetime) -> date:
    """The first day after the plan in this agreement: its end, or the day on which the plan was taken out of it."""
    end = agreement.ends_on or NEVER
    if AgreementPlan.objects.filter(agreement=agreement, plan=plan).exists():
        return end
    gone = AgreementPlan.history.filter(agreement_id=agreement.pk, plan_id=plan.pk, history_type="-")
    last = gone.order_by("-history_date", "-history_id").first()
    return min(end, local_date(last.history_date if last else at))


def open_credits() -> QuerySet[PlanCredit]:
    """What finance has to take back, the oldest first."""
    found = PlanCredit.objects.filter(settled_at=None).select_related("charge__agreement__organisation", "charge__plan")
    return found.select_related("charge__invoice_line__invoice").order_by("proposed_at", "pk")


@transaction.atomic
def settle(credit: PlanCredit, *, shown: str, by: Person, at: datetime) -> Invoice:
    """Take the days back with a credit note of what was `shown`, without VAT (rules I1, I7). Twice returns the same.

    Raises NotAllowed, CreditSettled, crediting.SumChanged, and what `crediting.credit` refuses.
    """
    life.check_finance(by)
    current = _locked(credit)
    if current.credit_note is not None:
        return current.credit_note
    _check_open(current)
    if str(current.net) != shown:
        raise crediting.SumChanged(current.worth)
    line = current.charge.invoice_line
    with override(line.invoice.language):
        reason = _("The agreement ended. Not used: %(period)s.") % {"period": span(current.first, current.last)}
    note = crediting.credit(line.invoice, {line.pk: current.net}, reason=reason, by=by, at=at, cause=f"plan-credit:{current.pk}")
    current.settled_at, current.settled_by, current.credit_note, current.reason = at, by, note, reason
    current.save()
    return note


@transaction.atomic
def keep(credit: PlanCredit, *, reason: str, by: Person, at: datetime) -> PlanCredit:
    """Take nothing back, for a reason. Raises NotAllowed, ReasonMissing, ReasonTooLong, CreditSettled."""
    life.check_finance(by)
    reason, current = reasoned(reason), _locked(credit)
    if current.settled_at and (current.settled_by, current.reason) == (by, reason):
        return current
    _check_open(current)
    current.settled_at, current.settled_by, current.reason = at, by, reason
    current.save()
    return current


def _locked(credit: PlanCredit) -> PlanCredit:
    """The row as it is now; its charge is locked before it, as the job does."""
    PlanCharge.objects.select_for_update().get(pk=credit.charge_id)
    found = PlanCredit.objects.select_for_update(of=("self",)).select_related("charge__invoice_line__invoice").filter(pk=credit.pk).first()
    if found is None:
        raise CreditSettled
    return found


def _check_open(credit: PlanCredit) -> None:
    if credit.settled_at is not None:
        raise CreditSettled


def _shorten(charge: PlanCharge, end: date) -> bool:
    if end >= charge.until:
        return False
    if end <= charge.first:
        charge.delete()
        return True
    part = Period(charge.first, end)
    charge.until, charge.net = end, share(charge.fee, whole=Period(charge.whole_first, charge.whole_until), part=part)
    charge.save(update_fields=["until", "net"])
    return True


def _propose(charge: PlanCharge, end: date, *, at: datetime) -> bool:
    """Propose to take back what lies after the end and was not looked at before; a proposal that holds no more goes."""
    waiting = charge.taken_back.filter(settled_at=None).first()
    seen = charge.taken_back.exclude(settled_at=None).values_list("first", flat=True)
    first, until = max(end, charge.first), min([*seen, charge.until])
    if first >= until:
        return waiting is not None and bool(waiting.delete())
    if waiting is not None and (waiting.first, waiting.until) == (first, until):
        return False
    waiting = waiting or PlanCredit(charge=charge, proposed_at=at)
    waiting.first, waiting.until = first, until
    waiting.net = share(charge.net, whole=Period(charge.first, charge.until), part=Period(first, until))
    if not waiting.net:
        return False
    waiting.save()
    return True
