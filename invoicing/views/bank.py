"""Bank files at the desk: reading one, what waits for a person, and clients' money with us (rule I3). For finance only."""

from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, Q, Sum
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from djmoney.money import Money

from clients.desk import StaffRequest, for_staff
from clients.models import Organisation, StaffDuty
from invoicing import bank, proposals, resolving
from invoicing.bank_forms import IGNORE, KEEP, SPLIT, DecisionForm, FileForm, UseForm
from invoicing.models import BankFile, BankTransaction, Invoice, InvoiceKind, Payment

ACTS = ["GET", "HEAD", "POST"]
PAGE_LENGTH, MOST_FILES, MOST_INVOICES = 20, 10, 200


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
        "files": BankFile.objects.select_related("read_by").order_by("-read_at", "-pk")[:MOST_FILES],
    }
    return render(request, "invoicing/desk/bank.html", context, status=form.status)


@require_http_methods(ACTS)
@for_staff(StaffDuty.FINANCE)
def transaction(request: StaffRequest, transaction_id: int) -> HttpResponse:
    """One movement, and everything that can be done about it."""
    row = get_object_or_404(BankTransaction.objects.select_related("file", "settled_by"), pk=transaction_id)
    form = DecisionForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: _decide(request, row, said)):
        messages.success(request, _("Done. It stands with the payment who did it, and when."))
        return redirect("desk-bank")
    waits = proposals.open_rows().filter(pk=row.pk).first()
    context = {
        "row": row,
        "form": form,
        "one": proposals.of([waits])[0] if waits else None,
        "clients": Organisation.objects.order_by("name"),
        "payments": row.payments.select_related("invoice", "organisation", "recorded_by").order_by("pk"),
    }
    return render(request, "invoicing/desk/bank_transaction.html", context, status=form.status)


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
    kept = bank.read(raw, name=str(getattr(file, "name", "")), by=request.user, at=timezone.now())
    waits = proposals.open_rows().filter(file=kept).count()
    said = _("%(name)s: %(entries)s transactions, of which %(waits)s wait for you.")
    messages.success(request, said % {"name": kept.name, "entries": kept.entries, "waits": waits})


def _decide(request: StaffRequest, row: BankTransaction, said: dict[str, object]) -> None:
    by, at, act = request.user, timezone.now(), said["act"]
    if act == IGNORE:
        resolving.ignore(row, reason=str(said["reason"]), by=by, at=at)
    elif act == KEEP and isinstance(said["client"], Organisation):
        resolving.keep(row, said["client"], by=by, at=at)
    elif isinstance(said["invoice"], Invoice):
        resolving.pay(row, said["invoice"], keep_rest=act != SPLIT, by=by, at=at)


def _money_rows() -> list[tuple[str, Money, list[Invoice]]]:
    """Of each client and currency what is kept, and its open invoices in that currency, the first due first."""
    kept = Payment.objects.filter(invoice=None).values("organisation_id", "organisation__name", "currency")
    found = list(kept.annotate(sum=Sum("amount")).filter(sum__gt=0).order_by("organisation__name", "currency"))
    clients = {row["organisation_id"] for row in found}
    is_open = Q(payable__gt=F("paid") + F("credited"))
    invoices = Invoice.objects.issued().filter(is_open, organisation__in=clients, kind=InvoiceKind.INVOICE).order_by("due_on", "pk")
    listed = list(invoices[:MOST_INVOICES])
    return [
        (
            row["organisation__name"],
            Money(row["sum"], row["currency"]),
            [one for one in listed if (one.organisation_id, one.currency) == (row["organisation_id"], row["currency"])],
        )
        for row in found
    ]
