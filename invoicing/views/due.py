"""The desk's list of overdue invoices, what is done about many at once, and the list as a file (rules I5, I8)."""

from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from clients.access import has_duty
from clients.agreements import local_date
from clients.desk import StaffRequest
from clients.models import StaffDuty
from delivery.report_files import Table, as_csv, as_xlsx
from invoicing import due_acts, due_files, due_listing, life, pressing, rates
from invoicing.due_acts import Act
from invoicing.due_forms import OverdueForm
from invoicing.models import Invoice
from invoicing.views.offering import for_finance

PAGE_LENGTH = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@for_finance
def overdue(request: StaffRequest) -> HttpResponse:
    """What is overdue, client by client."""
    return _show(request)


@require_POST
@for_finance
def act(request: StaffRequest) -> HttpResponse:
    """Remind of the chosen invoices now, stop them or resume them, each by itself; those that were refused say why."""
    life.check_finance(request.user)
    form = OverdueForm(request.POST, invoices=Invoice.objects.visible_to(request.user))
    if not form.is_valid():
        messages.error(request, form.first_error)
        return _show(request, status=422)
    done, refused = due_acts.carry_out(form.asked, form.cleaned_data["invoice"], by=request.user, at=timezone.now())
    if done:
        messages.success(request, _told(form.asked.act, len(done)))
    if not refused:
        return redirect("desk-overdue")
    for invoice in form.cleaned_data["invoice"]:
        if invoice.pk in refused:
            messages.error(request, f"{invoice}: {refused[invoice.pk]}")
    return _show(request, status=409, refused=refused)


@require_safe
@for_finance
def text(request: StaffRequest) -> HttpResponse:
    """The list as text for a spreadsheet."""
    return _file(as_csv(_table(request), language=request.user.language), "text/csv; charset=utf-8", "csv")


@require_safe
@for_finance
def workbook(request: StaffRequest) -> HttpResponse:
    """The same as a workbook."""
    return _file(as_xlsx([_table(request)]), XLSX, "xlsx")


def _show(request: StaffRequest, *, status: int = 200, refused: dict[int, str] | None = None) -> HttpResponse:
    at = timezone.now()
    today = local_date(at)
    page = Paginator(due_listing.overdue(request.user, today=today), PAGE_LENGTH).get_page(request.GET.get("page"))
    rows = due_listing.rows(page.object_list, today=today, refused=refused)
    context = {
        "page": page,
        "groups": due_listing.groups(rows),
        "has_steps": bool(pressing.steps()),
        "rate_missing": rates.missing(at) if any(row.cost is None for row in rows) else None,
        "may_act": has_duty(request.user, StaffDuty.FINANCE),
        "key": uuid4(),
    }
    return render(request, "invoicing/desk/overdue.html", context, status=status)


def _told(done: Act, number: int) -> str:
    said = {
        Act.REMIND: ngettext("%(number)s reminder is sent.", "%(number)s reminders are sent.", number),
        Act.STOP: ngettext("Reminders of %(number)s invoice are stopped.", "Reminders of %(number)s invoices are stopped.", number),
        Act.RESUME: ngettext("Reminders of %(number)s invoice go out again.", "Reminders of %(number)s invoices go out again.", number),
    }
    return said[done] % {"number": number}


def _table(request: StaffRequest) -> Table:
    today = local_date(timezone.now())
    return due_files.table(due_listing.rows(due_listing.overdue(request.user, today=today), today=today))


def _file(content: bytes, content_type: str, suffix: str) -> HttpResponse:
    name = f"{slugify(pgettext('invoices', 'Overdue'))}-{local_date(timezone.now())}.{suffix}"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)}
    return HttpResponse(content, content_type=content_type, headers=headers)
