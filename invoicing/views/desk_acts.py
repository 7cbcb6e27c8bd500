"""What cannot be undone with an invoice, each on a page of its own: what follows is said first, and only sending its form does it."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods
from djmoney.money import Money

from clients.desk import StaffRequest
from core.errors import DomainError
from core.formatting import money
from core.forms import ReasonForm
from credits.topups import TopUpState
from invoicing import bad_debts, contests_shown, crediting, drafting, life, settlement, writing_off
from invoicing.desk_forms import WHOLE, CreditForm, WriteOffForm
from invoicing.models import Invoice, Payment
from invoicing.views.desk_invoice import find
from invoicing.views.offering import for_finance


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def drop(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """Drop a draft with a reason."""
    life.check_finance(request.user)
    found, form = find(request, invoice_id), ReasonForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: drafting.drop(found, reason=said["reason"], by=request.user, at=timezone.now())):
        messages.success(request, _("The draft is dropped. What was on it can be drafted again."))
        return redirect("desk-invoice", found.pk)
    act = {
        "title": _("Drop this draft"),
        "sentence": _("The draft goes, and the client learns nothing. What was on it is billable again, and is drafted the next time."),
        "label": _("Drop the draft"),
    }
    return render(request, "invoicing/desk/act.html", {"invoice": found, "act": act, "form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def take_back(request: StaffRequest, payment_id: int) -> HttpResponse:
    """Take back a payment that was recorded wrongly (rule I3)."""
    life.check_finance(request.user)
    payments = Payment.objects.filter(invoice__in=Invoice.objects.visible_to(request.user), reverses=None).select_related("invoice")
    payment = get_object_or_404(payments, pk=payment_id)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    found = find(request, payment.invoice_id or 0)
    if form.carried_out(lambda said: settlement.take_back(payment, reason=said["reason"], by=request.user, at=timezone.now())):
        messages.success(request, _("The payment is taken back. The invoice is open by as much again."))
        return redirect("desk-invoice", found.pk)
    said = _("%(amount)s is open again by an entry of its own; the payment stays to be seen. Credit that it became stays too.")
    act = {
        "title": _("Take a payment back"),
        "sentence": said % {"amount": money(Money(payment.amount, payment.currency))},
        "label": _("Take it back"),
    }
    return render(request, "invoicing/desk/act.html", {"invoice": found, "act": act, "form": form}, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def credit(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """Issue a credit note: what it comes to is shown before, and issued is what was shown (rule I1)."""
    life.check_finance(request.user)
    found, at = find(request, invoice_id), timezone.now()
    form = CreditForm(request.POST if request.method == "POST" else None, left=_left(found), initial=contests_shown.to_credit(found))

    def issue(said: dict[str, Any]) -> None:
        asked, cause = form.asked(request.POST.get("shown", "")), f"credit:{found.pk}:{request.user.pk}:{said['key']}"
        crediting.credit_shown(found, asked, by=request.user, at=at, cause=cause)

    if "shown" in request.POST and form.carried_out(issue):
        messages.success(request, _("The credit note is issued, and the client is told."))
        return redirect("desk-invoice", found.pk)
    context = {"invoice": found, "form": form, **_consequence(found, form)}
    return render(request, "invoicing/desk/credit.html", context, status=form.status)


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def write_off(request: StaffRequest, invoice_id: int) -> HttpResponse:
    """Give up what is open of an overdue invoice (rule I6)."""
    life.check_finance(request.user)
    found, at = find(request, invoice_id), timezone.now()
    form = WriteOffForm(request.POST if request.method == "POST" else None, shown=str(found.open.amount))

    def act(said: dict[str, Any]) -> None:
        cause = f"write-off:{found.pk}:{request.user.pk}:{said['key']}"
        writing_off.write_off(found, shown=said["shown"], reason=said["reason"], by=request.user, at=at, cause=cause)

    if form.carried_out(act):
        messages.success(request, _("The debt is written off. If the client pays yet, that is taken back first."))
        return redirect("desk-invoice", found.pk)
    tax = Money(sum((part.vat for part in bad_debts.parts(found, found.open.amount)), Decimal(0)), found.currency)
    said = _("%(sum)s is given up as lost, and no reminders go out. %(vat)s of it is VAT that is taken back. The client is not told.")
    said_without = _("%(sum)s is given up as lost, and no reminders go out. The client is not told.")
    shown = {
        "title": _("Write off what is open"),
        "sentence": (said if tax.amount else said_without) % {"sum": money(found.open), "vat": money(tax)},
        "label": _("Write it off"),
    }
    return render(request, "invoicing/desk/act.html", {"invoice": found, "act": shown, "form": form}, status=form.status)


def _left(found: Invoice) -> dict[int, tuple[str, Money]]:
    """The lines that have something left to be credited."""
    left = crediting.left_of(found)
    lines = found.lines.order_by("position")
    return {line.pk: (line.text, Money(left[line.pk], found.currency)) for line in lines if left[line.pk] > 0}


def _consequence(found: Invoice, form: CreditForm) -> dict[str, Any]:
    """What the credit note would come to; nothing while the form is not filled in. A refusal stands on the form."""
    if not form.is_bound or (not form.is_valid() and not isinstance(form.refusal, crediting.SumChanged)):
        return {}
    try:
        effect = crediting.effect(found, form.parts)
    except DomainError as refusal:
        form.refusal = refusal
        form.add_error(None, str(refusal))
        return {}
    sentence = _("A credit note of %(sum)s with VAT is issued for ever, and the client is told.") % {"sum": money(effect.total)}
    said = [sentence, *_of_money(effect), *_of_credit(found, form)]
    return {"total": effect.total, "sentence": " ".join(said), "is_whole": form.cleaned_data["what"] == WHOLE}


def _of_money(effect: crediting.Effect) -> Iterator[str]:
    """What less is owed, and what was paid already (rule I1)."""
    if effect.owed_less.amount and not effect.over.amount:
        yield _("As much less is owed of the invoice.")
    elif effect.owed_less.amount:
        yield _("%(sum)s less is owed of the invoice.") % {"sum": money(effect.owed_less)}
    if effect.over.amount:
        said = _("The client has paid this: %(sum)s is the client’s from then on, until you pay it back or use it for another invoice.")
        yield said % {"sum": money(effect.over)}


def _of_credit(found: Invoice, form: CreditForm) -> Iterator[str]:
    """What becomes of the credit that came by the invoice, or would have come (rule C4)."""
    lines = found.lines.exclude(top_up=None).select_related("top_up")
    top_ups = [line.top_up for line in lines if line.top_up is not None and (form.parts is None or form.parts.get(line.pk))]
    if form.parts is None and any(top_up.lot_id is None for top_up in top_ups):
        yield _("With nothing left of the invoice, the order of the top-up is cancelled.")
    if any(top_up.lot_id is not None and top_up.state == TopUpState.ORDERED for top_up in top_ups):
        yield _("The credit that this sum would have paid for is taken back, as far as it is unused.")
    if form.parts is None and any(top_up.state == TopUpState.PAID for top_up in top_ups):
        yield _("The credit that the top-up became stays: take it back in the client’s account, if it is to go.")
