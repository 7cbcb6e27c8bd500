"""Pages about top-ups: the orders of an account, a new one, agreeing to one, withdrawing one (rules C2 to C4).

The price is always the server's. An order carries the total that was shown: where another would be due, it is shown
first and nothing is ordered. Above the sum that one decides alone a second approver agrees to it (rules: People).
"""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe
from djmoney.money import Money

from clients import agreements, limits, sales
from clients.models import Organisation
from clients.portal import SignedIn, in_view, portal_page
from clients.vat import Treatment
from core.errors import DomainError, NotAllowed
from core.formatting import hours
from credits import auto_top_ups, campaigns, order_forms, portal, spending, topup_papers, topups, validity
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.forms import MOST_MINUTES, TopUpForm
from credits.topups import Price, TopUp, TopUpState

PAGE_LENGTH = 20
LONGEST_NUMBER = 9
"""No more digits than that are read as a number of minutes."""


@require_safe
@portal_page
def orders(request: SignedIn) -> HttpResponse:
    """The open accounts that I can top up; with only one, its orders."""
    mine = list(portal.accounts_of(request.user).filter(closed_at=None, organisation__in=in_view(request)))
    if len(mine) == 1:
        return redirect("topups", mine[0].pk)
    context = {"accounts": portal.with_usage(mine), "step": credit_terms.current().rounding_step_minutes}
    return render(request, "credits/portal/accounts.html", context)


