"""Missed guarantees: what the agreement grants for each is proposed once, and decided by the account manager (rule S16).

Nothing is granted unless the plan or the agreement says so: a share of the month's fee, or minutes of free credit, at most so
much a month. A miss that turns out not to count — the case is a duplicate, was delivery, or guarantees do not bind to it — is
excused: its proposal goes, and comes back where that is decided otherwise. A granted share becomes a credit note on the last
invoice of the plan that has enough left; until there is one it waits.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Sum
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from cases.models import Case, Clock, ClockKind
from cases.models.cases import ClosedAs
from clients import agreements
from clients.access import manages
from clients.agreements import local_date
from clients.models import AgreementPlan, MissedGrants
from core.batches import each
from core.errors import DomainError, NotAllowed
from core.reasons import reasoned
from credits import accounts, ledger
from credits.accounts import CreditAccount
from credits.ledger import LotSource, LotTerms, Voucher
from invoicing import crediting, included, life, messages, plan_fees
from invoicing.models import Compensation, CompensationState, Invoice, InvoiceLine, InvoiceState
from people.models import Person

State = CompensationState
GRANTING = [MissedGrants.FEE, MissedGrants.CREDIT]
NOT_OURS = [ClosedAs.DUPLICATE, ClosedAs.DELIVERY]
"""Cases closed so have missed nothing that was promised."""
LOOKED_BACK = timedelta(days=92)
"""Older misses than that are not proposed: an agreement that grants something from today on grants nothing for last year."""
CENT = Decimal("0.01")


class CompensationDecided(DomainError):
    """It was decided before, or is excused meanwhile."""

    message = gettext_lazy("This has been decided already, or is excused. Nothing has changed.")


class NoAccount(DomainError):
    """The client has no open credit account."""

    message = gettext_lazy("The client has no open credit account to grant it to. Nothing has changed.")


class NoInvoiceYet(DomainError):
    """No invoice of the plan has as much left to be credited."""

    message = gettext_lazy("No invoice of this plan has so much left to be credited. It waits for the next one. Nothing has changed.")


@dataclass(frozen=True)
class _Amount:
    """What one miss grants: percent of a month's fee and their worth, or minutes."""

    percent: int = 0
    net: Decimal = Decimal(0)
    currency: str = ""
    minutes: int = 0


def propose_due(at: datetime) -> int:
    """Propose what was missed, and look again at proposals that nobody has decided, as a job (rule S16): how many changed."""
    made = each(missed(at), lambda clock: propose(clock, at=at) is not None)
    return made + each(undecided(), review)


def missed(at: datetime) -> QuerySet[Clock]:
    """The clocks whose target was missed, under a plan that grants something, and that have no proposal yet."""
    known = Compensation.objects.filter(case=OuterRef("case"), kind=OuterRef("kind"), missed_at=OuterRef("breached_at"))
    rows = AgreementPlan.objects.filter(agreement__organisation=OuterRef("case__organisation"), plan=OuterRef("case__plan"))
    granting = rows.filter(Q(missed_grants__in=GRANTING) | Q(missed_grants="", plan__missed_grants__in=GRANTING))
    found = Clock.objects.filter(~Exists(known), Exists(granting), breached_at__gte=at - LOOKED_BACK, case__guaranteed=True)
    return found.exclude(case__closed_as__in=NOT_OURS).select_related("case__organisation").order_by("breached_at", "pk")


def undecided() -> QuerySet[Compensation]:
    """Proposals whose case says otherwise now: excused ones that stand, and the other way round."""
    excused = Q(case__guaranteed=False) | Q(case__closed_as__in=NOT_OURS)
    found = Compensation.objects.filter(Q(excused, state=State.PROPOSED) | Q(~excused, state=State.DROPPED))
    return found.select_related("case").order_by("pk")


@transaction.atomic
def propose(clock: Clock, *, at: datetime) -> Compensation | None:
    """Propose what the agreement grants for a missed target, once (rule S16). None where it grants nothing."""
    case, missed_at = clock.case, clock.breached_at
    if missed_at is None or (row := _row_of(case, on=local_date(missed_at))) is None:
        return None
    month = local_date(missed_at).replace(day=1)
    same = Compensation.objects.filter(case=case, kind=clock.kind, missed_at=missed_at)
    if same.exists():
        return None
    amount = _amount(row, month, on=local_date(missed_at))
    is_something = bool(amount.net or amount.minutes)
    return Compensation.objects.create(
        case=case,
        kind=clock.kind,
        missed_at=missed_at,
        month=month,
        agreement=row.agreement,
        plan=row.plan,
        grants=row.for_missed.missed_grants,
        percent=amount.percent,
        net=amount.net,
        currency=amount.currency,
        minutes=amount.minutes,
        state=State.PROPOSED if is_something else State.CAPPED,
        proposed_at=at,
    )


