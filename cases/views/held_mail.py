"""Mail that waits for somebody to decide (rule S8): which case it is, or of which client. Administrators and dispatchers."""

from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cases import held_mail, mail_text
from cases.held_mail_forms import JoinForm, NewCaseForm
from cases.models import Case
from clients.access import has_duty
from clients.models import StaffDuty
from clients.portal import SignedIn
from core.errors import DomainError
from notices import incoming
from notices.models import IncomingMail, MailState

PAGE_LENGTH = 25
LONGEST_SHOWN = 20_000


@require_safe
@login_required
def mails(request: SignedIn) -> HttpResponse:
    """What is held, the oldest first."""
    if not has_duty(request.user, StaffDuty.ADMINISTRATOR, StaffDuty.DISPATCHER):
        raise Http404
    found = held_mail.visible_to(request.user).order_by("received_at", "pk")
    page = Paginator(found, PAGE_LENGTH).get_page(request.GET.get("page"))
    return render(request, "cases/desk/held_mails.html", {"page": page})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def mail(request: SignedIn, pk: int) -> HttpResponse:
    """One of them, as text, with the two ways on; what was decided meanwhile leads to its case."""
    found = _find(request, pk)
    if found.state != MailState.HELD:
        case = held_mail.case_of(found)
        return redirect("desk-case", case.pk) if case else redirect("desk-held-mails")
    forms_of = {
        "open": NewCaseForm(request.POST if request.POST.get("act") == "open" else None, auto_id="open_%s"),
        "join": JoinForm(request.POST if request.POST.get("act") == "join" else None, auto_id="join_%s"),
    }
    verbs = _verbs(found, request, forms_of)
    refusal: DomainError | None = None
    for name, form in forms_of.items():
        if form.is_bound and form.is_valid():
            try:
                case = verbs[name]()
            except DomainError as refused:
                refusal = refused
            else:
                messages.success(request, _("The mail is in the case."))
                return redirect("desk-case", case.pk)
    read = incoming.parse(bytes(found.raw))
    context = {"mail": found, "read": read, "text": mail_text.text_of(read)[:LONGEST_SHOWN], "forms": forms_of, "refusal": refusal}
    return render(request, "cases/desk/held_mail.html", context, status=409 if refusal else 200)


def _find(request: SignedIn, pk: int) -> IncomingMail:
    """A mail that one may decide about, or that was decided about: of the same routes."""
    if not has_duty(request.user, StaffDuty.ADMINISTRATOR, StaffDuty.DISPATCHER):
        raise Http404
    held = held_mail.visible_to(request.user).filter(pk=pk).first()
    return held or get_object_or_404(IncomingMail.objects.defer("raw").exclude(state=MailState.HELD).filter(route="case"), pk=pk)


def _verbs(found: IncomingMail, request: SignedIn, forms_of: dict[str, forms.Form]) -> dict[str, Callable[[], Case]]:
    at, new, join = timezone.now(), forms_of["open"], forms_of["join"]

    def open_new() -> Case:
        organisation, reporter = new.chosen  # type: ignore[attr-defined]
        return held_mail.open_case(found, organisation=organisation, reporter=reporter, by=request.user, at=at)

    return {"open": open_new, "join": lambda: held_mail.join(found, number=join.cleaned_data["number"], by=request.user, at=at)}
