"""A client's purchase orders (rule I8): opened with a sum and an end, used by what is ordered, warned of at 80 %, blocked at 100 %.

An order is opened, changed and closed by the client's approvers, its account manager or finance. What is ordered on it uses
it under a lock of its row; what is withdrawn releases it. A number that names none of a client's orders is only text.

This floor knows no mail: whoever uses or changes an order tells of `warned_at` (`credits.order_numbers`).
"""

import unicodedata
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from djmoney.money import Money

from clients.access import has_duty, is_approver, manages
from clients.agreements import local_date
from clients.models import Organisation, PurchaseOrder, PurchaseOrderUse, StaffDuty
from clients.models.purchase_orders import LONGEST_KEY, LONGEST_NUMBER, key_of
from clients.order_refusals import (
    CurrencyDiffers,
    LessThanUsed,
    NumberTaken,
    NumberUnreadable,
    OrderClosed,
    OrderEnded,
    OrderExhausted,
    OrderMismatch,
    OrderNotBegun,
    OrderNumberMissing,
    PeriodReversed,
    SumUnreadable,
    UseMismatch,
)
from core.errors import NotAllowed
from core.reasons import reasoned
from people.models import Person

__all__ = [
    "CurrencyDiffers",
    "LessThanUsed",
    "NumberTaken",
    "NumberUnreadable",
    "OrderClosed",
    "OrderEnded",
    "OrderExhausted",
    "OrderMismatch",
    "OrderNotBegun",
    "OrderNumberMissing",
    "PeriodReversed",
    "PurchaseOrder",
    "SumUnreadable",
    "UseMismatch",
    "Wanted",
    "change",
    "close",
    "make_usual",
    "may_arrange",
    "named",
    "number_for",
    "open_order",
    "release",
    "require",
    "said",
    "usable",
    "use",
]

WARNS_AT_PERCENT = 80
LONGEST_TITLE, LONGEST_TEXT = 160, 200
MOST = Decimal(10) ** 12
CENT = Decimal("0.01")


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """An order to be: its number, its sum without VAT, and its first and last day, both included."""

    number: str
    net: Money
    starts_on: date
    ends_on: date
    title: str = ""


@transaction.atomic
def open_order(*, organisation: Organisation, wanted: Wanted, cause: str, by: Person, at: datetime) -> PurchaseOrder:
    """Register a purchase order of a client's (rule I8). The same cause again returns its first order.

    Raises NotAllowed for anybody but the client's approvers, its account manager and finance, NumberUnreadable, NumberTaken
    where another open order has the number, SumUnreadable, PeriodReversed, OrderMismatch.
    """
    if not may_arrange(by, organisation, at=at):
        raise NotAllowed
    number = said(wanted.number)
    key = key_of(number)
    if not key or len(number) > LONGEST_NUMBER or len(key) > LONGEST_KEY:
        raise NumberUnreadable
    if first := PurchaseOrder.objects.filter(cause=cause).first():
        return _the_same(first, organisation, key, wanted)
    _check_sum(wanted.net)
    if wanted.ends_on < wanted.starts_on:
        raise PeriodReversed
    order = PurchaseOrder(organisation=organisation, number=number, key=key, title=said(wanted.title)[:LONGEST_TITLE], net=wanted.net)
    order.starts_on, order.ends_on, order.cause, order.opened_at, order.opened_by = wanted.starts_on, wanted.ends_on, cause, at, by
    order._history_user = by  # type: ignore[attr-defined]  # how django-simple-history takes it
    try:
        with transaction.atomic():
            order.save(force_insert=True)
    except IntegrityError:
        if again := PurchaseOrder.objects.filter(cause=cause).first():
            return _the_same(again, organisation, key, wanted)
        raise NumberTaken from None
    return order


