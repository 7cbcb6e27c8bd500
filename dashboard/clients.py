"""Clients as who looks after them sees them: how their credit stands, and who needs care first (rules C6, C9, C11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Case, Count, Exists, F, OuterRef, Prefetch, Q, QuerySet, Subquery, Sum, Value, When
from django.db.models.functions import Coalesce

from clients import agreements
from clients.models import Agreement, Organisation
from credits import terms
from credits.accounts import CreditAccount
from credits.ledger import Entry, EntryKind, Lot
from credits.topups import TopUp, TopUpState
from dashboard import delivery_rows
from delivery.models import DeliveryTask
from people.models import Person
from sessions import penalties, series_due
from sessions.models import Dispute, PenaltyDispute, Session, State
from sessions.models.sessions import BEFORE_WORK
from sessions.portal import WHEN

CORRECTIONS = (
    EntryKind.LATE_CHANGE,
    EntryKind.NO_SHOW,
    EntryKind.REVERSAL,
    EntryKind.ADJUSTMENT,
    EntryKind.EXTENSION,
    EntryKind.FREEZE,
    EntryKind.UNFREEZE,
    EntryKind.REFUND,
    EntryKind.TRANSFER_OUT,
    EntryKind.TRANSFER_IN,
)
OWES, AWAITS_TOP_UP, IS_LOW, IS_WELL = range(4)


@dataclass(frozen=True)
class AccountView:
    """One account of a client with the lots that have something left. `used_minutes` is what was spent of these."""

    account: CreditAccount
    lots: Sequence[Lot]
    is_low: bool

    @property
    def used_minutes(self) -> int:
        """What has been used of the lots that are not used up."""
        return sum(lot.spent_minutes for lot in self.lots)


def in_order_of_care(person: Person) -> QuerySet[Organisation]:
    """The clients that `person` may read: who owes first, then who awaits a top-up, then who is low; else by name.

    Each with `available`, `held` and `owed` minutes over all its accounts, `low` accounts, bookings `awaiting` a
    top-up, `disputed` hours and `penalised` disputes, and `care` as their order. One query.
    """
    is_low = Q(credit_accounts__available_minutes__lt=terms.low_level(terms.offered()), credit_accounts__closed_at=None)
    awaiting = Session.objects.filter(organisation=OuterRef("pk"), state=State.AWAITING_TOP_UP).order_by().values("organisation")
    return (
        Organisation.objects.visible_to(person)
        .select_related("account_manager")
        .annotate(
            available=_sum("available"),
            held=_sum("held"),
            owed=_sum("debt"),
            low=Count("credit_accounts", filter=is_low),
            awaiting=Coalesce(Subquery(awaiting.annotate(number=Count("pk")).values("number")), Value(0)),
            disputed=Exists(Dispute.objects.filter(session__organisation=OuterRef("pk"), outcome="")),
            penalised=Exists(PenaltyDispute.objects.filter(session__organisation=OuterRef("pk"), outcome="")),
        )
        .annotate(
            care=Case(
                When(owed__gt=0, then=Value(OWES)),
                When(awaiting__gt=0, then=Value(AWAITS_TOP_UP)),
                When(low__gt=0, then=Value(IS_LOW)),
                default=Value(IS_WELL),
            )
        )
        .order_by("care", "-owed", "name")
    )


def accounts_of(organisation: Organisation) -> list[AccountView]:
    """The accounts of a client with what is left in their lots, those that are used first on top; closed ones last (rules C12, P5)."""
    left = Lot.objects.filter(Q(available_minutes__gt=0) | Q(held_minutes__gt=0) | Q(frozen_minutes__gt=0))
    lots = Prefetch("lots", queryset=left.order_by(F("expires_on").asc(nulls_last=True), "pk"))
    level = terms.low_level(terms.offered())
    accounts = CreditAccount.objects.filter(organisation=organisation).prefetch_related(lots)
    return [
        AccountView(account, list(account.lots.all()), account.closed_at is None and account.available_minutes < level)
        for account in accounts.order_by(F("closed_at").desc(nulls_first=True), "name")
    ]


def ended_of(organisation: Organisation, *, on: date) -> Agreement | None:
    """The client's agreement that has ended by `on`, the provider's local date, and waits to be wound up (rule P5)."""
    return agreements.to_wind_up(on=on).filter(organisation=organisation).first()


def affairs_of(organisation: Organisation) -> dict[str, Any]:
    """What else one looks at first when a client calls, by name: people, sessions, tasks, series, entries, orders, disputes."""
    entries = Entry.objects.filter(account__organisation=organisation).select_related("account", "by", "reversed_by")
    newest = entries.order_by("-recorded_at", "-pk")
    coming = Session.objects.filter(organisation=organisation, state__in=[*BEFORE_WORK, State.IN_PROGRESS, State.PAUSED])
    unpaid = TopUp.objects.filter(account__organisation=organisation, state=TopUpState.ORDERED)
    return {
        "members": organisation.memberships.select_related("person").order_by("person__name"),
        "series": series_due.running().filter(organisation=organisation).select_related("made_by").order_by("title", "pk"),
        "coming": coming.order_by(WHEN, "pk")[:6],
        "tasks": delivery_rows.rows(_newest_tasks(organisation)),
        "entries": newest[:8],
        "corrections": newest.filter(kind__in=CORRECTIONS)[:8],
        "unpaid": unpaid.select_related("account").order_by("ordered_at"),
        "penalties": penalties.open_disputes([organisation]),
        "disputes": Dispute.objects.filter(outcome="", session__organisation=organisation).select_related("session").order_by("due_at"),
    }


def _newest_tasks(organisation: Organisation) -> QuerySet[DeliveryTask]:
    """Delivery tasks, those that are open first, then by when they were closed."""
    found = DeliveryTask.objects.filter(organisation=organisation).select_related("assignee")
    return found.order_by(F("closed_at").desc(nulls_first=True), "-opened_at", "-pk")[:8]


def _sum(pocket: str) -> Coalesce:
    return Coalesce(Sum(f"credit_accounts__{pocket}_minutes"), Value(0))
