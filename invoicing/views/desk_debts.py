"""What clients owe, and when it is invoiced: at the end of the month, or now (rules C11, I7)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.access import has_duty
from clients.agreements import local_date
from clients.desk import StaffRequest
from clients.models import StaffDuty
from core.forms import ActForm
from core.once import at_one_moment
from credits.accounts import CreditAccount
from invoicing import debts, owing
from invoicing.models import Invoice
from invoicing.views.offering import for_finance

PAGE_LENGTH = 25


@require_safe
@for_finance
def debt_list(request: StaffRequest) -> HttpResponse:
    """The accounts that owe something, by client."""
    return _show(request)


@require_POST
@for_finance
def invoice_now(request: StaffRequest, account_id: int) -> HttpResponse:
    """Draft all that an account owes, without waiting for the end of the month."""
    account = get_object_or_404(CreditAccount.objects.visible_to(request.user).select_related("organisation"), pk=account_id)
    form, drafts = ActForm(request.POST), list[Invoice]()
    if form.carried_out(lambda _said: drafts.extend(debts.invoice_now(account=account, by=request.user, at=timezone.now()))):
        messages.success(request, _("The draft says what is owed now. The client learns of it when you issue it."))
        return redirect("desk-invoice", drafts[0].pk)
    return _show(request, status=form.status, refusal=form.refusal)


@at_one_moment()
def _show(request: StaffRequest, *, status: int = 200, refusal: object = None) -> HttpResponse:
    at = timezone.now()
    owe = owing.accounts_that_owe().filter(pk__in=CreditAccount.objects.visible_to(request.user).values("pk"))
    page = Paginator(owe, PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "rows": owing.by_account(page.object_list, at=at),
        "today": local_date(at),
        "may_act": has_duty(request.user, StaffDuty.FINANCE),
        "refusal": refusal,
    }
    return render(request, "invoicing/desk/debts.html", context, status=status)
