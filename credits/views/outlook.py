"""The page that tells how long an account's credit will last, with the burn-down (rules C12, C15)."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.portal import SignedIn, portal_page
from credits import outlook as outlooks
from credits import portal, spending
from credits import terms as credit_terms


@require_safe
@portal_page
def outlook(request: SignedIn, account_id: int) -> HttpResponse:
    """How the credit went, where it goes at this pace, and what expires before."""
    account, now = get_object_or_404(portal.readable_accounts(request.user), pk=account_id), timezone.now()
    context = {
        "account": account,
        "outlook": outlooks.outlook(account=account, at=now),
        "step": credit_terms.current().rounding_step_minutes,
        "may_top_up": spending.may_decide(request.user, account, at=now),
    }
    return render(request, "credits/portal/outlook.html", context)
