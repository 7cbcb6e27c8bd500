"""The page of an account's automatic top-ups: what is agreed, and what can be done about it (rules C2, C16).

Clients and the provider's people share it: approvers agree, both sides stop, finance says when invoices are issued.
"""

from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from clients import access
from clients.models import StaffDuty
from clients.portal import SignedIn, portal_page
from core.errors import NotAllowed
from core.forms import ActForm, ReasonForm
from credits import auto_top_ups, order_forms, portal, spending, terms, topups
from credits.accounts import CreditAccount
from credits.auto_forms import AgreeForm, IssuingForm
from credits.auto_top_ups import AutoTopUp

NEWEST = 10


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def auto_top_up(request: SignedIn, account_id: int) -> HttpResponse:
    """What is agreed about an account; sent, an approver agrees to something new."""
    account, at = get_object_or_404(portal.readable_accounts(request.user), pk=account_id), timezone.now()
    if request.method != "POST":
        return _page(request, account)
    if not spending.may_decide(request.user, account, at=at):
        raise NotAllowed
    form = _agree_form(account, request.POST)

    def agree(said: dict[str, Any]) -> None:
        cause = f"auto-top-up:{request.user.pk}:{said['key']}"
        auto_top_ups.agree(account=account, wanted=form.agreed, cause=cause, by=request.user, at=at)

    if form.carried_out(agree):
        messages.success(request, _("Agreed. Everybody concerned has been told."))
        return redirect("auto-top-up", account.pk)
    return _page(request, account, status=form.status, form=form)


@require_POST
@portal_page
def auto_approve(request: SignedIn, agreement_id: int) -> HttpResponse:
    """Agree to it as the second approver."""
    found, at, form = _find(request, agreement_id), timezone.now(), ActForm(request.POST)
    if form.carried_out(lambda _said: auto_top_ups.approve(found, by=request.user, at=at)):
        messages.success(request, _("Agreed. Credit is ordered automatically from now on."))
        return redirect("auto-top-up", found.account_id)
    return _page(request, found.account, status=form.status, refusal=form.refusal)


@require_POST
@portal_page
def auto_stop(request: SignedIn, agreement_id: int) -> HttpResponse:
    """Order nothing more by itself, for a reason."""
    found, at, form = _find(request, agreement_id), timezone.now(), ReasonForm(request.POST)
    if form.carried_out(lambda said: auto_top_ups.stop(found, reason=said["reason"], by=request.user, at=at)):
        messages.success(request, _("Stopped. Nothing is ordered automatically any more."))
        return redirect("auto-top-up", found.account_id)
    return _page(request, found.account, status=form.status, stop_form=form)


@require_POST
@portal_page
def auto_issuing(request: SignedIn, agreement_id: int) -> HttpResponse:
    """Say whether its invoices are issued at once."""
    found, at, form = _find(request, agreement_id), timezone.now(), IssuingForm(request.POST)
    if form.carried_out(lambda said: auto_top_ups.set_issuing(found, at_once=said["at_once"], by=request.user, at=at)):
        messages.success(request, _("Written down. It holds for what is ordered and drafted from now on."))
        return redirect("auto-top-up", found.account_id)
    return _page(request, found.account, status=form.status, issuing_form=form, refusal=form.refusal)


def _page(request: SignedIn, account: CreditAccount, *, status: int = 200, **more: Any) -> HttpResponse:
    """The page; `more` are forms that were refused, by the name that the page knows them by."""
    at, agreement = timezone.now(), auto_top_ups.live_of(account)
    decides = account.closed_at is None and spending.may_decide(request.user, account, at=at)
    waits = agreement is not None and agreement.state == auto_top_ups.AutoTopUpState.AWAITING_APPROVAL
    seconds = auto_top_ups.seconds(agreement, at=at) if agreement and waits else []
    may_stop = agreement is not None and auto_top_ups.may_stop(request.user, agreement, at=at)
    is_finance = access.has_duty(request.user, StaffDuty.FINANCE)
    context: dict[str, Any] = {
        "account": account,
        "agreement": agreement,
        "price": topups.price_of(agreement.minutes, account.organisation) if agreement else None,
        "made": auto_top_ups.in_month(account, at=at).count(),
        "last": auto_top_ups.last_stopped_of(account) if agreement is None else None,
        "orders": account.top_ups.exclude(automatic=None).order_by("-ordered_at", "-pk")[:NEWEST],
        "seconds": seconds,
        "may_approve": request.user in seconds,
        "form": _agree_form(account) if decides and agreement is None else None,
        "stop_form": ReasonForm() if may_stop else None,
        "issuing_form": IssuingForm(initial={"at_once": agreement.issues_at_once}) if agreement and is_finance else None,
        "at_desk": access.is_provider_staff(request.user),
    }
    return render(request, "credits/auto/auto_top_up.html", context | more, status=status)


def _agree_form(account: CreditAccount, said: Any = None) -> AgreeForm:
    at, now = timezone.now(), terms.current()
    shown = order_forms.shown(account.organisation, text="reference", at=at, number=account.reference)
    form = AgreeForm(said, initial={**AgreeForm.usual(now), **shown, "key": str(uuid4())}, terms=now)
    order_forms.offer(form, account.organisation, text="reference", at=at)
    return form


def _find(request: SignedIn, agreement_id: int) -> AutoTopUp:
    """The agreement, if one may read its account; 404 otherwise."""
    return get_object_or_404(AutoTopUp.objects.visible_to(request.user).select_related("account__organisation"), pk=agreement_id)
