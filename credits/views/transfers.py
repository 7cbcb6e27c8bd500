"""Pages about transfers between accounts: all of them, a new one, one to agree to (rules C13, C16).

Clients and their account manager share them: each sees the transfers of the accounts they may read, and may do what
the verbs allow.
"""

from collections.abc import Callable
from datetime import datetime
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients import access
from clients.models import Organisation, StaffDuty
from clients.portal import SignedIn, portal_page
from core.errors import DomainError, NotAllowed
from core.formatting import hours
from credits import spending, transfers
from credits.account_forms import TransferForm
from credits.accounts import CreditAccount
from credits.transfers import Transfer, TransferState
from people.models import Person

PAGE_LENGTH = 20
READ_WITH = ("source__organisation", "target__organisation", "proposed_by", "source_approved_by", "target_approved_by", "closed_by")


@require_safe
@portal_page
def transfer_list(request: SignedIn) -> HttpResponse:
    """The transfers that one may read: those that wait first, then the latest."""
    found = _visible(request).order_by("closed_at", "-proposed_at", "-pk")
    waiting = found.filter(state=TransferState.PROPOSED)
    page = Paginator(found.exclude(state=TransferState.PROPOSED).order_by("-closed_at", "-pk"), PAGE_LENGTH).get_page(
        request.GET.get("page")
    )
    proposes = _accounts_to_choose(request.user, at=timezone.now()) is not None
    return render(request, "credits/portal/transfers.html", {"waiting": waiting, "page": page, "proposes": proposes})


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def transfer_new(request: SignedIn) -> HttpResponse:
    """Propose a transfer; where one decides about both accounts it is carried out at once."""
    at = timezone.now()
    offered = _accounts_to_choose(request.user, at=at)
    if offered is None:
        raise NotAllowed
    initial = {"key": str(uuid4()), "source": request.GET.get("source", "")}
    form = TransferForm(request.POST if request.method == "POST" else None, accounts=offered, initial=initial)
    status = 422 if form.is_bound and not form.is_valid() else 200
    if form.is_bound and status == 200:
        cause = f"transfer:{request.user.pk}:{form.cleaned_data['key']}"
        try:
            proposed = transfers.propose(wish=form.wish, cause=cause, by=request.user, at=at)
        except DomainError as refusal:
            form.add_error(None, str(refusal))
            status = 403 if isinstance(refusal, NotAllowed) else 409
        else:
            messages.success(request, _news(proposed))
            return redirect("transfer", proposed.pk)
    return render(request, "credits/portal/transfer_new.html", {"form": form}, status=status)


@require_safe
@portal_page
def transfer(request: SignedIn, transfer_id: int) -> HttpResponse:
    """One transfer: what moves and why, who has agreed, and what the reader can answer."""
    return _page(request, get_object_or_404(_visible(request), pk=transfer_id))


@require_POST
@portal_page
def transfer_approve(request: SignedIn, transfer_id: int) -> HttpResponse:
    """Agree to it for each side about which one decides."""
    return _answer(request, transfer_id, transfers.approve)


@require_POST
@portal_page
def transfer_decline(request: SignedIn, transfer_id: int) -> HttpResponse:
    """Say no to it, or withdraw it."""
    return _answer(request, transfer_id, transfers.decline)


def _answer(request: SignedIn, transfer_id: int, verb: Callable[..., Transfer]) -> HttpResponse:
    found = get_object_or_404(_visible(request), pk=transfer_id)
    try:
        answered = verb(transfer=found, by=request.user, at=timezone.now())
    except NotAllowed:
        raise
    except DomainError as refusal:
        return _page(request, found, refusal=refusal)
    messages.success(request, _news(answered))
    return redirect("transfer", found.pk)


def _page(request: SignedIn, found: Transfer, *, refusal: DomainError | None = None) -> HttpResponse:
    at = timezone.now()
    mine = transfers.sides_of(found, request.user, at=at)
    about = spending.voices([found.source, found.target], at=at)
    sides = [
        {
            "account": account,
            "approved_by": getattr(found, f"{side}_approved_by"),
            "approved_at": getattr(found, f"{side}_approved_at"),
            "deciders": dict.fromkeys(voice.person for voice in about[account.pk]),
        }
        for side, account in (("source", found.source), ("target", found.target))
    ]
    context = {
        "transfer": found,
        "refusal": refusal,
        "sides": sides,
        "may_approve": any(getattr(found, f"{side}_approved_by_id") is None for side in mine),
        "may_close": transfers.may_close(found, request.user, at=at),
    }
    return render(request, "credits/portal/transfer.html", context, status=409 if refusal else 200)


def _visible(request: SignedIn) -> QuerySet[Transfer]:
    return Transfer.objects.visible_to(request.user).select_related(*READ_WITH)


def _accounts_to_choose(person: Person, *, at: datetime) -> QuerySet[CreditAccount] | None:
    """The open accounts of the organisations for which `person` may propose; None for somebody who proposes nothing."""
    ours = Q(pk__in=access.decides_for(person, at=at))
    if access.has_duty(person, StaffDuty.ACCOUNT_MANAGER):
        ours |= Q(pk__in=Organisation.objects.managed_by(person))
    organisations = Organisation.objects.filter(ours)
    if not organisations.exists():
        return None
    accounts = CreditAccount.objects.filter(organisation__in=organisations, closed_at=None)
    return accounts.select_related("organisation").order_by("organisation__name", "name", "pk")


def _news(answered: Transfer) -> str:
    """What has come of it."""
    words = {"size": hours(answered.minutes), "source": answered.source.name, "target": answered.target.name}
    if answered.state == TransferState.DONE:
        return _("%(size)s has moved from %(source)s to %(target)s.") % words
    if answered.state == TransferState.DECLINED:
        return _("The transfer of %(size)s is off. Nothing has moved.") % words
    return _("The transfer of %(size)s waits for whoever else decides. They have been told.") % words
