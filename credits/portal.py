"""What a client sees of credit: the accounts and top-ups of the organisations they belong to."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from django.db.models import F, OuterRef, Q, QuerySet, Subquery, Sum

from clients.models import Organisation
from credits.models import CreditAccount, Lot, TopUp
from people.models import Person

__all__ = [
    "Usage",
    "accounts_of",
    "lots_in_use",
    "lots_left",
    "orders_of",
    "orders_on",
    "readable_accounts",
    "top_ups_of",
    "usage",
    "with_usage",
]

NOTHING_TO_PAY = Q(debt__isnull=False, lot=None)
IN_USE = Q(available_minutes__gt=0) | Q(held_minutes__gt=0) | Q(frozen_minutes__gt=0)


@dataclass(frozen=True)
class Usage:
    """How much of what was bought is used, of the lots that are in use (minutes)."""

    granted_minutes: int = 0
    used_minutes: int = 0


def accounts_of(person: Person) -> QuerySet[CreditAccount]:
    """The accounts of the organisations `person` belongs to, in order of name."""
    mine = CreditAccount.objects.visible_to(person).filter(organisation__in=Organisation.objects.of_member(person))
    return mine.select_related("organisation").order_by("organisation__name", "name", "pk")


def readable_accounts(person: Person) -> QuerySet[CreditAccount]:
    """The accounts whose statement `person` may read: their own, and for our own people those of their clients."""
    return CreditAccount.objects.visible_to(person).select_related("organisation")


def top_ups_of(person: Person) -> QuerySet[TopUp]:
    """The top-ups of those accounts."""
    return TopUp.objects.visible_to(person).filter(account__organisation__in=Organisation.objects.of_member(person))


def orders_of(person: Person) -> QuerySet[TopUp]:
    """Those that were ordered, and what was owed and is invoiced: of the rest there is nothing to be paid yet (rule C11)."""
    return top_ups_of(person).exclude(NOTHING_TO_PAY)


def orders_on(accounts: Iterable[CreditAccount]) -> QuerySet[TopUp]:
    """The same of accounts that the reader is known to see: found by their numbers alone, however many there are."""
    return TopUp.objects.filter(account__in=[account.pk for account in accounts]).exclude(NOTHING_TO_PAY)


def usage(accounts: Iterable[CreditAccount]) -> dict[int, Usage]:
    """How far the lots of each account are used, by account: those in use, and always the latest. One query."""
    ids = [account.pk for account in accounts]
    left = F("available_minutes") + F("held_minutes") + F("frozen_minutes")
    in_use, used_up = (
        lots.order_by().values("account").annotate(granted=Sum("granted_minutes"), left=Sum(left))
        for lots in (Lot.objects.filter(IN_USE, account__in=ids), _latest(ids).exclude(IN_USE))
    )
    used = dict.fromkeys(ids, Usage())
    for account, granted, still_there in in_use.union(used_up, all=True).values_list("account", "granted", "left"):
        before = used[account]
        used[account] = Usage(before.granted_minutes + granted, before.used_minutes + granted - still_there)
    return used


def lots_in_use(account: CreditAccount) -> QuerySet[Lot]:
    """The lots of which something is left, and the latest, in the order in which they are used (rule C12).

    Lots that were used up earlier are left out: nobody asks any more, and there may be many.
    """
    return _in_order_of_use(Lot.objects.filter(IN_USE | Q(pk__in=_latest([account.pk]).values("pk")), account=account))


def with_usage(accounts: Iterable[CreditAccount]) -> list[tuple[CreditAccount, Usage]]:
    """Each account with how far its lots are used."""
    listed = list(accounts)
    used = usage(listed)
    return [(account, used[account.pk]) for account in listed]


def lots_left(account: CreditAccount) -> QuerySet[Lot]:
    """The lots of `account` of which something is left, in the order in which they will be used (rule C12)."""
    return _in_order_of_use(Lot.objects.filter(IN_USE, account=account))


def _latest(account_ids: Collection[int]) -> QuerySet[Lot]:
    """The newest lot of each of these accounts."""
    newest = Lot.objects.filter(account=OuterRef("pk")).order_by("-pk").values("pk")[:1]
    return Lot.objects.filter(pk__in=CreditAccount.objects.filter(pk__in=account_ids).order_by().values(newest=Subquery(newest)))


def _in_order_of_use(lots: QuerySet[Lot]) -> QuerySet[Lot]:
    return lots.order_by(F("expires_on").asc(nulls_last=True), "pk")
