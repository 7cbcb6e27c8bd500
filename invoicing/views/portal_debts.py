"""What a client owes: for which work, at what price, and on which invoice it stands (rules C11, I7)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients import agreements
from clients.agreements import local_date
from clients.portal import SignedIn
from core.once import at_one_moment
from credits import portal, spending
from invoicing import listing, owing
from invoicing.views.offering import for_clients

MOST_INVOICES = 20


@require_safe
@for_clients
@at_one_moment()
def owed(request: SignedIn, account_id: int) -> HttpResponse:
    """What is owed from one account, and the invoices of what was owed before."""
    account, at = get_object_or_404(portal.accounts_of(request.user), pk=account_id), timezone.now()
    today = local_date(at)
    context = {
        "account": account,
        "debts": owing.of_accounts([account]),
        "invoices": listing.rows(owing.invoices_of(account)[:MOST_INVOICES], today=today),
        "today": today,
        "is_postpaid": agreements.is_postpaid(account.organisation, on=today),
        "may_top_up": account.closed_at is None and spending.may_decide(request.user, account, at=at),
    }
    return render(request, "invoicing/portal/owed.html", context)
