"""The client's pages of invoices: the list, and one invoice with its documents."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from clients import access
from clients.agreements import local_date
from clients.models import Organisation
from clients.portal import SignedIn, in_view
from credits.ledger import Refund
from invoicing import contests_shown, documents, listing, owed, paper
from invoicing.cards import service
from invoicing.models import Invoice, InvoiceKind, InvoiceQuerySet, Payout, PayoutState
from invoicing.models.payouts import LIVE
from invoicing.views.offering import for_clients

PAGE_LENGTH, MOST_PAYOUTS = 20, 5


@require_safe
@for_clients
def invoice_list(request: SignedIn) -> HttpResponse:
    """The issued invoices and credit notes of one's organisations, newest first."""
    page = Paginator(of_member(request).filter(organisation__in=in_view(request)).order_by("-issued_on", "-pk"), PAGE_LENGTH).get_page(
        request.GET.get("page")
    )
    rows = listing.rows(page.object_list, today=local_date(timezone.now()))
    mine = in_view(request)
    context = {"page": page, "rows": rows, "several": len(mine) > 1, "accounts": mine if rows else []}
    context |= _money_back([organisation.pk for organisation in mine])
    return render(request, "invoicing/portal/list.html", context)


@require_safe
@for_clients
def invoice(request: SignedIn, invoice_id: int) -> HttpResponse:
    """One of them, as it was issued, with what has come of it since."""
    found = get_object_or_404(of_member(request), pk=invoice_id)
    stands = listing.standing_of(found, today=local_date(timezone.now()))
    context = {"invoice": found, "standing": stands, "paper": paper.of(found), "may_pay": may_pay(request, found)}
    context["has_e_invoice"] = documents.has_e_invoice(found)
    context |= contests_shown.in_the_portal(found, request.user, at=timezone.now())
    return render(request, "invoicing/portal/invoice.html", context)


def _money_back(organisations: list[int]) -> dict[str, object]:
    """What we owe them that no payout has set aside, every payout that is to come, and what was paid back last."""
    payouts = Payout.objects.filter(organisation__in=organisations).select_related("organisation").order_by("-pk")
    return {
        "owed": [one for one in owed.owed(organisations) if one.free.amount > 0],
        "payouts": [*payouts.filter(state__in=LIVE), *payouts.filter(state=PayoutState.PAID)[:MOST_PAYOUTS]],
        "refunds": Refund.objects.filter(kept__organisation__in=organisations).order_by("-pk")[:MOST_PAYOUTS],
    }


def of_member(request: SignedIn) -> InvoiceQuerySet:
    """The issued ones of the organisations that one belongs to: staff have the desk instead."""
    mine = Organisation.objects.of_member(request.user)
    found = Invoice.objects.visible_to(request.user).issued().filter(organisation__in=mine.values("pk"))
    return found.select_related("organisation", "preceding")


def may_pay(request: SignedIn, invoice: Invoice) -> bool:
    """Whether the way to the card stands on the page: who decides for the client, while something is open."""
    is_open = invoice.kind == InvoiceKind.INVOICE and invoice.open.amount > 0
    return is_open and service.offered() is not None and access.is_approver(request.user, invoice.organisation, at=timezone.now())