@require_safe
@portal_page
def topup_list(request: SignedIn, account_id: int) -> HttpResponse:
    """The orders of one account, newest first, and what became of each."""
    account = get_object_or_404(portal.accounts_of(request.user), pk=account_id)
    found = portal.orders_of(request.user).filter(account=account).select_related("ordered_by", "approved_by")
    page = Paginator(found.order_by("-ordered_at", "-pk"), PAGE_LENGTH).get_page(request.GET.get("page"))
    may_top_up = account.closed_at is None and spending.may_decide(request.user, account, at=timezone.now())
    listed = list(page.object_list)
    papers, orders = topup_papers.pages_of(listed), topups.purchase_orders_of(listed)
    rows = [(top_up, papers.get(top_up.pk), orders.get(top_up.pk)) for top_up in listed]
    agreement = auto_top_ups.live_of(account)
    context = {"account": account, "page": page, "rows": rows, "may_top_up": may_top_up, "agreement": agreement}
    return render(request, "credits/portal/topups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def topup_new(request: SignedIn, account_id: int) -> HttpResponse:
    """Order credit: what it costs is shown before, and ordered is what was shown."""
    account, now = get_object_or_404(portal.accounts_of(request.user), pk=account_id), timezone.now()
    if not spending.may_decide(request.user, account, at=now):
        return _only_approvers(request, account)
    terms = credit_terms.current()
    if request.method != "POST":
        asked = TopUpForm.smallest(terms, _at_least(request)) | _asked(request)
        asked |= order_forms.shown(account.organisation, text="reference", at=now, number=asked.get("reference", account.reference))
        return _order_page(request, account, _form({**asked, "key": str(uuid4())}, account, terms, now))
    form = _form(request.POST, account, terms, now)
    if not form.is_valid():
        return _order_page(request, account, form, status=422)
    if "preview" in request.POST or not _total_was_shown(request, account, form):
        return _order_page(request, account, form, news="preview" not in request.POST)
    return _order(request, account, form)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def topup_approval(request: SignedIn, top_up_id: int) -> HttpResponse:
    """An order that takes a second approver: what it is, and agreeing to it. Opening the address does nothing."""
    found = portal.top_ups_of(request.user).select_related("account__organisation", "ordered_by", "approved_by", "closed_by")
    top_up, refusal = get_object_or_404(found, pk=top_up_id), None
    if request.method == "POST":
        try:
            approved = topups.approve(top_up=top_up, by=request.user, at=timezone.now())
        except NotAllowed:
            raise
        except DomainError as refused:
            refusal = refused
        else:
            messages.success(request, _news(approved))
            return redirect("topups", top_up.account_id)
    about = spending.voices_about(top_up.account, at=timezone.now())
    seconds = limits.seconds_to(topups.first_yes(top_up), among=about)
    alone = limits.decides_alone(request.user, top_up.net.amount, among=about)
    context = {"top_up": top_up, "refusal": refusal, "seconds": seconds, "may_approve": alone or request.user in seconds}
    context["may_decide"] = any(voice.person == request.user for voice in about)
    return render(request, "credits/portal/topup_approval.html", context, status=409 if refusal else 200)


@require_POST
@portal_page
def topup_cancel(request: SignedIn, top_up_id: int) -> HttpResponse:
    """Withdraw an order that is not paid, or decline one that waits for a second approver."""
    top_up = get_object_or_404(portal.top_ups_of(request.user).select_related("account__organisation"), pk=top_up_id)
    try:
        topups.cancel(top_up=top_up, by=request.user, at=timezone.now())
    except topups.TopUpClosed as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The order of %(size)s is withdrawn. Nothing will be charged.") % {"size": hours(top_up.minutes)})
    return redirect("topups", top_up.account_id)


def _order(request: SignedIn, account: CreditAccount, form: TopUpForm) -> HttpResponse:
    wanted = form.cleaned_data
    try:
        top_up = topups.order(
            account=account,
            minutes=wanted["minutes"],
            cause=f"top-up-order:{request.user.pk}:{wanted['key']}",
            by=request.user,
            at=timezone.now(),
            reference=order_forms.chosen(wanted, text="reference"),
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _order_page(request, account, form, status=409)
    messages.success(request, _news(top_up))
    return redirect("topups", account.pk)


def _form(said: Mapping[str, Any], account: CreditAccount, terms: credit_terms.CreditTerms, at: datetime) -> TopUpForm:
    """The form, with the choice among the client's purchase orders (rule I8)."""
    form = TopUpForm(said, terms=terms)
    order_forms.offer(form, account.organisation, text="reference", at=at)
    return form


def _news(top_up: TopUp) -> str:
    """What has come of an order."""
    if top_up.state == TopUpState.AWAITING_APPROVAL:
        news = _("The order of %(size)s waits for a second approver, who has been asked. Nothing is ordered until then.")
    elif topup_papers.becomes_credit_by_invoice(top_up):
        news = _("%(size)s ordered. It becomes credit as soon as its invoice is issued.")
    elif top_up.lot_id is None:
        news = _("%(size)s ordered. It becomes credit when the payment has arrived.")
    else:
        news = _("%(size)s ordered, and added to your credit at once.")
    return news % {"size": hours(top_up.minutes)}


def _asked(request: SignedIn) -> dict[str, str]:
    """What the address asks for."""
    return {name: request.GET[name] for name in ("quantity", "unit", "reference") if name in request.GET}


def _at_least(request: SignedIn) -> int:
    """How many minutes are missing, where the address says so: the order proposed covers them."""
    written = request.GET.get("at_least", "")
    return min(int(written), MOST_MINUTES) if written.isdecimal() and len(written) <= LONGEST_NUMBER else 0


def _total_was_shown(request: SignedIn, account: CreditAccount, form: TopUpForm) -> bool:
    """Whether the total that the order comes to is the one that stood on the page."""
    price = topups.price_of(form.cleaned_data["minutes"], account.organisation)
    return request.POST.get("shown_total") == str(price.total.amount)


def _order_page(request: SignedIn, account: CreditAccount, form: TopUpForm, *, status: int = 200, news: bool = False) -> HttpResponse:
    """The form with the price of what stands in it; `news` says that it is another than before."""
    minutes = form.cleaned_data.get("minutes") if not form.errors or form.non_field_errors() else None
    context: dict[str, Any] = {"account": account, "form": form, "minutes": minutes, "news": news}
    if minutes:
        today = agreements.local_date(timezone.now())
        context["price"] = price = topups.price_of(minutes, account.organisation)
        context |= _second_approver(request, account, price) | _said_of(account.organisation, today)
        context["bonus"] = campaigns.best(minutes=minutes, on=today)
        context["usable_until"] = validity.last_day(today, credit_terms.current().lot_validity_months)
    return render(request, "credits/portal/topup_new.html", context, status=status)


def _said_of(client: Organisation, today: date) -> dict[str, Any]:
    """Why the client bears no VAT, where it bears none, and when the order becomes credit (rules C4, I2)."""
    treatment = sales.treatment(client)
    return {
        "vat_treatment": "" if treatment == Treatment.DOMESTIC else treatment.label,
        "comes_with": topup_papers.comes_with(client, on=today),
    }


def _second_approver(request: SignedIn, account: CreditAccount, price: Price) -> dict[str, Any]:
    """Whether the price is above what the reader decides alone, up to which sum that goes, and who would be asked."""
    about = spending.voices_about(account, at=timezone.now())
    if limits.decides_alone(request.user, price.net.amount, among=about):
        return {}
    limit = limits.limit_of(request.user, among=about) or 0
    return {"takes_second": True, "limit": Money(limit, price.net.currency), "seconds": limits.seconds(request.user, among=about)}


def _only_approvers(request: SignedIn, account: CreditAccount) -> HttpResponse:
    """A requester reads who can order; trying to is refused."""
    if request.method == "POST":
        raise NotAllowed
    context = {"account": account, "approvers": spending.deciders(account, at=timezone.now())}
    return render(request, "credits/portal/topup_ask.html", context)
