"""Figures for the authorities and the accountant at the desk, on pages and as files (rules I2, I6). For finance alone."""

from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients import provider
from clients.agreements import local_date
from clients.desk import StaffRequest
from core.errors import DomainError
from invoicing import ec_sales, figures_files, penalty_list, vat_return
from invoicing.figures_files import TABLES
from invoicing.figures_forms import TaxPeriodForm, name_of
from invoicing.views.offering import for_finance

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT = "text/plain; charset=iso-8859-1"
MOST_LINES = 500
"""Documents or penalties on a page; the files have all."""


@require_safe
@for_finance
def vat(request: StaffRequest) -> HttpResponse:
    """The figures of the VAT return, box by box, each with its documents."""
    form = _form(request)
    found = vat_return.figures(form.chosen)
    return _page(request, form, "vat", {"found": found, "seller": provider.current(), "most": MOST_LINES})


@require_safe
@for_finance
def sales(request: StaffRequest) -> HttpResponse:
    """The EC sales list, with what keeps somebody from being reported."""
    return _sales(request, _form(request))


@require_safe
@for_finance
def sales_file(request: StaffRequest) -> HttpResponse:
    """The list as the tax agency reads it."""
    form, ours = _form(request), provider.current()
    if form.errors:
        return _sales(request, form)
    contact = ec_sales.contact_of(request.user, ours)
    try:
        content = ec_sales.file_of(ec_sales.listed(form.chosen), our_number=ours.vat_number, contact=contact)
    except DomainError as refusal:
        return _sales(request, form, refusal=refusal)
    return _file(content, f"SKV5740-{form.chosen.code}.txt", TEXT)


@require_safe
@for_finance
def penalties(request: StaffRequest) -> HttpResponse:
    """The penalties of the period, and what they come to."""
    form = _form(request)
    lines = penalty_list.of(form.chosen)
    more = max(len(lines) - MOST_LINES, 0)
    return _page(request, form, "penalties", {"lines": lines[:MOST_LINES], "more": more, "sums": penalty_list.sums(lines)})


@require_safe
@for_finance
def text(request: StaffRequest, report: str, place: int) -> HttpResponse:
    """One table of a report as text for a spreadsheet."""
    form, tables = _form(request), TABLES.get(report)
    if tables is None or form.errors:
        raise Http404
    found = tables(form.chosen)
    if not 1 <= place <= len(found):
        raise Http404
    content = figures_files.as_csv(found[place - 1], language=request.user.language)
    return _file(content, f"{slugify(found[0].title)}-{form.chosen.code}-{place}.csv", "text/csv; charset=utf-8")


@require_safe
@for_finance
def workbook(request: StaffRequest, report: str) -> HttpResponse:
    """All tables of a report as a workbook."""
    form, tables = _form(request), TABLES.get(report)
    if tables is None or form.errors:
        raise Http404
    found = tables(form.chosen)
    return _file(figures_files.as_xlsx(found), f"{slugify(found[0].title)}-{form.chosen.code}.xlsx", XLSX)


def _sales(request: StaffRequest, form: TaxPeriodForm, refusal: DomainError | None = None) -> HttpResponse:
    found = ec_sales.listed(form.chosen)
    return _page(request, form, "ec-sales", {"found": found, "refusal": refusal}, status=409 if refusal else 200)


def _form(request: StaffRequest) -> TaxPeriodForm:
    return TaxPeriodForm(request.GET, today=local_date(timezone.now()))


def _page(request: StaffRequest, form: TaxPeriodForm, report: str, context: dict[str, Any], *, status: int = 200) -> HttpResponse:
    tabs = [("desk-reports", "vat", _("VAT return")), ("desk-report-ec", "ec-sales", _("EC sales list"))]
    tabs.append(("desk-report-penalties", "penalties", _("Penalties")))
    said = {"form": form, "period": form.chosen, "period_name": name_of(form.chosen), "tabs": tabs, "report": report}
    return render(request, f"invoicing/desk/report_{report.replace('-', '_')}.html", said | context, status=422 if form.errors else status)


def _file(content: bytes, name: str, content_type: str) -> HttpResponse:
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment"}
    return HttpResponse(content, content_type=content_type, headers=headers | {"X-Content-Type-Options": "nosniff"})
