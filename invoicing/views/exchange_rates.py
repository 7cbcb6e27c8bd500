"""The exchange rates at the desk: what other currencies are in that of the books (rule I2)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients import provider
from clients.agreements import local_date
from clients.desk import StaffRequest
from invoicing import exchange_rates
from invoicing.exchange_forms import ExchangeRateForm
from invoicing.views.offering import for_finance

PAGE_LENGTH = 50


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def rates(request: StaffRequest) -> HttpResponse:
    """The rates that are known, and writing one down: by finance and administrators."""
    books, at = provider.current().currency, timezone.now()
    form = ExchangeRateForm(request.POST if request.method == "POST" else None, books=books, initial={"starts_on": local_date(at)})
    if form.carried_out(lambda said: form.verb(**said, by=request.user, at=at)):
        messages.success(request, _("The exchange rate is written down."))
        return redirect("desk-exchange-rates")
    form.ask_whether_wrong()
    page = Paginator(exchange_rates.known(), PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {"form": form, "page": page, "rates": page.object_list, "missing": exchange_rates.missing(at), "books": books}
    return render(request, "invoicing/desk/exchange_rates.html", context, status=form.status)
