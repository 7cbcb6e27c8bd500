"""Unpaid top-ups: finance marks them paid, which turns them into credit, and waiting bookings move on (rules C4, C6)."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe
from djmoney.money import Money

from clients.access import has_duty
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from core.formatting import hours
from credits import topups
from credits.topups import TopUp, TopUpState
from dashboard.forms import PaymentForm
from sessions import cover

PAGE_LENGTH = 25
READING = (StaffDuty.FINANCE, StaffDuty.ADMINISTRATOR)


@require_safe
@for_staff(*READING)
def unpaid(request: StaffRequest) -> HttpResponse:
    """The orders that wait for their payment, the oldest first."""
    orders = TopUp.objects.visible_to(request.user).filter(state=TopUpState.ORDERED)
    orders = orders.select_related("account__organisation", "ordered_by").order_by("ordered_at", "pk")
    page = Paginator(orders, PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "desk/topups.html", {"page": page, "pays": has_duty(request.user, StaffDuty.FINANCE)})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*READING)
def payment(request: StaffRequest, top_up_id: int) -> HttpResponse:
    """Mark one order paid. An administrator only reads it."""
    visible = TopUp.objects.visible_to(request.user).select_related("account__organisation", "ordered_by", "closed_by")
    top_up, at = get_object_or_404(visible, pk=top_up_id), timezone.now()
    sent = request.POST if request.method == "POST" else None
    form = PaymentForm(sent, initial={"paid_on": timezone.localdate(at)})
    if form.carried_out(lambda said: _mark_paid(top_up, said, request, at)):
        messages.success(request, _told(top_up, moved_on=cover.follow_account(account_id=top_up.account_id, at=at)))
        return redirect("desk-topups")
    pays = has_duty(request.user, StaffDuty.FINANCE) and (top_up.state == TopUpState.ORDERED or form.is_bound)
    return render(request, "desk/topup.html", {"top_up": top_up, "form": form, "pays": pays}, status=form.status)


def _mark_paid(top_up: TopUp, said: dict[str, Any], request: StaffRequest, at: datetime) -> TopUp:
    return topups.mark_paid(
        top_up=top_up,
        paid_on=said["paid_on"],
        amount=Money(said["amount"], top_up.total.currency),
        payment_reference=said["payment_reference"],
        by=request.user,
        at=at,
    )


def _told(top_up: TopUp, *, moved_on: int) -> str:
    """What the payment brought about."""
    paid = _("%(client)s has paid for %(hours)s of credit.") % {"client": top_up.account.organisation, "hours": hours(top_up.minutes)}
    if not moved_on:
        return paid
    followed = ngettext("%(number)s waiting booking moved on.", "%(number)s waiting bookings moved on.", moved_on)
    return f"{paid} {followed % {'number': moved_on}}"
