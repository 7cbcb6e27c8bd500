"""The reports of delivery: over a period, on a page and as files (rules T2, D1, D3)."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.desk import StaffRequest, for_staff
from clients.models import Provider
from credits.forms import PeriodForm
from credits.views import periods
from delivery import report_files
from delivery import reports as figures
from delivery.reports import READERS, Report

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_TASKS = 100


@require_safe
@for_staff(*READERS)
def reports(request: StaffRequest) -> HttpResponse:
    """The figures of a period."""
    today = periods.today_of(Provider.objects.get())
    form, found = _asked(request)
    context = {
        "period": form,
        "report": found,
        "presets": periods.presets(today, found.first, found.last),
        "tasks": found.tasks[:MOST_TASKS],
        "more_tasks": max(len(found.tasks) - MOST_TASKS, 0),
    }
    return render(request, "delivery/desk/reports.html", context, status=422 if form.errors else 200)


@require_safe
@for_staff(*READERS)
def workbook(request: StaffRequest) -> HttpResponse:
    """All tables as a workbook."""
    form, found = _asked(request)
    if form.errors:
        return reports(request)
    return _file(report_files.as_xlsx(report_files.tables(found).values()), found, _("Delivery"), XLSX, "xlsx")


@require_safe
@for_staff(*READERS)
def text(request: StaffRequest, table: str) -> HttpResponse:
    """One table as text for a spreadsheet."""
    form, found = _asked(request)
    if form.errors:
        return reports(request)
    tables = report_files.tables(found)
    if table not in tables:
        raise Http404
    return _file(
        report_files.as_csv(tables[table], language=request.user.language), found, tables[table].title, "text/csv; charset=utf-8", "csv"
    )


def _asked(request: StaffRequest) -> tuple[PeriodForm, Report]:
    """The form of the period asked for, and its figures; of the usual period where it cannot be."""
    form, first, last = periods.asked_for(request, periods.today_of(Provider.objects.get()))
    return form, figures.report(request.user, first=first, last=last)


def _file(content: bytes, found: Report, name: str, content_type: str, suffix: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=f"{slugify(name)}-{found.first}-{found.last}.{suffix}")
    return HttpResponse(content, content_type=content_type, headers={"Content-Disposition": disposition})
