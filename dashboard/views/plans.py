"""The public pages of the plans: what is guaranteed, in the reader's language (rule P2). Anybody may read them."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients import plans, provider, support_terms
from clients.agreements import local_date
from dashboard import plan_pages


@require_safe
def plan_list(request: HttpRequest) -> HttpResponse:
    """The plans that are offered, with their fees."""
    found = plans.published() if provider.known() else plans.published().none()
    on = local_date(timezone.now()) if found else timezone.localdate()
    return render(request, "portal/plans.html", {"plans": [(plan, plan_pages.price_of(plan, on=on)) for plan in found]})


@require_safe
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """One plan: its promises by priority, channels, entitlements. One that is not published only the provider's people see."""
    found = get_object_or_404(plans.visible_to(request.user).select_related("default_priority"), code=code)
    context = {
        "plan": found,
        "price": plan_pages.price_of(found, on=local_date(timezone.now())),
        "promises": found.promises.order_by("position"),
        "given": plan_pages.given(support_terms.of_plan(found)),
    }
    return render(request, "portal/plan.html", context)
