"""The operator's view of mail that came in: what became of it, and what waits for somebody (rule S8). Administrators only."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from clients.access import has_duty
from clients.models import StaffDuty
from core.errors import DomainError
from notices import incoming, mailroom
from notices.models import IncomingMail, MailState
from notices.views.desk import SignedIn

PAGE_LENGTH = 25


@require_safe
@login_required
def mails(request: SignedIn) -> HttpResponse:
    """All mails that came in, newest first, or those in one state; and whether anything is set up to bring them."""
    if not has_duty(request.user, StaffDuty.ADMINISTRATOR):
        raise Http404
    found = mailroom.visible_to(request.user).order_by("-pk")
    state = request.GET.get("state", "")
    if state in MailState.values:
        found = found.filter(state=state)
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    set_up = bool(settings.MAILBOX_URL) or IncomingMail.objects.exists()
    return render(request, "desk/mails_in.html", {"page": page, "state": state, "states": MailState.choices, "set_up": set_up})


@require_safe
@login_required
def mail(request: SignedIn, pk: int) -> HttpResponse:
    """One mail, as text: nothing that came from outside is shown as HTML."""
    found = get_object_or_404(mailroom.visible_to(request.user), pk=pk)
    return render(request, "desk/mail_in.html", {"mail": found, "read": incoming.parse(bytes(found.raw))})


@require_safe
@login_required
def mail_bytes(request: SignedIn, pk: int) -> HttpResponse:
    """The mail byte for byte, as a file to be saved: a browser must not guess what it is, or show it."""
    found = get_object_or_404(mailroom.visible_to(request.user), pk=pk)
    headers = {
        "Content-Disposition": f'attachment; filename="mail-{found.pk}.eml"',
        "X-Content-Type-Options": "nosniff",
        "Cache-Control": "no-store",
    }
    return HttpResponse(bytes(found.raw), content_type="application/octet-stream", headers=headers)


@require_POST
@login_required
def mail_retry(request: SignedIn, pk: int) -> HttpResponse:
    """Let a held mail be handled again."""
    found = get_object_or_404(mailroom.visible_to(request.user), pk=pk)
    try:
        mailroom.retry(mail=found, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The mail will be handled again in a moment."))
    return redirect("desk-mail-in", pk=pk)