@transaction.atomic
def review(compensation: Compensation) -> bool:
    """Drop a proposal whose miss is excused, and bring it back where it no longer is. False where nothing was to be done."""
    current = _locked(compensation)
    wanted = State.DROPPED if is_excused(current.case) else State.PROPOSED
    if current.state not in (State.PROPOSED, State.DROPPED) or current.state == wanted:
        return False
    current.state = wanted
    current.save(update_fields=["state"])
    return True


def is_excused(case: Case) -> bool:
    """Whether what was missed in the case does not count: it was not support, was reported elsewhere, or guarantees do not bind."""
    return not case.guaranteed or case.closed_as in NOT_OURS


def to_decide(person: Person) -> QuerySet[Compensation]:
    """What waits for a decision of the account managers, of those that `person` may see, the oldest first."""
    found = Compensation.objects.visible_to(person).filter(state=State.PROPOSED)
    return found.select_related("case", "agreement__organisation", "plan").order_by("missed_at", "pk")


def decided(person: Person) -> QuerySet[Compensation]:
    """What was decided, of those that `person` may see, the last first."""
    found = Compensation.objects.visible_to(person).exclude(decided_at=None)
    return found.select_related("case", "agreement__organisation", "plan", "decided_by", "credit_note").order_by("-decided_at", "-pk")


def to_credit() -> QuerySet[Compensation]:
    """Shares of fees that were granted and are not on a credit note yet, the oldest first."""
    found = Compensation.objects.filter(state=State.GRANTED, grants=MissedGrants.FEE, credit_note=None)
    return found.select_related("case", "agreement__organisation", "plan", "decided_by").order_by("decided_at", "pk")


@transaction.atomic
def grant(compensation: Compensation, *, by: Person, at: datetime) -> Compensation:
    """Grant what is proposed (rule S16): free credit at once, a share of the fee as soon as finance credits it. The client is told.

    The same again returns it. Raises NotAllowed for anybody but the account manager, CompensationDecided, NoAccount.
    """
    account = _account_of(compensation)
    if account is not None:
        accounts.lock([account.pk])
    current = _to_decide(compensation, by)
    if (current.state, current.decided_by_id) == (State.GRANTED, by.pk):
        return current
    if current.state != State.PROPOSED or is_excused(current.case):
        raise CompensationDecided
    if current.grants == MissedGrants.CREDIT:
        if account is None:
            raise NoAccount
        current.lot = _lot(current, account, by=by, at=at)
    current.state, current.decided_at, current.decided_by = State.GRANTED, at, by
    current.save()
    messages.compensated(current, at=at)
    return current


@transaction.atomic
def decline(compensation: Compensation, *, reason: str, by: Person, at: datetime) -> Compensation:
    """Grant nothing for a miss, with a reason that the client is told (rule S16).

    Raises NotAllowed, ReasonMissing, ReasonTooLong, CompensationDecided.
    """
    current, reason = _to_decide(compensation, by), reasoned(reason)
    if (current.state, current.decided_by_id, current.reason) == (State.DECLINED, by.pk, reason):
        return current
    if current.state != State.PROPOSED:
        raise CompensationDecided
    current.state, current.decided_at, current.decided_by, current.reason = State.DECLINED, at, by, reason
    current.save()
    messages.compensated(current, at=at)
    return current


@transaction.atomic
def credit(compensation: Compensation, *, by: Person, at: datetime) -> Invoice:
    """Put a granted share of the fee onto a credit note of the plan's last invoice (rules I1, S16). Twice returns the same.

    Raises NotAllowed for anybody but finance, CompensationDecided, NoInvoiceYet.
    """
    life.check_finance(by)
    current = _locked(compensation)
    if current.credit_note is not None:
        return current.credit_note
    if current.state != State.GRANTED or current.grants != MissedGrants.FEE:
        raise CompensationDecided
    line = line_for(current)
    if line is None:
        raise NoInvoiceYet
    with override(line.invoice.language):
        said = {"kind": ClockKind(current.kind).label, "case": f"#{current.case_id}"}
        reason = _("Missed guarantee (%(kind)s) in case %(case)s") % said
    cause = f"compensation:{current.pk}"
    current.credit_note = crediting.credit(line.invoice, {line.pk: current.net}, reason=reason, by=by, at=at, cause=cause)
    current.save(update_fields=["credit_note"])
    return current.credit_note


