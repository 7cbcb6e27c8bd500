"""The credit of one account at the desk: its lots, adjusting it, closing it and opening it again (rules C13, P5).

Finance and administrators read; the account manager and the deputy act. What a correction frees serves what waits,
and the bookings follow at once.
"""

from datetime import datetime

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from clients.access import manages
from clients.desk import StaffRequest, for_staff
from core.errors import NotAllowed
from core.formatting import hours_signed
from core.forms import ReasonForm
from credits import closing, corrections
from credits.accounts import CreditAccount
from credits.consequences import Consequence, consequence
from credits.ledger import Entry, Lot
from dashboard.clients import CORRECTIONS
from dashboard.credit_forms import AdjustForm
from dashboard.views.desk_clients import CARING
from sessions import cover, ending

PAGE_LENGTH = 25
NEWEST = 10
USABLE = Q(available_minutes__gt=0) | Q(held_minutes__gt=0) | Q(frozen_minutes__gt=0) | Q(expired_minutes__gt=0)


@require_safe
@for_staff(*CARING)
def account(request: StaffRequest, account_id: int) -> HttpResponse:
    """One account: what it has, its lots with what can be done about each, and what was corrected last."""
    found = visible_accounts(request, account_id)
    lots = Lot.objects.filter(USABLE, account=found).select_related("origin__account").order_by(F("expires_on").asc(nulls_last=True), "pk")
    corrected = Entry.objects.filter(account=found, kind__in=CORRECTIONS).select_related("account", "by", "reversed_by")
    context = {
        "account": found,
        "page": Paginator(lots, PAGE_LENGTH).get_page(request.GET.get("page")),
        "entries": corrected.order_by("-number")[:NEWEST],
        "manages": manages(request.user, found.organisation),
    }
    return render(request, "dashboard/desk/credit_account.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*CARING)
def adjust(request: StaffRequest, account_id: int) -> HttpResponse:
    """Add or take minutes: first what it does is shown, then it is done."""
    found, at = managed_account(request, account_id), timezone.now()
    form = AdjustForm(request.POST if request.method == "POST" else None)
    if form.is_meant and form.carried_out(lambda said: _adjust(form, found, request, at, said["reason"])):
        return corrected(request, found, _("The credit is adjusted by %(change)s.") % {"change": hours_signed(form.change)}, at=at)
    foreseen = _foreseen(form, found) if form.is_shown else None
    context = {"account": found, "form": form, "foreseen": foreseen}
    return render(request, "dashboard/desk/credit_adjust.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*CARING)
def close(request: StaffRequest, account_id: int) -> HttpResponse:
    """Close an account that is empty; say what keeps it open where it is not."""
    found, at = managed_account(request, account_id), timezone.now()
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: ending.close_account(account=found, by=request.user, at=at, **said)):
        messages.success(request, _("The account is closed."))
        return redirect("desk-account", found.pk)
    context = {"account": found, "form": form, "hindrances": closing.hindrances(found)}
    return render(request, "dashboard/desk/credit_close.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*CARING)
def reopen(request: StaffRequest, account_id: int) -> HttpResponse:
    """Open a closed account again."""
    found, at = managed_account(request, account_id), timezone.now()
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: closing.reopen(account=found, by=request.user, at=at, **said)):
        messages.success(request, _("The account is open again."))
        return redirect("desk-account", found.pk)
    return render(request, "dashboard/desk/credit_reopen.html", {"account": found, "form": form}, status=form.status)


def visible_accounts(request: StaffRequest, account_id: int) -> CreditAccount:
    """The account, if this person may read it; 404 otherwise."""
    visible = CreditAccount.objects.visible_to(request.user).select_related("organisation")
    return get_object_or_404(visible, pk=account_id)


def managed_account(request: StaffRequest, account_id: int) -> CreditAccount:
    """The account, for somebody who may correct it; 404 for who may not see it. Raises NotAllowed for who only reads it."""
    found = visible_accounts(request, account_id)
    if not manages(request.user, found.organisation):
        raise NotAllowed
    return found


def corrected(request: StaffRequest, account: CreditAccount, told: str, *, at: datetime) -> HttpResponse:
    """Let the bookings follow what was freed, say what was done, and show the account."""
    if moved_on := cover.follow_account(account_id=account.pk, at=at):
        followed = ngettext("%(number)s waiting booking moved on.", "%(number)s waiting bookings moved on.", moved_on)
        told = f"{told} {followed % {'number': moved_on}}"
    messages.success(request, told)
    return redirect("desk-account", account.pk)


def _adjust(form: AdjustForm, account: CreditAccount, request: StaffRequest, at: datetime, reason: str) -> Entry:
    cause = form.cause(request.user)
    return corrections.adjust(account=account, minutes=form.change, reason=reason, cause=cause, by=request.user, at=at)


def _foreseen(form: AdjustForm, account: CreditAccount) -> Consequence | None:
    """What the form would do; None, and its refusal on the form, where it would be refused."""
    if -form.change > account.available_minutes:
        form.refuse(corrections.TakenIntoDebt(available=account.available_minutes))
        return None
    return consequence(account, change=form.change)
