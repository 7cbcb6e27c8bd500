"""Pages that say why a figure is what it is: of an account, of a lot, of one line, of rounding (rules C7, C9, C14, C15)."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.models import Provider
from clients.portal import SignedIn, portal_page
from credits import explain, explain_entry, exports, portal, rounding_report
from credits import terms as credit_terms
from credits.accounts import CreditAccount
from credits.exports import StatementTooLong
from credits.rounding_report import Line, Quarter


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
    account, summed, lines = _rounded(request, account_id, year, quarter)
    context = {"account": account, "quarter": summed, "lines": lines, "provider": Provider.objects.get()}
    return render(request, "credits/portal/rounding.html", context)


@require_safe
@portal_page
def rounding_paper(request: SignedIn, account_id: int, year: int, quarter: int) -> HttpResponse:
    """The same with letterhead, to print or keep; beyond what is drawn at once the page says so."""
    account, summed, lines = _rounded(request, account_id, year, quarter)
    provider, language = Provider.objects.get(), request.user.language
    try:
        content = exports.rounding_pdf(account, summed, lines, provider=provider, language=language, at=timezone.now())
    except StatementTooLong as refusal:
        context = {"account": account, "quarter": summed, "lines": lines, "provider": provider, "refusal": refusal}
        return render(request, "credits/portal/rounding.html", context, status=400)
    name = slugify(f"{account.organisation} {account.name}") or slugify(_("Rounding"))
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}-{year}-q{quarter}.pdf") or "attachment"
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


def _rounded(request: SignedIn, account_id: int, year: int, quarter: int) -> tuple[CreditAccount, Quarter, list[Line]]:
    account = get_object_or_404(portal.readable_accounts(request.user), pk=account_id)
    if not (1 <= year <= 9998 and 1 <= quarter <= 4):
        raise Http404
    asked = Quarter(year, quarter)
    lines = rounding_report.lines_of(account, asked)
    (summed,) = rounding_report.by_quarter(line.rounded for line in lines) or [asked]
    return account, summed, lines
