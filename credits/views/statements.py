"""Pages about what an account has and how that came about: the accounts, a statement, its file (rules C9, C15)."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from django_stubs_ext import StrPromise

from clients import access
from clients.models import Provider
from clients.portal import SignedIn, portal_page
from credits import exports, portal
from credits import statement as statements
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.forms import AsOfForm, PeriodForm

USUAL_DAYS = 90
ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Preset:
    """A period that is asked for often."""

    label: str | StrPromise
    first: date
    last: date
    chosen: bool


@require_safe
@portal_page
def accounts(request: SignedIn) -> HttpResponse:
    """The accounts of mine; with only one of them, its statement."""
    mine = list(portal.accounts_of(request.user))
    if len(mine) == 1:
        return redirect("statement", mine[0].pk)
    context = {"accounts": portal.with_usage(mine), "step": credit_terms.current().rounding_step_minutes}
    return render(request, "credits/portal/accounts.html", context)


@require_safe
@portal_page
def statement(request: SignedIn, account_id: int) -> HttpResponse:
    """What happened in a period, with what is left of each lot, and the balance on any day."""
    account = get_object_or_404(portal.readable_accounts(request.user), pk=account_id)
    provider = Provider.objects.get()
    form, first, last = _period(request, _today(provider))
    context = {
        "account": account,
        "zone": provider.time_zone,
        "usage": portal.usage([account])[account.pk],
        "step": credit_terms.current().rounding_step_minutes,
        "period": form,
        "presets": _presets(_today(provider), first, last),
        "statement": statements.statement(account=account, first=first, last=last),
        "lots": portal.lots_left(account),
        "is_member": access.is_member(request.user, account.organisation),
        "may_top_up": access.is_approver(request.user, account.organisation),
        **_as_of(request, account, provider),
    }
    return render(request, "credits/portal/statement.html", context, status=400 if form.errors or context["as_of"].errors else 200)


@require_safe
@portal_page
def statement_csv(request: SignedIn, account_id: int) -> HttpResponse:
    """The same statement as a file for a spreadsheet."""
    account = get_object_or_404(portal.readable_accounts(request.user), pk=account_id)
    provider = Provider.objects.get()
    form, first, last = _period(request, _today(provider))
    if form.errors:
        return render(request, "credits/portal/bad_period.html", {"account": account, "period": form}, status=400)
    found = statements.statement(account=account, first=first, last=last)
    content = exports.statement_csv(found, language=request.user.language, zone=provider.zone)
    name = f"{slugify(f'{account.organisation} {account.name}')}-{first}-{last}.csv"
    disposition = content_disposition_header(as_attachment=True, filename=name)
    return HttpResponse(content, content_type="text/csv; charset=utf-8", headers={"Content-Disposition": disposition})


def _today(provider: Provider) -> date:
    """The provider's date: statements go by it."""
    return timezone.now().astimezone(provider.zone).date()


def _period(request: SignedIn, today: date) -> tuple[PeriodForm, date, date]:
    """The form with the period asked for, and that period; the usual one where nothing was asked or it cannot be."""
    first, last = today - timedelta(days=USUAL_DAYS - 1), today
    asked = {"first", "last"} & request.GET.keys()
    form = PeriodForm(request.GET) if asked else PeriodForm(initial={"first": first, "last": last})
    if asked and form.is_valid():
        return form, form.cleaned_data["first"], form.cleaned_data["last"]
    return form, first, last


def _presets(today: date, first: date, last: date) -> list[Preset]:
    quarter = today.replace(month=(today.month - 1) // 3 * 3 + 1, day=1)
    before = (quarter - ONE_DAY).replace(day=1)
    usual = [
        (_("Last 90 days"), today - timedelta(days=USUAL_DAYS - 1), today),
        (_("This quarter"), quarter, today),
        (_("Last quarter"), before.replace(month=before.month - 2), quarter - ONE_DAY),
        (_("This year"), today.replace(month=1, day=1), today),
    ]
    return [Preset(label, begins, ends, (begins, ends) == (first, last)) for label, begins, ends in usual]


def _as_of(request: SignedIn, account: CreditAccount, provider: Provider) -> dict[str, Any]:
    """The form of the balance on a day, and the answer where one was asked."""
    if "on" not in request.GET:
        return {"as_of": AsOfForm(initial={"on": _today(provider)})}
    form = AsOfForm(request.GET)
    if not form.is_valid():
        return {"as_of": form}
    midnight = datetime.combine(form.cleaned_data["on"] + ONE_DAY, time(), tzinfo=provider.zone)
    balance = statements.balance_at(account=account, at=midnight - timedelta(microseconds=1))
    return {"as_of": form, "as_of_day": form.cleaned_data["on"], "as_of_minutes": balance}