def line_for(compensation: Compensation) -> InvoiceLine | None:
    """The last issued line of the plan's fee, in its currency, that has as much left to be credited."""
    return lines_for([compensation])[compensation.pk]


def lines_for(found: Sequence[Compensation]) -> dict[int, InvoiceLine | None]:
    """The same for each of several, by its number. One query."""
    issued = InvoiceLine.objects.filter(invoice__state=InvoiceState.ISSUED, plan_charge__agreement__in={row.agreement_id for row in found})
    rows = issued.annotate(left=F("net") - Sum("credited_by__net", default=Decimal(0))).select_related("invoice", "plan_charge")
    lines = list(rows.order_by("-plan_charge__first", "-pk"))
    return {row.pk: next((line for line in lines if _bears(line, row)), None) for row in found}


def _bears(line: InvoiceLine, row: Compensation) -> bool:
    charge = line.plan_charge
    is_of_it = charge is not None and (charge.agreement_id, charge.plan_id, charge.currency) == (
        row.agreement_id,
        row.plan_id,
        row.currency,
    )
    return is_of_it and line.left >= row.net  # type: ignore[attr-defined]  # annotated


def _row_of(case: Case, *, on: date) -> AgreementPlan | None:
    """The case's plan in the agreement of that day, locked, where a missed target grants something."""
    agreement = agreements.in_force(case.organisation, on=on)
    if agreement is None or agreement.is_trial:
        return None
    found = AgreementPlan.objects.select_for_update(of=("self",)).select_related("agreement__organisation", "plan")
    row = found.filter(agreement=agreement, plan=case.plan_id).first()
    return row if row is not None and row.for_missed.missed_grants in GRANTING else None


def _amount(row: AgreementPlan, month: date, *, on: date) -> _Amount:
    """What the miss grants, as far as the most of the month allows. What was declined leaves room."""
    agreed = row.for_missed
    counted = Compensation.objects.filter(agreement=row.agreement, plan=row.plan, month=month, grants=agreed.missed_grants)
    counted = counted.filter(state__in=[State.PROPOSED, State.GRANTED])
    column = "percent" if agreed.missed_grants == MissedGrants.FEE else "minutes"
    wanted = agreed.missed_amount or 0
    if agreed.missed_cap is not None:
        given = counted.aggregate(given=Sum(column, default=0))["given"]
        wanted = max(min(wanted, agreed.missed_cap - given), 0)
    if column == "minutes":
        return _Amount(minutes=wanted)
    fee = plan_fees.of_a_month(row, on=on)
    return _Amount(wanted, (fee.amount * wanted / 100).quantize(CENT, rounding=ROUND_HALF_UP), str(fee.currency))


def _account_of(compensation: Compensation) -> CreditAccount | None:
    """Where its credit goes: where the hours of the plan go."""
    row = AgreementPlan.objects.filter(agreement=compensation.agreement_id, plan=compensation.plan_id).select_related("agreement").first()
    row = row or AgreementPlan(agreement=compensation.agreement, plan=compensation.plan)
    return included.account_of(row)


def _lot(compensation: Compensation, account: CreditAccount, *, by: Person, at: datetime) -> ledger.Lot:
    with override(compensation.agreement.organisation.language):
        said = {"kind": ClockKind(compensation.kind).label, "case": f"#{compensation.case_id} {compensation.case.subject}"}
        why = (_("Missed guarantee (%(kind)s) in case %(case)s") % said)[:500]
    return ledger.grant(
        account=account,
        minutes=compensation.minutes,
        terms=LotTerms.free(source=LotSource.GOODWILL, reason=why),
        voucher=Voucher(cause=f"compensation:{compensation.pk}", at=at, by=by, reason=why, text=why[:200]),
    )


def _to_decide(compensation: Compensation, by: Person) -> Compensation:
    current = _locked(compensation)
    if not (by.is_active and manages(by, current.agreement.organisation)):
        raise NotAllowed
    return current


def _locked(compensation: Compensation) -> Compensation:
    found = Compensation.objects.select_for_update(of=("self",)).select_related("case", "agreement__organisation", "plan")
    return found.get(pk=compensation.pk)
