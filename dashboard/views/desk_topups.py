"""Unpaid top-ups: finance marks them paid, which turns them into credit, and waiting bookings move on (rules C4, C6).

Where the provider invoices by this product, an order is paid by its invoice and by nothing else: its page leads there.
"""

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
from invoicing import drafting, life, sources
from invoicing import terms as invoicing_terms
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
    pays = has_duty(request.user, StaffDuty.FINANCE) and invoicing_terms.offered() is None
    return render(request, "desk/topups.html", {"page": page, "pays": pays, "by_invoice": invoicing_terms.offered() is not None})


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*READING)
def payment(request: StaffRequest, top_up_id: int) -> HttpResponse:
    """Mark one order paid. An administrator only reads it. Where there are invoices, it is paid by its own."""
    visible = TopUp.objects.visible_to(request.user).select_related("account__organisation", "ordered_by", "closed_by")
    top_up, at = get_object_or_404(visible, pk=top_up_id), timezone.now()
    if invoicing_terms.offered() is not None:
        return _by_invoice(request, top_up, at)
    sent = request.POST if request.method == "POST" else None
    form = PaymentForm(sent, initial={"paid_on": timezone.localdate(at)})
    if form.carried_out(lambda said: _mark_paid(top_up, said, request, at)):
        messages.success(request, _told(top_up, moved_on=cover.follow_account(account_id=top_up.account_id, at=at)))
        return redirect("desk-topups")
    pays = has_duty(request.user, StaffDuty.FINANCE) and (top_up.state == TopUpState.ORDERED or form.is_bound)
    return render(request, "desk/topup.html", {"top_up": top_up, "form": form, "pays": pays}, status=form.status)


def _by_invoice(request: StaffRequest, top_up: TopUp, at: datetime) -> HttpResponse:
    """The order, and the way to its invoice; sent, it is drafted if it is not yet."""
    invoice = sources.invoice_of(top_up)
    is_billable = invoice is None and drafting.top_ups_to_invoice().filter(pk=top_up.pk).exists()
    if request.method != "POST":
        context = {
            "top_up": top_up,
            "invoice": invoice,
            "by_invoice": True,
            "drafts": is_billable and has_duty(request.user, StaffDuty.FINANCE),
        }
        return render(request, "desk/topup.html", context)
    life.check_finance(request.user)
    if is_billable:
        invoice = drafting.draft_top_up(top_up, by=request.user, at=at) or sources.invoice_of(top_up)
    if invoice is None:
        messages.warning(request, _("This order is paid or withdrawn: there is nothing to be invoiced. Nothing has changed."))
        return redirect("desk-topup", top_up.pk)
    return redirect("desk-invoice", invoice.pk)


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
