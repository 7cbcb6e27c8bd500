"""The statement as a file: for paper, for a spreadsheet, for a program (rules C9, C15, P4)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.models import Provider
from clients.portal import SignedIn, portal_page
from credits import exports, portal
from credits import statement as statements
from credits.accounts import CreditAccount
from credits.exports import StatementTooLong
from credits.forms import PeriodForm
from credits.statement import Statement
from credits.views import periods

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@portal_page
def statement_pdf(request: SignedIn, account_id: int) -> HttpResponse:
    """The statement with letterhead, to print or send."""
    account, provider = _found(request, account_id)
    form, found = _asked(request, account, provider)
    if form.errors:
        return _refused(request, account, form)
    try:
        content = exports.statement_pdf(found, provider=provider, language=request.user.language, at=timezone.now())
    except StatementTooLong as refusal:
        return _refused(request, account, PeriodForm(initial={"first": found.first, "last": found.last}), refusal)
    return _file(content, found, "application/pdf", "pdf")


@require_safe
@portal_page
def statement_xlsx(request: SignedIn, account_id: int) -> HttpResponse:
    """The statement as a workbook."""
    account, provider = _found(request, account_id)
    form, found = _asked(request, account, provider)
    if form.errors:
        return _refused(request, account, form)
    return _file(exports.statement_xlsx(found, zone=provider.zone), found, XLSX, "xlsx")


@require_safe
@portal_page
def statement_csv(request: SignedIn, account_id: int) -> HttpResponse:
    """The statement as text, separated as the reader's spreadsheet expects."""
    account, provider = _found(request, account_id)
    form, found = _asked(request, account, provider)
    if form.errors:
        return _refused(request, account, form)
    content = exports.statement_csv(found, language=request.user.language, zone=provider.zone)
    return _file(content, found, "text/csv; charset=utf-8", "csv")


def _found(request: SignedIn, account_id: int) -> tuple[CreditAccount, Provider]:
    return get_object_or_404(portal.readable_accounts(request.user), pk=account_id), Provider.objects.get()


def _asked(request: SignedIn, account: CreditAccount, provider: Provider) -> tuple[PeriodForm, Statement]:
    form, first, last = periods.asked_for(request, periods.today_of(provider))
    return form, statements.statement(account=account, first=first, last=last)


def _refused(request: SignedIn, account: CreditAccount, form: PeriodForm, refusal: StatementTooLong | None = None) -> HttpResponse:
    context = {"account": account, "period": form, "refusal": refusal}
    return render(request, "credits/portal/bad_period.html", context, status=400)


def _file(content: bytes, found: Statement, content_type: str, suffix: str) -> HttpResponse:
    """The file under a name of plain letters and digits, whatever the names in it are made of."""
    account = found.account
    name = slugify(f"{account.organisation} {account.name}") or slugify(_("Statement"))
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}-{found.first}-{found.last}.{suffix}")
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})
