"""Pages about top-ups: the orders of an account, a new one, withdrawing one (rules C2 to C4).

The price is always the server's. An order carries the total that was shown: where another would be due, it is shown
first and nothing is ordered.
"""

from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients import access, agreements
from clients.portal import SignedIn, portal_page
from core.errors import DomainError, NotAllowed
from core.formatting import hours
from credits import campaigns, portal, topups, validity
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.forms import MOST_MINUTES, TopUpForm

PAGE_LENGTH = 20
LONGEST_NUMBER = 9
"""No more digits than that are read as a number of minutes."""


@require_safe
@portal_page
def orders(request: SignedIn) -> HttpResponse:
    """The accounts that I can top up; with only one, its orders."""
    mine = list(portal.accounts_of(request.user))
    if len(mine) == 1:
        return redirect("topups", mine[0].pk)
    context = {"accounts": portal.with_usage(mine), "step": credit_terms.current().rounding_step_minutes}
    return render(request, "credits/portal/accounts.html", context)


@require_safe
@portal_page
def topup_list(request: SignedIn, account_id: int) -> HttpResponse:
    """The orders of one account, newest first, and what became of each."""
    account = get_object_or_404(portal.accounts_of(request.user), pk=account_id)
    found = portal.top_ups_of(request.user).filter(account=account).select_related("ordered_by").order_by("-ordered_at", "-pk")
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {"account": account, "page": page, "may_top_up": access.is_approver(request.user, account.organisation, at=timezone.now())}
    return render(request, "credits/portal/topups.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def topup_new(request: SignedIn, account_id: int) -> HttpResponse:
    """Order credit: what it costs is shown before, and ordered is what was shown."""
    account = get_object_or_404(portal.accounts_of(request.user), pk=account_id)
    if not access.is_approver(request.user, account.organisation, at=timezone.now()):
        return _only_approvers(request, account)
    terms = credit_terms.current()
    if request.method != "POST":
        asked = TopUpForm.smallest(terms, _at_least(request)) | _asked(request)
        return _order_page(request, account, TopUpForm({**asked, "key": str(uuid4())}, terms=terms))
    form = TopUpForm(request.POST, terms=terms)
    if not form.is_valid():
        return _order_page(request, account, form, status=422)
    if "preview" in request.POST or not _total_was_shown(request, form):
        return _order_page(request, account, form, news="preview" not in request.POST)
    return _order(request, account, form)


@require_POST
@portal_page
def topup_cancel(request: SignedIn, top_up_id: int) -> HttpResponse:
    """Withdraw an order that is not paid."""
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
            reference=wanted["reference"],
        )
    except DomainError as refusal:
        form.add_error(None, str(refusal))
        return _order_page(request, account, form, status=409)
    if top_up.lot_id is None:
        news = _("%(size)s ordered. It becomes credit when the payment has arrived.")
    else:
        news = _("%(size)s ordered, and added to your credit at once.")
    messages.success(request, news % {"size": hours(top_up.minutes)})
    return redirect("topups", account.pk)


def _asked(request: SignedIn) -> dict[str, str]:
    """What the address asks for."""
    return {name: request.GET[name] for name in ("quantity", "unit", "reference") if name in request.GET}


def _at_least(request: SignedIn) -> int:
    """How many minutes are missing, where the address says so: the order proposed covers them."""
    written = request.GET.get("at_least", "")
    return min(int(written), MOST_MINUTES) if written.isdecimal() and len(written) <= LONGEST_NUMBER else 0


def _total_was_shown(request: SignedIn, form: TopUpForm) -> bool:
    """Whether the total that the order comes to is the one that stood on the page."""
    return request.POST.get("shown_total") == str(topups.price_of(form.cleaned_data["minutes"]).total.amount)


def _order_page(request: SignedIn, account: CreditAccount, form: TopUpForm, *, status: int = 200, news: bool = False) -> HttpResponse:
    """The form with the price of what stands in it; `news` says that it is another than before."""
    minutes = form.cleaned_data.get("minutes") if not form.errors or form.non_field_errors() else None
    context = {"account": account, "form": form, "minutes": minutes, "news": news}
    if minutes:
        today = agreements.local_date(timezone.now())
        context["price"] = topups.price_of(minutes)
        context["bonus"] = campaigns.best(minutes=minutes, on=today)
        context["usable_until"] = validity.last_day(today, credit_terms.current().lot_validity_months)
    return render(request, "credits/portal/topup_new.html", context, status=status)


def _only_approvers(request: SignedIn, account: CreditAccount) -> HttpResponse:
    """A requester reads who can order; trying to is refused."""
    if request.method == "POST":
        raise NotAllowed
    context = {"account": account, "approvers": access.approvers(account.organisation, at=timezone.now())}
    return render(request, "credits/portal/topup_ask.html", context)
