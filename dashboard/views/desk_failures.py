"""What failed for good, for administrators: try it again, or give it up and say why (REL8)."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from clients.desk import StaffRequest, for_staff
from clients.models import StaffDuty
from core.errors import DomainError
from core.forms import ReasonForm
from dashboard import dead_letters

PAGE_LENGTH = 50
LAST_ANSWERS = 20


@require_safe
@for_staff(StaffDuty.ADMINISTRATOR)
def failures(request: StaffRequest) -> HttpResponse:
    """All of it, the oldest first, and what was done before."""
    page = Paginator(dead_letters.found(), PAGE_LENGTH).get_page(request.GET.get("page"))
    context = {"page": page, "answered": dead_letters.answered()[:LAST_ANSWERS]}
    return render(request, "dashboard/desk/failures.html", context)


@require_POST
@for_staff(StaffDuty.ADMINISTRATOR)
def retry(request: StaffRequest, letter: str) -> HttpResponse:
    """Try one again."""
    try:
        dead_letters.retry(letter, by=request.user, at=timezone.now())
    except dead_letters.LetterGone as gone:
        messages.info(request, str(gone))
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("It is tried again in a moment."))
    return redirect("desk-failures")


@require_POST
@for_staff(StaffDuty.ADMINISTRATOR)
def retry_all(request: StaffRequest) -> HttpResponse:
    """Try everything again that stands there."""
    tried, refused = dead_letters.retry_all(by=request.user, at=timezone.now())
    if tried:
        messages.success(request, ngettext("%(count)s is tried again.", "%(count)s are tried again.", tried) % {"count": tried})
    if refused:
        left = ngettext("%(count)s stays: its page says why.", "%(count)s stay: their pages say why.", refused)
        messages.error(request, left % {"count": refused})
    if not (tried or refused):
        messages.info(request, _("Nothing was left to try again."))
    return redirect("desk-failures")


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(StaffDuty.ADMINISTRATOR)
def give_up(request: StaffRequest, letter: str) -> HttpResponse:
    """Give one up, for a reason."""
    form = ReasonForm(request.POST if request.method == "POST" else None)
    try:
        found = dead_letters.get(letter)
    except dead_letters.LetterGone as gone:
        if request.method != "POST":
            raise Http404 from gone
        messages.info(request, str(gone))
        return redirect("desk-failures")
    if form.carried_out(lambda said: dead_letters.give_up(letter, reason=said["reason"], by=request.user, at=timezone.now())):
        messages.success(request, _("It is given up. Nobody tries it any more."))
        return redirect("desk-failures")
    if isinstance(form.refusal, dead_letters.LetterGone):
        return redirect("desk-failures")
    return render(request, "dashboard/desk/failure_give_up.html", {"letter": found, "form": form}, status=form.status)
