"""The client's pages of an estimate: read it, accept or decline it, on the page or through a personal link (rules D1, D6).

Opening a page never acts. What is accepted is what was shown: the form carries the digest of the document.
"""

from typing import Any

from allauth.account.adapter import get_adapter
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from clients.models import Organisation
from clients.portal import SignedIn, portal_page
from core.forms import ReasonForm
from delivery import acceptance, estimate_page, links, paying
from delivery.acceptance import Answer
from delivery.acceptance_forms import AcceptForm, SecondForm, shown, value
from delivery.estimate_page import Turn
from delivery.links import LinkBroken, LinkOver
from delivery.models import Acceptance, AcceptedBy, Estimate
from delivery.paying import Choice

Form = AcceptForm | SecondForm
ACTS = ["GET", "HEAD", "POST"]
SEEN_WITH = (
    "task__organisation__account_manager",
    "task__case",
    "closed_by",
    "acceptance__person",
    "acceptance__second",
    "acceptance__account",
)


@require_http_methods(ACTS)
@portal_page
def estimate(request: SignedIn, estimate_id: int) -> HttpResponse:
    """The whole estimate, and the answer to it."""
    return _page(request, find(request, estimate_id), AcceptedBy.PAGE)


@never_cache
@require_http_methods(ACTS)
@portal_page
def by_link(request: SignedIn, token: str) -> HttpResponse:
    """The same through a personal link: for the person whom it names, as long as the estimate lasts."""
    try:
        link = links.read(token, at=timezone.now())
    except LinkBroken as refusal:
        return render(request, "delivery/portal/link.html", {"text": str(refusal)}, status=404)
    except LinkOver as refusal:
        over = refusal.estimate if _is_mine(request, refusal.estimate) else None
        return render(request, "delivery/portal/link.html", {"text": str(refusal), "estimate": over}, status=410)
    if link.person_id != request.user.pk:
        return render(request, "delivery/portal/link.html", {"is_anothers": True}, status=403)
    return _page(request, find(request, link.estimate.pk), AcceptedBy.LINK)


@require_http_methods(ACTS)
@portal_page
def decline(request: SignedIn, estimate_id: int) -> HttpResponse:
    """Decline it, with a reason; what follows is said before."""
    found, now = find(request, estimate_id), timezone.now()
    turn = estimate_page.turn(found, request.user, at=now)
    form = ReasonForm(request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: acceptance.decline(found, said["reason"], by=request.user, at=now)):
        messages.success(request, _("Declined. We have been told, with your reason."))
        return redirect("delivery-estimate", found.pk)
    return render(request, "delivery/portal/decline.html", {"estimate": found, "form": form, "turn": turn}, status=form.status)


def find(request: SignedIn, estimate_id: int) -> Estimate:
    """The estimate, if it was sent to one's own organisations; 404 otherwise: staff have the desk."""
    mine = Organisation.objects.of_member(request.user)
    seen = Estimate.objects.visible_to(request.user).filter(task__organisation__in=mine.values("pk")).exclude(offered_at=None)
    return get_object_or_404(seen.select_related(*SEEN_WITH), pk=estimate_id)


def address_of(request: HttpRequest) -> str | None:
    """From where the request came, as far as that is known: the same address that signing in goes by."""
    try:
        return str(get_adapter(request).get_client_ip(request))
    except PermissionDenied:
        return None


def _page(request: SignedIn, found: Estimate, way: AcceptedBy) -> HttpResponse:
    now = timezone.now()
    turn = estimate_page.turn(found, request.user, at=now)
    form, offered = _form(request, found, turn, request.POST if request.method == "POST" else None)
    if form.carried_out(lambda said: acceptance.accept(found, _answer(request, form, said, way), by=request.user, at=now)):
        return _accepted(request, found)
    refusal, status = form.refusal, form.status
    if refusal:
        found = find(request, found.pk)
        turn = estimate_page.turn(found, request.user, at=now)
        form, offered = _anew(request, found, turn, form)
    context: dict[str, Any] = {"estimate": found, "task": found.task, "form": form, "turn": turn, "choices": offered, "refusal": refusal}
    context |= estimate_page.shown(found, at=now) | {"effect": estimate_page.effect(found), "settled": paying.settled_way(found)}
    return render(request, "delivery/portal/estimate.html", context, status=status)


def _form(request: SignedIn, found: Estimate, turn: Turn, sent: QueryDict | None) -> tuple[Form, list[Choice]]:
    """The form of a first yes, or of the second one, and the accounts that could pay."""
    document = estimate_page.document(found)
    if turn.first is not None:
        first = acceptance.payment_of(turn.first)
        return SecondForm(sent, initial=shown(document, [first]) | {"pays": value(first)}, first=first), []
    offered, by_invoice = estimate_page.choices(found, request.user, at=timezone.now())
    form = AcceptForm(sent, initial=shown(document, offered), choices=offered, by_invoice=by_invoice)
    form.offer_orders(found.task.organisation, at=timezone.now())
    return form, offered


def _anew(request: SignedIn, found: Estimate, turn: Turn, refused: Form) -> tuple[Form, list[Choice]]:
    """The form after a refusal: about what is shown now, with what was typed where that is still asked for."""
    form, offered = _form(request, found, turn, None)
    if isinstance(form, AcceptForm) and isinstance(refused, AcceptForm):
        refused.shown_anew(**shown(estimate_page.document(found), offered))
        return refused, offered
    return form, offered


def _answer(request: SignedIn, form: Form, said: dict[str, Any], way: AcceptedBy) -> Answer:
    """What the form says."""
    payment = form.payment
    return Answer(
        way=way,
        language=said["language"],
        digest=said["digest"],
        address=address_of(request),
        order_reference=form.order_number if isinstance(form, AcceptForm) else "",
        pays_with=payment.pays_with,
        account=payment.account,
        minutes=payment.minutes,
    )


def _accepted(request: SignedIn, found: Estimate) -> HttpResponse:
    given = Acceptance.objects.get(estimate=found)
    if given.completed_at is None:
        messages.success(request, _("Your yes is kept. A second approver has been asked; nothing follows until they agree."))
    else:
        messages.success(request, _("Accepted. We have been told, and go on from here."))
    return redirect("delivery-estimate", found.pk)


def _is_mine(request: SignedIn, found: Estimate) -> bool:
    return Organisation.objects.of_member(request.user).filter(pk=found.task.organisation_id).exists()
