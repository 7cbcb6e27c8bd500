"""Another technician for a session, at the desk (rule R2)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.desk import StaffRequest, for_staff
from sessions import crew, reassignment
from sessions.desk_forms import SuccessorForm
from sessions.models import Session, Technician
from sessions.views import desk_page


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff()
def technician(request: StaffRequest, session_id: int) -> HttpResponse:
    """Let another technician take over, at the time that was agreed."""
    session, at = desk_page.find(request, session_id), timezone.now()
    form = _form(request, session)
    if form.carried_out(
        lambda said: reassignment.reassign(session=session, **form.succession, reason=said["reason"], by=request.user, at=at)
    ):
        messages.success(request, _("%(name)s does the session now. Everybody has been told.") % {"name": form.succession["takes"]})
        still_seen = Session.objects.visible_to(request.user).filter(pk=session.pk).exists()
        return redirect("desk-session", session_id) if still_seen else redirect("desk-week")
    if not form.is_bound and not desk_page.look(session, request.user, at=at).can_move:
        messages.warning(request, _("That is not possible with this session now. Nothing has changed."))
        return redirect("desk-session", session_id)
    return render(request, "sessions/desk/technician.html", {"session": session, "form": form}, status=form.status)


def _form(request: StaffRequest, session: Session) -> SuccessorForm:
    """The form, with who was dragged onto chosen: those who are free first, then everybody else who is booked."""
    there = list(crew.crew(session).select_related("person"))
    free = reassignment.successors(session) if session.state in reassignment.BOOKED else []
    known = {person.pk for person in (*there, *free)}
    others = Technician.objects.filter(bookable=True, person__is_active=True).exclude(pk__in=known).select_related("person")
    return SuccessorForm(
        desk_page.sent(request),
        there=there,
        free=free,
        others=list(others.order_by("person__name", "pk")),
        initial={name: request.GET.get(name, "") for name in ("leaves", "takes") if name in request.GET},
    )
