"""Bank files at the desk: reading one, what waits for a person, and clients' money with us (rule I3). For finance only."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_safe

from clients.agreements import local_date
from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from core.formatting import day
from invoicing import bank, bank_listing, bank_notices, owed, proposals, resolving
from invoicing.bank_forms import BACK, IGNORE, KEEP, NEEDS, PAY, ROUND, SPLIT, TAKE_UP, DecisionForm, FileForm, UseForm
from invoicing.models import BankFile, BankTransaction, Invoice, InvoiceKind
from invoicing.owed import Owed
from invoicing.proposals import Waiting

ACTS = ["GET", "HEAD", "POST"]
PAGE_LENGTH, MOST_FILES, MOST_INVOICES, LONGEST_NUMBER = 20, 10, 200, 16


@require_http_methods(ACTS)
@for_staff(StaffDuty.FINANCE)
def bank_page(request: StaffRequest) -> HttpResponse:
    """Read a file; what waits, the oldest first, with what could be done about each; the files that were read last."""
    sent = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    form = FileForm(*sent, request=request)
    if form.carried_out(lambda said: _read(request, said["file"])):
        return redirect("desk-bank")
    page = Paginator(proposals.open_rows(), PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "page": page,
        "waiting": proposals.of(list(page.object_list)),
        "files": bank_notices.last_read(MOST_FILES),
    }
    return render(request, "invoicing/desk/bank.html", context, status=form.status)


@require_http_methods(ACTS)
@for_staff(StaffDuty.FINANCE)
def transaction(request: StaffRequest, transaction_id: int) -> HttpResponse:
    """One movement, and everything that can be done about it."""
    row = get_object_or_404(BankTransaction.objects.select_related("file", "settled_by"), pk=transaction_id)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: _decide(request, row, said)):
        return _after(request, row, form)
    waits = proposals.open_rows().filter(pk=row.pk).first()
    one = proposals.of([waits])[0] if waits else None
    context = {
        "row": row,
        "form": form,
        "forms": _forms(form, one),
        "one": one,
        "payments": row.payments.select_related("invoice", "organisation", "recorded_by").order_by("pk"),
    }
    return render(request, "invoicing/desk/bank_transaction.html", context, status=form.status)


@require_safe
@for_staff(StaffDuty.FINANCE)
def transactions(request: StaffRequest) -> HttpResponse:
    """All movements, or those of one file, by what became of them, with what each led to."""
    file = BankFile.objects.select_related("read_by").filter(pk=_number(request.GET.get("file"))).first()
    tab = bank_listing.tab_of(request.GET.get("tab", ""))
    page = Paginator(bank_listing.found(tab, file), PAGE_LENGTH).get_page(request.GET.get("page"))
    notices = bank_notices.of([file])[0].notices if file else []
    context = {"file": file, "notices": notices, "tab": tab, "tabs": bank_listing.tabs(file), "page": page}
    return render(request, "invoicing/desk/bank_transactions.html", context)


@require_http_methods(ACTS)
@for_staff(StaffDuty.FINANCE)
def money(request: StaffRequest) -> HttpResponse:
    """What we keep of clients' money, and the open invoices that it can pay."""
    form = UseForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: resolving.use(said["invoice"], by=request.user, at=timezone.now(), key=said["key"])):
        messages.success(request, _("Paid with the client’s money."))
        return redirect("desk-bank-money")
    context = {"rows": _money_rows(), "form": form, "key": uuid4()}
    return render(request, "invoicing/desk/bank_money.html", context, status=form.status)


def _read(request: StaffRequest, file: object) -> None:
    raw = file.read()  # type: ignore[attr-defined]
    before = bank.read_before(raw)
    kept = bank.read(raw, name=str(getattr(file, "name", "")), by=request.user, at=timezone.now())
    messages.success(request, _told_again(before) if before is not None else _told(kept))
    for notice in bank_notices.of([kept])[0].notices:
        messages.info(request, notice)


def _told_again(file: BankFile) -> str:
    """The very same file: nothing of it is new."""
    return _("%(name)s was read on %(day)s: nothing in it is new.") % {"name": file.name, "day": day(local_date(file.read_at))}


