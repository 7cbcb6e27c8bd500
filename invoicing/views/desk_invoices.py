"""The desk's list of invoices: what is a draft, open, overdue, paid; drafting and issuing many at once; the list as a file."""

from dataclasses import replace
from uuid import uuid4

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
from invoicing import documents, drafting, issue_batches, life, listing, listing_files, release
from invoicing.desk_forms import ChosenForm, FilterForm
from invoicing.listing import Wanted
from invoicing.models import Invoice, IssueBatch, Transmission
from invoicing.views.offering import for_finance

PAGE_LENGTH = 50
AT_ONCE = 20
"""So many drafts are issued while somebody waits; more go into a batch."""
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_safe
@for_finance
def invoice_list(request: StaffRequest) -> HttpResponse:
    """The list that is asked for."""
    return _show(request, FilterForm(request.GET))


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
    return redirect(_drafts())


@require_POST
@for_finance
def issue_chosen(request: StaffRequest) -> HttpResponse:
    """Issue the chosen drafts, each by itself: a few at once, and those that were refused stand there; more by the job."""
    life.check_finance(request.user)
    form = _chosen(request)
    if not form.is_valid():
        messages.error(request, str(form.errors["invoice"][0]))
        return _show(request, FilterForm({"tab": listing.DRAFTS}), status=422)
    chosen, by, at = list(form.cleaned_data["chosen"]), request.user, timezone.now()
    if len(chosen) > AT_ONCE:
        batch = issue_batches.begin(chosen, by=by, at=at, cause=f"desk:{by.pk}:{form.cleaned_data['key']}")
        return redirect("desk-batch", batch.pk)
    return _told(request, *release.issue_all(chosen, by=by, at=at))


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


def _chosen(request: StaffRequest) -> ChosenForm:
    drafts = replace(FilterForm(request.GET).wanted, tab=listing.DRAFTS)
    found = listing.found(drafts, person=request.user, today=local_date(timezone.now()))
    return ChosenForm(request.POST, invoices=Invoice.objects.visible_to(request.user), drafts=found)


def _told(request: StaffRequest, done: list[Invoice], refused: dict[int, str]) -> HttpResponse:
    """What was issued at once, and what was not."""
    if done:
        said = ngettext("%(number)s invoice issued.", "%(number)s invoices issued.", len(done))
        messages.success(request, said % {"number": len(done)})
    if not refused:
        return redirect(_drafts())
    count = len(refused)
    said = ngettext("%(number)s draft was not issued: see why beside it.", "%(number)s drafts were not issued: see why beside each.", count)
    messages.error(request, said % {"number": count})
    return _show(request, FilterForm({"tab": listing.DRAFTS}), status=409, refused=refused)


def _show(request: StaffRequest, form: FilterForm, *, status: int = 200, refused: dict[int, str] | None = None) -> HttpResponse:
    wanted, person, today = form.wanted, request.user, local_date(timezone.now())
    found = listing.found(wanted, person=person, today=today)
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "wanted": wanted,
        "tabs": listing.tabs(wanted, person=person, today=today),
        "ages": listing.ages(wanted, person=person, today=today),
        "page": page,
        "rows": listing.rows(page.object_list, today=today, refused=refused),
        "may_act": has_duty(person, StaffDuty.FINANCE),
        "is_narrowed": wanted != Wanted(tab=wanted.tab),
        "key": uuid4(),
        "making": documents.making(),
        "undelivered": Transmission.objects.visible_to(person).undelivered().count(),
        "open_batches": list(IssueBatch.objects.filter(closed_at=None).select_related("asked_by").order_by("pk")[:5]),
    }
    return render(request, "invoicing/desk/list.html", context, status=status)


def _table(request: StaffRequest) -> listing_files.Table:
    today = local_date(timezone.now())
    found = listing.found(FilterForm(request.GET).wanted, person=request.user, today=today)
    return listing_files.table(listing.rows(found, today=today))


def _drafts() -> str:
    return f"{reverse('desk-invoices')}?tab={listing.DRAFTS}"


def _file(content: bytes, content_type: str, suffix: str) -> HttpResponse:
    name = f"{slugify(_('Invoices'))}-{local_date(timezone.now())}.{suffix}"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name)}
    return HttpResponse(content, content_type=content_type, headers=headers)
