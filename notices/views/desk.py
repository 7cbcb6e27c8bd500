"""The operator's view of the outbox: what was written to whom, and what became of it (rule M4). Administrators only."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.access import has_duty
from clients.models import StaffDuty
from core.errors import DomainError
from notices import delivery, outbox
from notices.models import NoticeState
from people.models import Person

PAGE_LENGTH = 25


class SignedIn(HttpRequest):
    """A request that `login_required` let through."""

    user: Person


@require_safe
@login_required
def mail(request: SignedIn) -> HttpResponse:
    """All notices, newest first, or those in one state."""
    if not has_duty(request.user, StaffDuty.ADMINISTRATOR):
        raise Http404
    notices = outbox.visible_to(request.user).select_related("person").order_by("-pk")
    state = request.GET.get("state", "")
    if state in NoticeState.values:
        notices = notices.filter(state=state)
    page = Paginator(notices, PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "desk/mail.html", {"page": page, "state": state, "states": NoticeState.choices})


@require_safe
@login_required
def mail_notice(request: SignedIn, pk: int) -> HttpResponse:
    """One notice, with its text unless that signs somebody in."""
    notice = get_object_or_404(outbox.visible_to(request.user).select_related("person"), pk=pk)
    return render(request, "desk/mail_notice.html", {"notice": notice, "secret": delivery.is_secret(notice)})


@require_POST
@login_required
def mail_retry(request: SignedIn, pk: int) -> HttpResponse:
    """Send a failed notice again."""
    notice = get_object_or_404(outbox.visible_to(request.user), pk=pk)
    try:
        delivery.retry(notice=notice, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The mail is in the queue again."))
    return redirect("desk-mail-notice", pk=pk)
