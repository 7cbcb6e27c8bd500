"""A client's statement of account: for its own people in the portal, for finance at the desk, as a page and on paper (rule I4)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from clients import provider
from clients.desk import StaffRequest
from clients.models import Organisation
from clients.portal import SignedIn
from credits.forms import PeriodForm
from credits.views import periods
from invoicing import client_statement, statement_paper
from invoicing.client_statement import ClientStatement, StatementTooLong
from invoicing.views.offering import for_clients, for_finance

PORTAL, DESK = "invoicing/portal/account.html", "invoicing/desk/account.html"


@require_safe
@for_clients
def portal_page(request: SignedIn, organisation_id: int) -> HttpResponse:
    """What was invoiced and paid in a period, and what is open."""
    return _page(request, _mine(request, organisation_id), PORTAL)


@require_safe
@cache_control(private=True, no_store=True)
@for_clients
def portal_paper(request: SignedIn, organisation_id: int) -> HttpResponse:
    """The same with letterhead, in the reader's language."""
    return _paper(request, _mine(request, organisation_id), PORTAL, request.user.language)


@require_safe
@for_finance
def desk_page(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """The client's statement, as the client sees it."""
    return _page(request, get_object_or_404(Organisation, pk=organisation_id), DESK)


@require_safe
@cache_control(private=True, no_store=True)
@for_finance
def desk_paper(request: StaffRequest, organisation_id: int) -> HttpResponse:
    """The same with letterhead, in the client's language."""
    client = get_object_or_404(Organisation, pk=organisation_id)
    return _paper(request, client, DESK, client.language)


def _mine(request: SignedIn, organisation_id: int) -> Organisation:
    return get_object_or_404(Organisation.objects.of_member(request.user), pk=organisation_id)


def _page(request: HttpRequest, client: Organisation, template: str, refusal: StatementTooLong | None = None) -> HttpResponse:
    form, found = _asked(request, client)
    today = periods.today_of(provider.current())
    context = {
        "client": client,
        "period": form,
        "presets": periods.presets(today, found.first, found.last),
        "statement": found,
        "refusal": refusal,
    }
    return render(request, template, context, status=422 if form.errors else 409 if refusal else 200)


def _paper(request: HttpRequest, client: Organisation, template: str, language: str) -> HttpResponse:
    form, found = _asked(request, client)
    if form.errors:
        return _page(request, client, template)
    try:
        content = statement_paper.drawn(found, language=language, at=timezone.now())
    except StatementTooLong as refusal:
        return _page(request, client, template, refusal)
    name = f"{slugify(client.name) or slugify(_('Statement of account'))}-{found.first}-{found.last}.pdf"
    disposition = content_disposition_header(as_attachment=True, filename=name) or "attachment"
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


def _asked(request: HttpRequest, client: Organisation) -> tuple[PeriodForm, ClientStatement]:
    form, first, last = periods.asked_for(request, periods.today_of(provider.current()))
    return form, client_statement.of(client, first=first, last=last)