def _told(file: BankFile) -> str:
    """How much the file tells; how much of it no file has told before, and how much waits."""
    entries, fresh, waits = file.entries, file.transactions.count(), proposals.open_rows().filter(file=file).count()
    said = ngettext("%(name)s: %(number)s transaction.", "%(name)s: %(number)s transactions.", entries) % {
        "name": file.name,
        "number": entries,
    }
    if fresh < entries:
        new = ngettext("%(number)s of them is new.", "%(number)s of them are new.", fresh) % {"number": fresh}
        said = f"{said} {new if fresh else _('None of them is new.')}"
    if not fresh:
        return said
    waiting = ngettext("%(number)s waits for you.", "%(number)s wait for you.", waits) % {"number": waits}
    return f"{said} {waiting if waits else _('Nothing waits for you.')}"


def _forms(sent: DecisionForm, one: Waiting | None) -> dict[str, DecisionForm]:
    """A form for each thing to be said; the one that was refused as it was sent."""
    empty = {
        "invoice": DecisionForm(act=PAY, auto_id="pay_%s"),
        "client": DecisionForm(act=KEEP, auto_id="keep_%s", initial={"client": one.client if one else None}),
        "reason": DecisionForm(act=IGNORE, auto_id="reason_%s"),
    }
    return empty | ({NEEDS[sent.asked]: sent} if sent.asked in NEEDS else {})


def _decide(request: StaffRequest, row: BankTransaction, said: dict[str, Any]) -> None:
    by, at = request.user, timezone.now()
    decisions: dict[str, Callable[[], object]] = {
        PAY: lambda: resolving.pay(row, said["invoice"], keep_rest=True, by=by, at=at),
        SPLIT: lambda: resolving.pay(row, said["invoice"], keep_rest=False, by=by, at=at),
        ROUND: lambda: resolving.accept(row, said["invoice"], by=by, at=at),
        KEEP: lambda: resolving.keep(row, said["client"], by=by, at=at),
        BACK: lambda: resolving.keep(row, said["client"], by=by, at=at),
        IGNORE: lambda: resolving.ignore(row, reason=said["reason"], by=by, at=at),
        TAKE_UP: lambda: resolving.take_up(row, reason=said["reason"], by=by, at=at),
    }
    decisions[said["act"]]()


def _after(request: StaffRequest, row: BankTransaction, form: DecisionForm) -> HttpResponse:
    """Where finance goes on: to the payout of what is to go back, to what was taken up again, or to what waits next."""
    if form.asked == BACK:
        messages.success(request, _("The money is kept for the client. Say which account it goes back to."))
        return redirect("desk-payout-new", form.cleaned_data["client"].pk, row.currency)
    if form.asked == TAKE_UP:
        messages.success(request, _("It waits for a decision again."))
        return redirect("desk-bank-transaction", row.pk)
    messages.success(request, _("Done. It stands with the payment who did it, and when."))
    return redirect("desk-bank")


def _number(written: str | None) -> int:
    """The number of a row, as an address has it; 0 for anything else."""
    return int(written) if written and written.isascii() and written.isdigit() and len(written) < LONGEST_NUMBER else 0


def _money_rows() -> list[tuple[Owed, list[Invoice]]]:
    """Of each client and currency what is kept, and the open invoices that what is free of it can pay, the first due first."""
    found = [one for one in owed.owed() if one.kept > 0]
    clients = {one.organisation.pk for one in found if one.kept_free.amount > 0}
    is_open = Q(payable__gt=F("paid") + F("credited"))
    invoices = Invoice.objects.issued().filter(is_open, organisation__in=clients, kind=InvoiceKind.INVOICE).order_by("due_on", "pk")
    listed = list(invoices[:MOST_INVOICES])
    return [(one, [each for each in listed if _can_pay(one, each)]) for one in found]


def _can_pay(one: Owed, invoice: Invoice) -> bool:
    return one.kept_free.amount > 0 and (one.organisation.pk, one.currency) == (invoice.organisation_id, invoice.currency)