@transaction.atomic
def change(order: PurchaseOrder, *, net: Money, ends_on: date, reason: str, by: Person, at: datetime) -> PurchaseOrder:
    """Give an order another sum or last day, with a reason that stays in its history (rule I8). The same again changes nothing.

    Raises NotAllowed, OrderClosed, ReasonMissing, ReasonTooLong, SumUnreadable, LessThanUsed(used), CurrencyDiffers, PeriodReversed.
    """
    order = _to_arrange(order, by, at)
    if order.closed_at is not None:
        raise OrderClosed(order.number)
    reason = reasoned(reason)
    if (net, ends_on) == (order.net, order.ends_on):
        return order
    _check_sum(net)
    if net.currency != order.net.currency:
        raise CurrencyDiffers(order.number)
    if net.amount < order.used_net:
        raise LessThanUsed(order.used)
    if ends_on < order.starts_on:
        raise PeriodReversed
    order.net, order.ends_on = net, ends_on
    _follow(order, at)
    _keep(order, reason, by)
    return order


@transaction.atomic
def close(order: PurchaseOrder, *, reason: str, by: Person, at: datetime) -> PurchaseOrder:
    """Let nothing more be ordered on it, with a reason (rule I8). What is used stays. Closed already: who was first stands.

    Raises NotAllowed, ReasonMissing, ReasonTooLong.
    """
    order = _to_arrange(order, by, at)
    if order.closed_at is not None:
        return order
    order.closing_reason = reasoned(reason)
    order.closed_at, order.closed_by = at, by
    _keep(order, order.closing_reason, by)
    organisation = _organisation(order)
    if organisation.default_purchase_order_id == order.pk:
        _set_usual(organisation, None, by)
    return order


@transaction.atomic
def make_usual(order: PurchaseOrder, *, by: Person, at: datetime) -> PurchaseOrder:
    """Propose this order wherever the client orders, and let it stand on what is invoiced without one (rule I8).

    Raises NotAllowed, OrderClosed.
    """
    order = _to_arrange(order, by, at)
    if order.closed_at is not None:
        raise OrderClosed(order.number)
    organisation = _organisation(order)
    if organisation.default_purchase_order_id != order.pk:
        _set_usual(organisation, order, by)
    return order


@transaction.atomic
def use(order: PurchaseOrder, *, net: Money, cause: str, at: datetime, text: str = "") -> PurchaseOrderUse:
    """Take `net`, without VAT, of an order for `cause` (rule I8). The same cause again returns its first use.

    Raises OrderClosed, OrderNotBegun(starts_on), OrderEnded(ends_on), OrderExhausted(left), CurrencyDiffers, SumUnreadable,
    UseMismatch.
    """
    order = _locked(order)
    first = PurchaseOrderUse.objects.filter(cause=cause).first()
    if first is not None:
        if (first.order_id, first.net, first.released_at) != (order.pk, net.amount, None):
            raise UseMismatch
        return first
    require(order, net=net, at=at)
    used = PurchaseOrderUse(order=order, cause=cause, net=net.amount, at=at, text=text[:LONGEST_TEXT])
    used.save(force_insert=True)
    order.used_net += net.amount
    _follow(order, at)
    _count(order)
    return used


@transaction.atomic
def release(*, cause: str, at: datetime) -> PurchaseOrderUse | None:
    """Give back what `cause` used of an order, once (rule I8); None where it used none. Closed and ended orders take it back too."""
    found = PurchaseOrderUse.objects.filter(cause=cause).first()
    if found is None:
        return None
    order = PurchaseOrder.objects.select_for_update().get(pk=found.order_id)
    found = PurchaseOrderUse.objects.select_for_update().get(pk=found.pk)
    if found.released_at is not None:
        return found
    found.released_at = at
    found.save(update_fields=["released_at"])
    order.used_net -= found.net
    _follow(order, at)
    _count(order)
    return found


def require(order: PurchaseOrder, *, net: Money, at: datetime) -> None:
    """Refuse what cannot be ordered on it now, as far as can be seen: `use` asks again under the lock. Raises what `use` does."""
    _check_sum(net)
    today = local_date(at)
    if order.closed_at is not None:
        raise OrderClosed(order.number)
    if net.currency != order.net.currency:
        raise CurrencyDiffers(order.number)
    if today < order.starts_on:
        raise OrderNotBegun(order.number, order.starts_on)
    if today > order.ends_on:
        raise OrderEnded(order.number, order.ends_on)
    if net > order.left:
        raise OrderExhausted(order.number, order.left)


