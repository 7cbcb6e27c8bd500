"""Payments by card at the desk: what became of each, and what has to be given back (rule I3)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Case, Value, When
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.access import has_duty
from clients.desk import StaffRequest
from clients.models import StaffDuty
from core.forms import ActForm
from invoicing.cards import paying
from invoicing.models import CardPayment, CardState
from invoicing.views.offering import for_finance

PAGE_LENGTH = 25


@require_safe
@for_finance
def card_list(request: StaffRequest) -> HttpResponse:
    """All of them: first what is to be given back, then the newest."""
    return _shown(request)


@require_POST
@for_finance
def give_back(request: StaffRequest, card_payment_id: int) -> HttpResponse:
    """Give a payment back to its card, which no invoice wanted."""
    found, form = get_object_or_404(CardPayment.objects.select_related("invoice"), pk=card_payment_id), ActForm(request.POST)
    if form.carried_out(lambda _said: paying.give_back(found, by=request.user, at=timezone.now())):
        messages.success(request, _("The money goes back to the card."))
        return redirect("desk-cards")
    return _shown(request, form=form, status=form.status)


def _shown(request: StaffRequest, *, form: ActForm | None = None, status: int = 200) -> HttpResponse:
    to_return_first = Case(When(state=CardState.KEPT, then=Value(0)), default=Value(1))
    found = CardPayment.objects.select_related("invoice__organisation", "begun_by").order_by(to_return_first, "-pk")
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {"page": page, "form": form, "may_act": has_duty(request.user, StaffDuty.FINANCE)}
    return render(request, "invoicing/desk/cards.html", context, status=status)
