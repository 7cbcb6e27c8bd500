"""The report of a client's guarantees: for its own people in the portal, for who looks after it at the desk (rule S16)."""

from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients.agreements import local_date
from clients.desk import StaffRequest, for_staff
from clients.models import Organisation, StaffDuty
from clients.portal import SignedIn
from clients.portal import portal_page as in_the_portal
from invoicing import guarantees, tax_periods
from invoicing.figures_forms import name_of
from invoicing.periods import Every
from invoicing.tax_periods import TaxPeriod

PAGE_LENGTH = 50


@require_safe
@in_the_portal
def portal_page(request: SignedIn, organisation_id: int) -> HttpResponse:
    """Which deadlines were kept and missed in a quarter, and what was granted for it."""
    client = get_object_or_404(Organisation.objects.of_member(request.user), pk=organisation_id)
    return _page(request, client, "invoicing/portal/guarantees.html")


@require_safe
@for_staff(StaffDuty.ACCOUNT_MANAGER, StaffDuty.ADMINISTRATOR)
def desk_page(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """The client's report, as the client sees it."""
    client = get_object_or_404(Organisation.objects.visible_to(request.user), pk=organisation_id)
    return _page(request, client, "invoicing/desk/guarantees.html")


def _page(request: HttpRequest, client: Organisation, template: str) -> HttpResponse:
    latest = tax_periods.of(local_date(timezone.now()), Every.QUARTER)
    period = _asked(request, latest)
    page = Paginator(guarantees.missed_in(client, period), PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {
        "client": client,
        "report": guarantees.of(client, period),
        "page": page,
        "misses": guarantees.with_compensation(list(page.object_list)),
        "name": name_of(period),
        "before": period.before(),
        "after": period.after() if period.first < latest.first else None,
    }
    return render(request, template, context)


def _asked(request: HttpRequest, latest: TaxPeriod) -> TaxPeriod:
    """The quarter asked for; the one that runs where none was. What is no quarter, or has not begun, is not found."""
    code = request.GET.get("quarter")
    found = latest if code is None else tax_periods.written(code)
    if found is None or not found.is_quarter or found.first > latest.first:
        raise Http404
    return found
