"""Paying an invoice by card: what it costs, the way to the service's page, what came of it; and the service's own calls (rule I3)."""

import logging
from uuid import uuid4

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.portal import SignedIn
from core.forms import ActForm
from invoicing.cards import paying, service
from invoicing.cards.interface import CardServiceFailed, NotGenuine
from invoicing.models import CardPayment
from invoicing.views.offering import for_clients
from invoicing.views.portal import may_pay, of_member

logger = logging.getLogger(__name__)
LARGEST_CALL = 256 * 1024
"""Bytes. An event of a payment is a few thousand."""


class CardForm(ActForm):
    """The key lets the same form lead to the same page of payment."""

    key = forms.CharField(max_length=60, widget=forms.HiddenInput, initial=uuid4)


@require_http_methods(["GET", "HEAD", "POST"])
@for_clients
def pay(request: SignedIn, invoice_id: int) -> HttpResponse:
    """What would be paid by card; sent, the service's page is opened and led to."""
    found, at = get_object_or_404(of_member(request), pk=invoice_id), timezone.now()
    if not may_pay(request, found):
        raise Http404
    form = CardForm(request.POST if request.method == "POST" else None)
    begun: list[CardPayment] = []

    def begin(said: dict[str, str]) -> None:
        cause = f"card:{found.pk}:{request.user.pk}:{said['key']}"
        begun.append(paying.begin(found, by=request.user, at=at, cause=cause))

    if form.carried_out(begin):
        return redirect("card-payment", begun[0].pk)
    return render(request, "invoicing/portal/card.html", {"invoice": found, "form": form}, status=form.status)


@require_safe
@for_clients
def card_payment(request: SignedIn, card_payment_id: int) -> HttpResponse:
    """One payment by card, as far as the service has told us."""
    mine = CardPayment.objects.filter(invoice__in=of_member(request).values("pk")).select_related("invoice")
    return render(request, "invoicing/portal/card_payment.html", {"visit": get_object_or_404(mine, pk=card_payment_id)})


@csrf_exempt
@require_POST
def called(request: HttpRequest) -> HttpResponse:
    """An event of the service's: 200 when it is heard or no news, 400 for anybody else, 404 where there is no service."""
    if service.offered() is None:
        raise Http404
    if int(request.META.get("CONTENT_LENGTH") or 0) > LARGEST_CALL:
        return HttpResponse(status=413)
    try:
        paying.hear(request.read(), request.headers.get("Stripe-Signature", ""), at=timezone.now())
    except NotGenuine:
        logger.warning("card service: a call was not signed by it")
        return HttpResponse(status=400)
    except CardServiceFailed:
        return HttpResponse(status=503)
    return HttpResponse()
