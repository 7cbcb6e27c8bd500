"""Pages about a client's purchase orders: all of them, a new one, one with what was ordered on it (rule I8).

Clients and the provider's people share them: each sees the orders of the organisations they may read, and may do what the
verbs allow.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import F, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients import access, order_standing, purchase_orders
from clients.agreements import local_date
from clients.models import Organisation, PurchaseOrder
from clients.portal import SignedIn, in_view, portal_page
from core.errors import NotAllowed
from core.forms import ActForm, ReasonForm
from credits import order_numbers
from credits.order_forms import ChangeForm, OrderForm

PAGE_LENGTH = 20


@require_safe
@portal_page
def order_list(request: SignedIn) -> HttpResponse:
    """The orders that one may read, of one client where the address says so: open ones first, by their last day."""
    client, today = _asked_for(request), local_date(timezone.now())
    found = _visible(request).order_by(F("closed_at").desc(nulls_first=True), "ends_on", "pk")
    page = Paginator(found.filter(organisation=client) if client else found, PAGE_LENGTH).get_page(request.GET.get("page"))
    rows = [(order, order_standing.of(order, today=today)) for order in page.object_list]
    adds = _may_add_for(request, client)
    context = {
        "client": client,
        "page": page,
        "rows": rows,
        "adds": adds,
        "new_url": f"{reverse('purchase-order-new')}?organisation={adds[0].pk}" if adds else "",
        "at_desk": access.is_provider_staff(request.user),
    }
    return render(request, "credits/orders/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def order_new(request: SignedIn) -> HttpResponse:
    """Register an order; `?organisation=` says whose, where one looks after several."""
    client, at = _asked_for(request), timezone.now()
    if client is None:
        raise Http404
    if not purchase_orders.may_arrange(request.user, client, at=at):
        raise NotAllowed
    form = OrderForm(request.POST if request.method == "POST" else None, initial={"key": str(uuid4()), "starts_on": local_date(at)})
    opened: list[PurchaseOrder] = []

    def register(said: dict[str, Any]) -> None:
        cause = f"purchase-order:{request.user.pk}:{said['key']}"
        opened.append(purchase_orders.open_order(organisation=client, wanted=form.wanted, cause=cause, by=request.user, at=at))

    if form.carried_out(register):
        messages.success(request, _("Purchase order %(number)s is registered.") % {"number": opened[0].number})
        return redirect("purchase-order", opened[0].pk)
    return render(request, "credits/orders/new.html", {"client": client, "form": form}, status=form.status)


@require_safe
@portal_page
def order(request: SignedIn, order_id: int) -> HttpResponse:
    """One order: how it stands, what was ordered on it, and what can be done about it."""
    return _page(request, get_object_or_404(_visible(request), pk=order_id))


@require_POST
@portal_page
def order_change(request: SignedIn, order_id: int) -> HttpResponse:
    """Give it another sum or last day."""
    found, at = get_object_or_404(_visible(request), pk=order_id), timezone.now()
    form = ChangeForm(request.POST, currency=str(found.net.currency))
    if form.carried_out(lambda _said: order_numbers.change(found, by=request.user, at=at, **form.said)):
        messages.success(request, _("The purchase order is changed."))
        return redirect("purchase-order", found.pk)
    return _page(request, found, status=form.status, change_form=form)


@require_POST
@portal_page
def order_close(request: SignedIn, order_id: int) -> HttpResponse:
    """Let nothing more be ordered on it."""
    found, at = get_object_or_404(_visible(request), pk=order_id), timezone.now()
    form = ReasonForm(request.POST)
    if form.carried_out(lambda said: purchase_orders.close(found, reason=said["reason"], by=request.user, at=at)):
        messages.success(request, _("The purchase order is closed. What was ordered on it stands."))
        return redirect("purchase-order", found.pk)
    return _page(request, found, status=form.status, close_form=form)


@require_POST
@portal_page
def order_usual(request: SignedIn, order_id: int) -> HttpResponse:
    """Propose it wherever the client orders."""
    found, at, form = get_object_or_404(_visible(request), pk=order_id), timezone.now(), ActForm(request.POST)
    if form.carried_out(lambda _said: purchase_orders.make_usual(found, by=request.user, at=at)):
        messages.success(request, _("It is proposed from now on wherever something is ordered."))
        return redirect("purchase-order", found.pk)
    return _page(request, found, status=form.status, usual_form=form)


def _page(request: SignedIn, found: PurchaseOrder, *, status: int = 200, **more: Any) -> HttpResponse:
    """The order; `more` are forms that were refused, by the name that the page knows them by."""
    at = timezone.now()
    arranges = found.closed_at is None and purchase_orders.may_arrange(request.user, found.organisation, at=at)
    said = {"net": found.net.amount, "ends_on": found.ends_on}
    kept: dict[str, Callable[[], ActForm]] = {
        "change_form": lambda: ChangeForm(initial=said, currency=str(found.net.currency), auto_id="change-%s"),
        "close_form": lambda: ReasonForm(auto_id="close-%s"),
    }
    context: dict[str, Any] = {
        "order": found,
        "standing": order_standing.of(found, today=local_date(at)),
        "is_usual": found.organisation.default_purchase_order_id == found.pk,
        "page": Paginator(found.uses.order_by("-at", "-pk"), PAGE_LENGTH).get_page(request.GET.get("page")),
        "edits": _edits(found),
        "arranges": arranges,
        "at_desk": access.is_provider_staff(request.user),
        **{name: make() if arranges else None for name, make in kept.items()},
    }
    return render(request, "credits/orders/order.html", context | more, status=status)


def _edits(found: PurchaseOrder) -> Any:
    """What was changed when and why, the newest first."""
    changes = found.history.filter(history_type="~").select_related("history_user")
    return changes.order_by("-history_date", "-history_id")[:PAGE_LENGTH]


def _visible(request: SignedIn) -> QuerySet[PurchaseOrder]:
    found = PurchaseOrder.objects.visible_to(request.user)
    return found.select_related("organisation__account_manager", "opened_by", "closed_by")


def _asked_for(request: SignedIn) -> Organisation | None:
    """The client that the address names, else the only one that a client's person belongs to. 404 where it is not theirs to see."""
    asked = request.GET.get("organisation", "")
    mine = in_view(request)
    if not asked:
        return mine[0] if len(mine) == 1 and not access.is_provider_staff(request.user) else None
    if not (asked.isascii() and asked.isdigit() and len(asked) < 10):
        raise Http404
    return get_object_or_404(Organisation.objects.visible_to(request.user), pk=int(asked))


def _may_add_for(request: SignedIn, client: Organisation | None) -> list[Organisation]:
    """The clients for which one may register an order, as far as the page is about them."""
    if client is not None:
        return [client] if purchase_orders.may_arrange(request.user, client, at=timezone.now()) else []
    deciding = access.decides_for(request.user, at=timezone.now())
    return [membership.organisation for membership in request.user.memberships.all() if membership.organisation_id in deciding]
