"""Many drafts issued at the desk: what they come to is shown first, and issued is what was confirmed (rule I1)."""

from dataclasses import replace

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods

from clients.agreements import local_date
from clients.desk import StaffRequest
from invoicing import issue_batches, issuing_shown, life, listing
from invoicing.desk_forms import ChosenForm, ConfirmedForm, FilterForm
from invoicing.models import Invoice, InvoiceQuerySet, InvoiceState
from invoicing.views.desk_invoices import drafts_url, show
from invoicing.views.offering import for_finance

AT_ONCE = 20
"""So many drafts are issued while somebody waits; more go into a batch."""
MOST_LISTED = 100


@require_http_methods(["GET", "HEAD", "POST"])
@for_finance
def issue_chosen(request: StaffRequest) -> HttpResponse:
    """Say what the chosen drafts come to; issue those that were confirmed, and say of which others why not. By finance alone."""
    life.check_finance(request.user)
    return _issued(request) if request.method == "POST" else _asked(request)


def _asked(request: StaffRequest) -> HttpResponse:
    """What would be issued, and one button that issues it."""
    form = ChosenForm(request.GET, drafts=_drafts(request))
    if not form.is_valid():
        return _refused(request, str(form.errors["invoice"][0]))
    chosen: list[Invoice] = form.cleaned_data["chosen"]
    context = {
        "count": len(chosen),
        "sums": issuing_shown.together(chosen),
        "rows": listing.rows(chosen[:MOST_LISTED], today=local_date(timezone.now())),
        "more": max(len(chosen) - MOST_LISTED, 0),
        "goes_into_a_batch": len(chosen) > AT_ONCE,
        "form": ConfirmedForm(initial={"shown": issuing_shown.written(chosen)}),
        "back_url": drafts_url(),
    }
    return render(request, "invoicing/desk/issuing.html", context)


def _issued(request: StaffRequest) -> HttpResponse:
    """Issue what was confirmed: a few at once, and those that were refused stand in the list; more by the job."""
    form, by, at = ConfirmedForm(request.POST), request.user, timezone.now()
    if not form.is_valid():
        return _refused(request, _("Choose at least one draft. Nothing was issued."))
    shown = issuing_shown.read(form.cleaned_data["shown"])
    found = Invoice.objects.visible_to(by).filter(pk__in=shown).exclude(state=InvoiceState.DROPPED)
    chosen, changed = issuing_shown.unchanged(found.select_related("organisation", "preceding").order_by("pk"), shown)
    left_out = {draft.pk: str(issuing_shown.ChangedSinceShown.message) for draft in changed}
    gone = len(shown) - len(chosen) - len(changed)
    if not chosen:
        return _told(request, [], left_out, gone)
    if len(chosen) > AT_ONCE:
        batch = issue_batches.begin(chosen, by=by, at=at, cause=f"desk:{by.pk}:{form.cleaned_data['key']}")
        _say_left_out(request, len(changed) + gone)
        return redirect("desk-batch", batch.pk)
    done, refused = issuing_shown.issue_all(chosen, shown, by=by, at=at)
    return _told(request, done, refused | left_out, gone)


def _drafts(request: StaffRequest) -> InvoiceQuerySet:
    """The drafts that the list is narrowed to."""
    drafts = replace(FilterForm(request.GET).wanted, tab=listing.DRAFTS)
    return listing.found(drafts, person=request.user, today=local_date(timezone.now()))


def _refused(request: StaffRequest, why: str) -> HttpResponse:
    messages.error(request, why)
    return show(request, FilterForm({"tab": listing.DRAFTS}), status=422)


def _say_left_out(request: StaffRequest, count: int) -> None:
    """Of what was confirmed some is changed or no more by now."""
    if count:
        said = ngettext(
            "%(number)s draft has changed, or is no more, since you looked. It was left out.",
            "%(number)s drafts have changed, or are no more, since you looked. They were left out.",
            count,
        )
        messages.warning(request, said % {"number": count})


def _told(request: StaffRequest, done: list[Invoice], refused: dict[int, str], gone: int) -> HttpResponse:
    """What was issued at once, and what was not."""
    if done:
        said = ngettext("%(number)s invoice issued.", "%(number)s invoices issued.", len(done))
        messages.success(request, said % {"number": len(done)})
    _say_left_out(request, gone)
    if not refused:
        return redirect(drafts_url())
    count = len(refused)
    said = ngettext("%(number)s draft was not issued: see why beside it.", "%(number)s drafts were not issued: see why beside each.", count)
    messages.error(request, said % {"number": count})
    return show(request, FilterForm({"tab": listing.DRAFTS}), status=409, refused=refused)