def named(organisation: Organisation, number: str) -> PurchaseOrder | None:
    """The client's own order that `number` names: the open one, else the one that was closed last. None: it is only text."""
    key = key_of(number)
    if not key or len(key) > LONGEST_KEY:
        return None
    mine = PurchaseOrder.objects.filter(organisation=organisation, key=key)
    return mine.open().first() or mine.order_by("-closed_at", "-pk").first()


def usable(organisation: Organisation, *, at: datetime) -> QuerySet[PurchaseOrder]:
    """The client's orders on which something can be ordered today, those that end first at the head."""
    today = local_date(at)
    mine = PurchaseOrder.objects.open().filter(organisation=organisation, starts_on__lte=today, ends_on__gte=today)
    return mine.order_by("ends_on", "pk")


def number_for(organisation: Organisation, *, at: datetime, besides: str = "") -> str:
    """What stands on something of the client's that was ordered without a number (rules C16, I8): `besides`, else the usual order.

    A usual order that has ended, or has not begun, is none; "": nothing is known.
    """
    if besides or organisation.default_purchase_order_id is None:
        return besides
    usual = usable(organisation, at=at).filter(pk=organisation.default_purchase_order_id).first()
    return usual.number if usual is not None else ""


def may_arrange(person: Person, organisation: Organisation, *, at: datetime) -> bool:
    """Whether `person` opens, changes and closes the client's orders: its approvers, its account manager, finance."""
    if not person.is_active:
        return False
    return is_approver(person, organisation, at=at) or manages(person, organisation) or has_duty(person, StaffDuty.FINANCE)


def said(text: str) -> str:
    """What somebody typed, in one line, without signs that cannot be seen."""
    return " ".join("".join(sign if unicodedata.category(sign)[0] != "C" else " " for sign in text).split())


def _the_same(first: PurchaseOrder, organisation: Organisation, key: str, wanted: Wanted) -> PurchaseOrder:
    if (first.organisation_id, first.key, first.starts_on) != (organisation.pk, key, wanted.starts_on):
        raise OrderMismatch
    return first


def _check_sum(net: Money) -> None:
    """A sum is above nothing, to the cent, and can be written down."""
    if not (net.amount.is_finite() and 0 < net.amount < MOST and net.amount == net.amount.quantize(CENT)):
        raise SumUnreadable


def _to_arrange(order: PurchaseOrder, by: Person, at: datetime) -> PurchaseOrder:
    """The order, locked, for somebody who may arrange it."""
    order = _locked(order)
    if not may_arrange(by, order.organisation, at=at):
        raise NotAllowed
    return order


def _locked(order: PurchaseOrder) -> PurchaseOrder:
    return PurchaseOrder.objects.select_for_update(of=("self",)).select_related("organisation").get(pk=order.pk)


def _follow(order: PurchaseOrder, at: datetime) -> None:
    """Whether most of it is used, and since when: what fell below and comes there again is a crossing of its own."""
    if order.used_net * 100 < order.net.amount * WARNS_AT_PERCENT:
        order.warned_at = None
    elif order.warned_at is None:
        order.warned_at, order.warnings = at, order.warnings + 1


def _count(order: PurchaseOrder) -> None:
    """Write what is used. The history tells of what people changed; of this its uses tell."""
    figures = {"used_net": order.used_net, "warned_at": order.warned_at, "warnings": order.warnings}
    PurchaseOrder.objects.filter(pk=order.pk).update(**figures)


def _keep(order: PurchaseOrder, reason: str, by: Person) -> None:
    order._history_user, order._change_reason = by, reason  # type: ignore[attr-defined]  # how django-simple-history takes them
    order.save()


def _organisation(order: PurchaseOrder) -> Organisation:
    """The client's row, locked; others may go on referring to it."""
    return Organisation.objects.select_for_update(of=("self",), no_key=True).get(pk=order.organisation_id)


def _set_usual(organisation: Organisation, order: PurchaseOrder | None, by: Person) -> None:
    organisation.default_purchase_order = order
    organisation._history_user = by  # type: ignore[attr-defined]  # how django-simple-history takes it
    organisation.save(update_fields=["default_purchase_order"])
