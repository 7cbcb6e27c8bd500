"""What the account manager does with one lot at the desk: extend, freeze, release, refund (rules C12, C13, I5)."""

from datetime import datetime

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.access import manages
from clients.agreements import local_date
from clients.desk import StaffRequest, for_staff
from core.errors import DomainError, NotAllowed
from core.formatting import day, hours
from credits import corrections
from credits.accounts import CreditAccount
from credits.consequences import consequence
from credits.ledger import Entry, Lot, Refund
from credits.topups import Price
from dashboard.credit_forms import CorrectionForm, ExtendForm, RefundForm
from dashboard.views.desk_clients import CARING
from dashboard.views.desk_credit import corrected


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*CARING)
def extend(request: StaffRequest, lot_id: int) -> HttpResponse:
    """Let a lot be used longer; what had expired of it comes back."""
    lot, at = _managed_lot(request, lot_id), timezone.now()
    form = ExtendForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda _said: _extend(form, lot, request, at)):
        until = day(form.cleaned_data["expires_on"])
        return corrected(request, lot.account, _("The credit can be used until %(until)s.") % {"until": until}, at=at)
    expired = corrections.expired_minutes(lot)
    foreseen = consequence(lot.account, change=0, frozen=expired) if lot.frozen_at else consequence(lot.account, change=expired)
    context = {"lot": lot, "form": form, "expired_minutes": expired, "foreseen": foreseen}
    return render(request, "dashboard/desk/credit_extend.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*CARING)
def freeze(request: StaffRequest, lot_id: int) -> HttpResponse:
    """Set a lot aside."""
    lot, at = _managed_lot(request, lot_id), timezone.now()
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    if form.carried_out(
        lambda said: corrections.freeze(lot=lot, reason=said["reason"], cause=form.cause(request.user), by=request.user, at=at)
    ):
        return corrected(request, lot.account, _("The credit is frozen."), at=at)
    foreseen = consequence(lot.account, change=-lot.available_minutes, frozen=lot.available_minutes)
    return render(request, "dashboard/desk/credit_freeze.html", {"lot": lot, "form": form, "foreseen": foreseen}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*CARING)
def unfreeze(request: StaffRequest, lot_id: int) -> HttpResponse:
    """Make a frozen lot available again; past its last day it expires at once."""
    lot, at = _managed_lot(request, lot_id), timezone.now()
    form = CorrectionForm(request.POST if request.method == "POST" else None)
    if form.carried_out(
        lambda said: corrections.unfreeze(lot=lot, reason=said["reason"], cause=form.cause(request.user), by=request.user, at=at)
    ):
        return corrected(request, lot.account, _("The credit can be used again."), at=at)
    expires = lot.expires_on is not None and lot.expires_on < local_date(at)
    foreseen = consequence(lot.account, change=0 if expires else lot.frozen_minutes, frozen=-lot.frozen_minutes)
    context = {"lot": lot, "form": form, "foreseen": foreseen, "expires": expires}
    return render(request, "dashboard/desk/credit_unfreeze.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*CARING)
def refund(request: StaffRequest, lot_id: int) -> HttpResponse:
    """Refund unused minutes of a lot: first the sum is shown, then it is done, if it is still that sum."""
    lot, at = _managed_lot(request, lot_id), timezone.now()
    form = RefundForm(request.POST if request.method == "POST" else None, initial={"minutes": lot.available_minutes or None})
    was_done = form.is_shown and corrections.was_done(form.cause(request.user))
    price = _price(form, lot) if form.is_shown and not was_done else None
    as_shown = was_done or (price is not None and request.POST.get("shown_total") == str(price.total.amount))
    if form.is_meant and as_shown and form.carried_out(lambda _said: _refund(form, lot, request, at)):
        size = hours(form.cleaned_data["minutes"])
        return corrected(request, lot.account, _("%(size)s is refunded, and finance has been told.") % {"size": size}, at=at)
    context = {"lot": lot, "form": form, "price": price, "news": form.is_meant and price is not None and not as_shown}
    if price is not None:
        context["foreseen"] = consequence(lot.account, change=-form.cleaned_data["minutes"])
    return render(request, "dashboard/desk/credit_refund.html", context, status=form.status)


def _managed_lot(request: StaffRequest, lot_id: int) -> Lot:
    """The lot, for somebody who may correct it; 404 for who may not see it. Raises NotAllowed for who only reads it."""
    visible = Lot.objects.filter(account__in=CreditAccount.objects.visible_to(request.user))
    lot = get_object_or_404(visible.select_related("account__organisation"), pk=lot_id)
    if not manages(request.user, lot.account.organisation):
        raise NotAllowed
    return lot


def _extend(form: ExtendForm, lot: Lot, request: StaffRequest, at: datetime) -> Entry:
    said = form.cleaned_data
    by, cause = request.user, form.cause(request.user)
    return corrections.extend(lot=lot, expires_on=said["expires_on"], reason=said["reason"], cause=cause, by=by, at=at)


def _refund(form: RefundForm, lot: Lot, request: StaffRequest, at: datetime) -> Refund:
    said = form.cleaned_data
    by, cause = request.user, form.cause(request.user)
    return corrections.refund(lot=lot, minutes=said["minutes"], reason=said["reason"], cause=cause, by=by, at=at)


def _price(form: RefundForm, lot: Lot) -> Price | None:
    """What the minutes would be refunded at; None, and its refusal on the form, where they would not be."""
    minutes = form.cleaned_data["minutes"]
    try:
        corrections.check_refundable(lot, minutes)
    except DomainError as refusal:
        form.refuse(refusal)
        return None
    return corrections.price_of_refund(lot, minutes)
