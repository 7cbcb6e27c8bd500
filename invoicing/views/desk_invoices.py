"""The desk's list of invoices: what is a draft, open, overdue, paid; drafting what is billable; the list as a file."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST, require_safe

from clients.access import has_duty
from clients.agreements import local_date
from clients.desk import StaffRequest
from clients.models import StaffDuty
from invoicing import documents, drafting, exchange_rates, life, listing, listing_files, referring
from invoicing.desk_forms import FilterForm
from invoicing.listing import Wanted
from invoicing.models import IssueBatch, Transmission
from invoicing.views.offering import for_finance

PAGE_LENGTH = 50
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@for_finance
def invoice_list(request: StaffRequest) -> HttpResponse:
    """The list that is asked for."""
    return show(request, FilterForm(request.GET))


@require_POST
@for_finance
def pull(request: StaffRequest) -> HttpResponse:
    """Draft what is billable (rule I1). By finance alone."""
    life.check_finance(request.user)
    drafted = drafting.pull(at=timezone.now(), by=request.user)
    if drafted:
        said = ngettext("%(number)s invoice drafted.", "%(number)s invoices drafted.", len(drafted))
        messages.success(request, said % {"number": len(drafted)})
    else:
        messages.info(request, _("There is nothing to be drafted: all that is billable is on an invoice or a draft."))
    return redirect(drafts_url())


@require_safe
@for_finance
def text(request: StaffRequest) -> HttpResponse:
    """The list that is asked for as text for a spreadsheet."""
    content = listing_files.as_csv(_table(request), language=request.user.language)
    return _file(content, "text/csv; charset=utf-8", "csv")


@require_safe
@for_finance
def workbook(request: StaffRequest) -> HttpResponse:
    """The same as a workbook."""
    return _file(listing_files.as_xlsx([_table(request)]), XLSX, "xlsx")


def show(request: StaffRequest, form: FilterForm, *, status: int = 200, refused: dict[int, str] | None = None) -> HttpResponse:
    """The list; `refused` says by number why a draft was not issued just now."""
    wanted, person, today = form.wanted, request.user, local_date(timezone.now())
    found = listing.found(wanted, person=person, today=today)
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    lacking = referring.obstacles(page.object_list) | exchange_rates.obstacles(page.object_list, today=today)
    context = {
        "form": form,
        "wanted": wanted,
        "tabs": listing.tabs(wanted, person=person, today=today),
        "ages": listing.ages(wanted, person=person, today=today),
        "page": page,
        "rows": listing.rows(page.object_list, today=today, refused=lacking | (refused or {})),
        "may_act": has_duty(person, StaffDuty.FINANCE),
        "is_narrowed": wanted != Wanted(tab=wanted.tab),
        "choose_all": request.GET.get("choose") == "all",
        "making": documents.making(),
        "undelivered": Transmission.objects.visible_to(person).undelivered().count(),
        "open_batches": list(IssueBatch.objects.filter(closed_at=None).select_related("asked_by").order_by("pk")[:5]),
    }
    return render(request, "invoicing/desk/list.html", context, status=status)


def _table(request: StaffRequest) -> listing_files.Table:
    today = local_date(timezone.now())
    found = listing.found(FilterForm(request.GET).wanted, person=request.user, today=today)
    return listing_files.table(listing.rows(found, today=today))


def drafts_url() -> str:
    """Where the drafts are."""
    return f"{reverse('desk-invoices')}?tab={listing.DRAFTS}"


def _file(content: bytes, content_type: str, suffix: str) -> HttpResponse:
    name = f"{slugify(_('Invoices'))}-{local_date(timezone.now())}.{suffix}"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)}
    return HttpResponse(content, content_type=content_type, headers=headers)
