"""Pages about how accounts are arranged: their names, references, monthly limits and spenders (rule C16)."""

from datetime import datetime

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from clients import access
from clients.agreements import local_date
from clients.models import Organisation
from clients.portal import SignedIn, in_view, portal_page
from core.errors import DomainError, NotAllowed
from credits import arrangements, portal
from credits.account_forms import AccountForm
from credits.accounts import CreditAccount
from people.models import Person


@require_safe
@portal_page
def account_list(request: SignedIn) -> HttpResponse:
    """The accounts of my organisations: who spends from each, and how its month stands."""
    at, deciding = timezone.now(), access.decides_for(request.user, at=timezone.now())
    mine = portal.accounts_of(request.user).filter(organisation__in=in_view(request))
    context = {
        "accounts": arrangements.arranged(mine, on=local_date(at)),
        "arranging": deciding,
        "organisations": [organisation for organisation in in_view(request) if organisation.pk in deciding],
    }
    return render(request, "credits/portal/accounts_arranged.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def account_new(request: SignedIn) -> HttpResponse:
    """Open one more account; `?organisation=` says for whom, where one belongs to several."""
    organisation = _asked_for(request)
    return _arranging(request, organisation, None)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def account(request: SignedIn, account_id: int) -> HttpResponse:
    """Change how an account is arranged, from now on."""
    found = get_object_or_404(portal.accounts_of(request.user), pk=account_id)
    return _arranging(request, found.organisation, found)


def _arranging(request: SignedIn, organisation: Organisation, found: CreditAccount | None) -> HttpResponse:
    """The form about an account, or about a new one, and what it says carried out."""
    at = timezone.now()
    if not access.is_approver(request.user, organisation, at=at):
        raise NotAllowed
    shown = AccountForm.showing(arrangements.of(found)) if found else None
    form = AccountForm(request.POST if request.method == "POST" else None, organisation=organisation, initial=shown)
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and status == 200:
        try:
            done = _arrange(form, organisation, found, by=request.user, at=at)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = 409
        else:
            messages.success(request, _("%(account)s is saved. It counts from now on.") % {"account": done.name})
            return redirect("accounts")
    context = {"form": form, "account": found, "organisation": organisation}
    return render(request, "credits/portal/account.html", context, status=status)


def _arrange(form: AccountForm, organisation: Organisation, found: CreditAccount | None, *, by: Person, at: datetime) -> CreditAccount:
    if found is None:
        return arrangements.open_account(organisation=organisation, arrangement=form.arrangement, by=by, at=at)
    return arrangements.arrange(account=found, arrangement=form.arrangement, by=by, at=at)


def _asked_for(request: SignedIn) -> Organisation:
    """The organisation that the address names, or the only one of the reader."""
    mine = {str(membership.organisation_id): membership.organisation for membership in request.user.memberships.all()}
    asked = request.GET.get("organisation", next(iter(mine), "") if len(mine) == 1 else "")
    if asked not in mine:
        raise Http404
    return mine[asked]
