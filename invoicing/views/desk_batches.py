"""Batches of drafts at the desk: how far they are, what was refused, taking back the rest (rule I1); many PDFs in one file (rule I4)."""

from typing import cast

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.access import has_duty
from clients.agreements import local_date
from clients.desk import StaffRequest
from clients.models import StaffDuty
from core.errors import DomainError
from core.forms import ActForm
from invoicing import issue_batches, life, listing, zipping
from invoicing.desk_forms import FilterForm
from invoicing.models import IssueBatch
from invoicing.views.offering import for_finance

PAGE_LENGTH = 50


@require_safe
@for_finance
def batch_list(request: StaffRequest) -> HttpResponse:
    """The batches, the latest first."""
    page = Paginator(issue_batches.counted(), PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "invoicing/desk/batches.html", {"page": page})


@require_safe
@for_finance
def batch(request: StaffRequest, batch_id: int) -> HttpResponse:
    """One batch: its progress is fetched again while it is worked on."""
    return _show(request, _find(batch_id), ActForm())


@require_POST
@for_finance
def cancel(request: StaffRequest, batch_id: int) -> HttpResponse:
    """Take back what waits still."""
    life.check_finance(request.user)
    found, form = _find(batch_id), ActForm(request.POST)
    if form.carried_out(lambda _said: issue_batches.cancel(found, by=request.user, at=timezone.now())):
        messages.success(request, _("The rest is taken back: those are drafts still. What was issued stays issued."))
        return redirect("desk-batch", found.pk)
    return _show(request, found, form)


@require_safe
@for_finance
def documents_zip(request: StaffRequest) -> HttpResponse:
    """The PDFs of the list that is asked for, in one file."""
    form, today = FilterForm(request.GET), local_date(timezone.now())
    try:
        keys = zipping.chosen(listing.found(form.wanted, person=request.user, today=today))
    except DomainError as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{reverse('desk-invoices')}?tab={form.wanted.tab}&{form.query}")
    name = f"{slugify(_('Invoices'))}-{today}.zip"
    headers = {"Content-Disposition": content_disposition_header(as_attachment=True, filename=name) or "attachment"}
    sent = StreamingHttpResponse(zipping.pieces(keys), content_type="application/zip", headers=headers)
    return cast("HttpResponse", sent)  # what wraps the pages of finance knows of no other


def _find(batch_id: int) -> IssueBatch:
    return get_object_or_404(IssueBatch.objects.select_related("asked_by", "cancelled_by"), pk=batch_id)


def _show(request: StaffRequest, found: IssueBatch, form: ActForm) -> HttpResponse:
    progress = issue_batches.progress(found)
    context = {
        "batch": found,
        "progress": progress,
        "page": Paginator(issue_batches.refusals(found), PAGE_LENGTH).get_page(request.GET.get("page")),
        "cancel_form": form if progress.waiting and has_duty(request.user, StaffDuty.FINANCE) else None,
        "refusal": form.refusal,
    }
    return render(request, "invoicing/desk/batch.html", context, status=form.status if form.is_bound else 200)
