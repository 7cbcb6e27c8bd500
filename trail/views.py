"""The pages of the audit log, for administrators."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from delivery.report_files import Table, as_csv, as_xlsx
from trail import files, reading
from trail.forms import FilterForm
from trail.models import Entry
from trail.reading import Wanted

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@for_staff(StaffDuty.ADMINISTRATOR)
def log(request: StaffRequest) -> HttpResponse:
    """What was done, the newest first, as far as it is asked for."""
    form = FilterForm(request.GET)
    wanted = form.wanted
    context = {"form": form, "wanted": wanted, "page": reading.page(wanted), "is_narrowed": bool(form.query)}
    return render(request, "trail/log.html", context, status=200 if form.is_valid() else 422)


@require_safe
@for_staff(StaffDuty.ADMINISTRATOR)
def entry(request: StaffRequest, entry_id: int) -> HttpResponse:
    """One entry, with all that was changed and where it came from."""
    asked = Entry.objects.select_related("person", "organisation", "whereabouts")
    (line,) = reading.lines([get_object_or_404(asked, pk=entry_id)])
    return render(request, "trail/entry.html", {"line": line})


@require_safe
@for_staff(StaffDuty.ADMINISTRATOR)
def text(request: StaffRequest) -> HttpResponse:
    """What is asked for, as text for a spreadsheet."""
    return _file(as_csv(_table(request), language=request.user.language), "text/csv; charset=utf-8", "csv")


@require_safe
@for_staff(StaffDuty.ADMINISTRATOR)
def workbook(request: StaffRequest) -> HttpResponse:
    """The same as a workbook."""
    return _file(as_xlsx([_table(request)]), XLSX, "xlsx")


def _table(request: StaffRequest) -> Table:
    wanted: Wanted = FilterForm(request.GET).wanted
    return files.table(reading.exported(wanted), zone=request.user.zone)


def _file(content: bytes, content_type: str, suffix: str) -> HttpResponse:
    name = f"{slugify(_('Audit log'))}-{timezone.localdate()}.{suffix}"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)}
    return HttpResponse(content, content_type=content_type, headers=headers)
