"""The books at the desk (rule I6): months, files, vouchers with what they come from, and what clients have with us. For finance."""

import re
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.agreements import local_date
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from core.forms import ActForm
from core.once import at_one_moment
from invoicing.books import chart, files, months, periods, posting, report
from invoicing.books_forms import FileForm
from invoicing.models import BookEvent, BookFile, BookPeriod, BookVoucher

MONTH = re.compile(r"20[0-9]{2}-(0[1-9]|1[0-2])")
ACTS = ["GET", "HEAD", "POST"]
PAGE_LENGTH, MOST_FILES, MOST_REASONS = 50, 12, 5


@require_http_methods(ACTS)
@for_staff(StaffDuty.FINANCE)
@at_one_moment()
def home(request: StaffRequest) -> HttpResponse:
    """The months as they stand, and the files; a new file is made here."""
    at = timezone.now()
    form = FileForm(request.POST if request.method == "POST" else None, initial={"until": local_date(at)})
    if form.carried_out(lambda said: _make(request, said)):
        return redirect("desk-books")
    listed = periods.standing(at=at)
    context = {
        "form": form,
        "is_offered": chart.offered(),
        "months": listed,
        "unposted": posting.unposted(until=local_date(at)),
        "files": BookFile.objects.defer("content").select_related("made_by").order_by("-pk")[:MOST_FILES],
    }
    return render(request, "invoicing/desk/books.html", context, status=form.status)


@require_POST
@for_staff(StaffDuty.FINANCE)
def post(request: StaffRequest) -> HttpResponse:
    """Post what waits, without waiting for the job; what could not be says why."""
    form = ActForm(request.POST)
    if not form.carried_out(lambda _said: _tell(request, posting.post(at=timezone.now()))):
        messages.error(request, str(form.refusal))
    return redirect("desk-books")


@require_http_methods(ACTS)
@for_staff(StaffDuty.FINANCE)
def lock(request: StaffRequest, month: str) -> HttpResponse:
    """Lock a month for good: what follows is said first."""
    first = first_of_code(month)
    form = ActForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda _said: periods.lock(first, by=request.user, at=timezone.now())):
        messages.success(request, _("%(month)s is locked.") % {"month": capfirst(periods.named(first))})
        return redirect("desk-books")
    locked = BookPeriod.objects.filter(first_on=first, locked_at__isnull=False).select_related("locked_by").first()
    context = {"form": form, "month": periods.named(first), "code": month, "locked": locked, "next": months.following(first)}
    context["not_yet"] = "" if locked else periods.not_yet(first, at=timezone.now())
    return render(request, "invoicing/desk/book_lock.html", context, status=form.status)


@require_safe
@for_staff(StaffDuty.FINANCE)
@at_one_moment()
def credit_of_month(request: StaffRequest, month: str) -> HttpResponse:
    """What clients have with us in prepaid credit, through one month."""
    first = first_of_code(month)
    lots = Paginator(report.lines(first, report.LOT), PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "month": periods.named(first),
        "code": month,
        "before": months.first_of(date.fromordinal(first.toordinal() - 1)),
        "after": months.following(first),
        "is_last": months.following(first) > local_date(timezone.now()),
        "headings": report.HEADINGS.values(),
        "total": report.total(first),
        "accounts": report.lines(first, report.ACCOUNT),
        "rates": report.lines(first, report.RATE),
        "page": lots,
        "owed": report.owed(first),
        "bridge": report.bridge(months.last_of(first)),
    }
    return render(request, "invoicing/desk/book_month.html", context)


@require_safe
@for_staff(StaffDuty.FINANCE)
@at_one_moment()
def vouchers(request: StaffRequest) -> HttpResponse:
    """All vouchers, of one month where one is named, the latest first."""
    code = request.GET.get("month", "")
    found = BookVoucher.objects.select_related("in_file").order_by("-booked_on", "-pk")
    if code:
        first = first_of_code(code)
        found = found.filter(booked_on__range=(first, months.last_of(first)))
    page = Paginator(files.with_sums(found), PAGE_LENGTH).get_page(request.GET.get("page"))
    named = periods.named(first_of_code(code)) if code else ""
    return render(request, "invoicing/desk/book_vouchers.html", {"page": page, "month": named, "code": code, "rows": _with_money(page)})


@require_safe
@for_staff(StaffDuty.FINANCE)
@at_one_moment()
def voucher(request: StaffRequest, voucher_id: int) -> HttpResponse:
    """One voucher: its rows, and what it comes from."""
    found = get_object_or_404(BookVoucher.objects.select_related("in_file__file"), pk=voucher_id)
    events = BookEvent.objects.select_related("entry__account__organisation", "invoice__organisation", "payment__organisation")
    event = get_object_or_404(events.select_related("payment__invoice", "payment__transaction", "hold"), voucher=found)
    rows = found.rows.select_related("lot__account__organisation", "debt__account__organisation").order_by("position")
    context = {"voucher": found, "event": event, "rows": [(row, report.in_money(abs(row.amount))) for row in rows]}
    return render(request, "invoicing/desk/book_voucher.html", context)


def first_of_code(code: str) -> date:
    """The first day of a month that is written like 2026-11. Raises Http404."""
    if not MONTH.fullmatch(code):
        raise Http404
    return date.fromisoformat(f"{code}-01")


def _make(request: StaffRequest, said: dict[str, Any]) -> None:
    cause = f"books:{request.user.pk}:{said['key']}"
    file = files.make(until=said["until"], by=request.user, at=timezone.now(), cause=cause)
    words = ngettext("The file is made: %(number)s voucher.", "The file is made: %(number)s vouchers.", file.vouchers)
    messages.success(request, words % {"number": file.vouchers})
    if file.until_on < said["until"] and files.waiting(said["until"]).exists():
        rest = _("It ends with %(year)s, since a file is of one year. What was booked after that goes into the next one: make it now.")
        messages.info(request, rest % {"year": file.until_on.year})


def _tell(request: StaffRequest, outcome: posting.Outcome) -> None:
    if outcome.posted or not outcome.refused:
        said = ngettext("%(number)s event posted.", "%(number)s events posted.", outcome.posted)
        messages.success(request, said % {"number": outcome.posted})
    for reason in list(dict.fromkeys(outcome.refused.values()))[:MOST_REASONS]:
        messages.error(request, reason)


def _with_money(page: Any) -> list[tuple[BookVoucher, Any]]:
    return [(found, report.in_money(found.debit)) for found in page]
