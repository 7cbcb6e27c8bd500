"""Pages that say why a figure is what it is: of an account, of a lot, of one line, of rounding (rules C7, C9, C14, C15)."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from clients.models import Provider
from clients.portal import SignedIn, portal_page
from credits import explain, explain_entry, portal, rounding_report
from credits import terms as credit_terms


@require_safe
@portal_page
def why(request: SignedIn, account_id: int, figure: str) -> HttpResponse:
    """What a figure of an account is made of."""
    account = get_object_or_404(portal.readable_accounts(request.user), pk=account_id)
    if figure not in explain.FIGURES:
        raise Http404
    context = {
        "account": account,
        "why": explain.explain(account, figure, to=request.user),
        "step": credit_terms.current().rounding_step_minutes if figure == "available" else None,
        "zone": Provider.objects.get().time_zone,
    }
    return render(request, "credits/portal/why.html", context)


@require_safe
@portal_page
def lot_why(request: SignedIn, lot_id: int) -> HttpResponse:
    """What became of a lot, line by line."""
    lot = get_object_or_404(explain.lots_of(request.user), pk=lot_id)
    context = {"account": lot.account, "lot": lot, "why": explain.explain_lot(lot), "zone": Provider.objects.get().time_zone}
    return render(request, "credits/portal/why.html", context)


@require_safe
@portal_page
def entry(request: SignedIn, entry_id: int) -> HttpResponse:
    """One line of a statement: what, why, who, and how it came to its figure."""
    found = explain_entry.entries_of(request.user).select_related("account__organisation", "by", "reverses", "hold", "lot")
    facts = explain_entry.facts_of(get_object_or_404(found, pk=entry_id), to=request.user)
    return render(request, "credits/portal/entry.html", {"facts": facts, "zone": Provider.objects.get().time_zone})


@require_safe
@portal_page
def rounding(request: SignedIn, account_id: int, year: int, quarter: int) -> HttpResponse:
    """What rounding did in a quarter, deduction by deduction."""
    account = get_object_or_404(portal.readable_accounts(request.user), pk=account_id)
    if not (1 <= year <= 9998 and 1 <= quarter <= 4):
        raise Http404
    asked = rounding_report.Quarter(year, quarter)
    lines = rounding_report.lines_of(account, asked)
    (summed,) = rounding_report.by_quarter(line.rounded for line in lines) or [asked]
    context = {"account": account, "quarter": summed, "lines": lines, "provider": Provider.objects.get()}
    return render(request, "credits/portal/rounding.html", context)
