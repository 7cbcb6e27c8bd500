"""Files of the books (rule I6): SIE byte for byte as it is kept, its list as a workbook, and the report of a month."""

from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from delivery.report_files import as_csv, as_xlsx
from invoicing.books import files, report
from invoicing.models import BookFile
from invoicing.views.books import first_of_code
from invoicing.views.desk_invoices import XLSX
from invoicing.views.files import HARMLESS


@require_safe
@cache_control(private=True, no_store=True)
@for_staff(StaffDuty.FINANCE)
def sie(request: StaffRequest, file_id: int) -> HttpResponse:
    """The SIE file."""
    file = get_object_or_404(BookFile, pk=file_id)
    return _file(bytes(file.content), "application/octet-stream", f"{files.name_of(file)}.si")


@require_safe
@cache_control(private=True, no_store=True)
@for_staff(StaffDuty.FINANCE)
def listed(request: StaffRequest, file_id: int) -> HttpResponse:
    """What stands in it, as a workbook."""
    file = get_object_or_404(BookFile.objects.defer("content"), pk=file_id)
    return _file(as_xlsx([files.table(files.vouchers_of(file))]), XLSX, f"{files.name_of(file)}.xlsx")


@require_safe
@cache_control(private=True, no_store=True)
@for_staff(StaffDuty.FINANCE)
def credit_of_month(request: StaffRequest, month: str, kind: str) -> HttpResponse:
    """The report of a month by lot, as text for a spreadsheet or as a workbook."""
    if kind not in {"csv", "xlsx"}:
        raise Http404
    table = report.table(first_of_code(month))
    name = f"{slugify(_('Prepaid credit'))}-{month}"
    if kind == "csv":
        return _file(as_csv(table, language=request.user.language), "text/csv; charset=utf-8", f"{name}.csv")
    return _file(as_xlsx([table]), XLSX, f"{name}.xlsx")


def _file(content: bytes, content_type: str, name: str) -> HttpResponse:
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type=content_type, headers=HARMLESS | {"Content-Disposition": disposition})
