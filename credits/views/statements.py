"""Pages about what an account has and how that came about: the accounts, a statement (rules C7, C9, C15)."""

from datetime import datetime, time, timedelta
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients import access
from clients.models import Provider
from clients.portal import SignedIn, in_view, portal_page
from credits import explain, months, portal, rounding_report, spending
from credits import statement as statements
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.forms import AsOfForm
from credits.statement import Entry, Statement
from credits.views import periods

PAGE_LENGTH = 50


@require_safe
@portal_page
def accounts(request: SignedIn) -> HttpResponse:
    """The accounts of mine; with only one of them, its statement."""
    mine = list(portal.accounts_of(request.user).filter(organisation__in=in_view(request)))
    if len(mine) == 1:
        return redirect("statement", mine[0].pk)
    context = {"accounts": portal.with_usage(mine), "step": credit_terms.current().rounding_step_minutes}
    return render(request, "credits/portal/accounts.html", context)


@require_safe
@portal_page
def statement(request: SignedIn, account_id: int) -> HttpResponse:
    """What happened in a period, with what is left of each lot, what rounding did, and the balance on any day."""
    account = get_object_or_404(portal.readable_accounts(request.user), pk=account_id)
    provider = Provider.objects.get()
    today = periods.today_of(provider)
    form, first, last = periods.asked_for(request, today)
    context = {
        "account": account,
        "provider": provider,
        "usage": portal.usage([account])[account.pk],
        "step": credit_terms.current().rounding_step_minutes,
        "figures": explain.figures_of(account),
        "period": form,
        "presets": periods.presets(today, first, last),
        **_lines(request, statements.statement(account=account, first=first, last=last)),
        "quarters": rounding_report.of_year(account, last.year),
        "lots": portal.lots_left(account),
        "is_member": access.is_member(request.user, account.organisation),
        "may_top_up": account.closed_at is None and spending.may_decide(request.user, account, at=timezone.now()),
        "month": months.standing(account, today),
        **_as_of(request, account, provider),
    }
    return render(request, "credits/portal/statement.html", context, status=400 if form.errors or context["as_of"].errors else 200)


def _lines(request: SignedIn, found: Statement) -> dict[str, Any]:
    """The page of lines asked for, with the balance carried to it and on from it."""
    page: Page[Entry] = Paginator(found.entries, PAGE_LENGTH).get_page(request.GET.get("page"))
    listed = page.object_list
    return {
        "statement": found,
        "page": page,
        "brought_forward": listed[0].balance_after - listed[0].minutes if len(page) else found.opening_minutes,
        "carried_forward": listed[-1].balance_after if len(page) else found.closing_minutes,
    }


def _as_of(request: SignedIn, account: CreditAccount, provider: Provider) -> dict[str, Any]:
    """The form of the balance on a day, and the answer where one was asked."""
    if "on" not in request.GET:
        return {"as_of": AsOfForm(initial={"on": periods.today_of(provider)})}
    form = AsOfForm(request.GET)
    if not form.is_valid():
        return {"as_of": form}
    midnight = datetime.combine(form.cleaned_data["on"] + periods.ONE_DAY, time(), tzinfo=provider.zone)
    balance = statements.balance_at(account=account, at=midnight - timedelta(microseconds=1))
    return {"as_of": form, "as_of_day": form.cleaned_data["on"], "as_of_minutes": balance}
