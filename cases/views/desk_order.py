"""Who has a case, and what it belongs together with: given, taken, merged, linked, tagged, watched (rules S1, S11)."""

from django.http import HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from cases import assignment, merging, tagging, watchers
from cases.desk_forms import MergeForm, OtherCaseForm, PersonForm, TagForm
from cases.merging import OtherClients
from cases.models import Case
from cases.views.desk import carried
from cases.views.desk_page import find
from cases.views.desk_queue import DUTIES
from clients.desk import StaffRequest, for_staff
from core.forms import ActForm


@require_POST
@for_staff(*DUTIES)
def take(request: StaffRequest, case_id: int) -> HttpResponse:
    """Mine."""
    found, now, by = find(request, case_id), timezone.now(), request.user
    return carried(
        request, found, "take", ActForm(request.POST), _("The case is yours."), lambda _s: assignment.take(case=found, by=by, at=now)
    )


@require_POST
@for_staff(*DUTIES)
def release(request: StaffRequest, case_id: int) -> HttpResponse:
    """Nobody's."""
    found, now, by = find(request, case_id), timezone.now(), request.user
    told = _("Nobody has the case now; the dispatchers are told.")
    return carried(request, found, "release", ActForm(request.POST), told, lambda _s: assignment.release(case=found, by=by, at=now))


@require_POST
@for_staff(*DUTIES)
def assign(request: StaffRequest, case_id: int) -> HttpResponse:
    """Somebody's."""
    found, now, by = find(request, case_id), timezone.now(), request.user
    form = PersonForm(request.POST, auto_id="assign_%s")
    told = _("The case is given, and they are told.")
    return carried(request, found, "assign", form, told, lambda said: assignment.assign(case=found, to=said["person"], by=by, at=now))


@require_POST
@for_staff(*DUTIES)
def merge(request: StaffRequest, case_id: int) -> HttpResponse:
    """The case goes on in another one."""
    found, now, by = find(request, case_id), timezone.now(), request.user
    form = MergeForm(request.POST, auto_id="merge_%s")
    told = _("The case goes on in the other one, and the client is told.")
    return carried(
        request,
        found,
        "merge",
        form,
        told,
        lambda said: merging.merge(case=found, into=_other(request, form), reason=said["reason"], by=by, at=now),
    )


@require_POST
@for_staff(*DUTIES)
def link(request: StaffRequest, case_id: int) -> HttpResponse:
    """The case has to do with another one."""
    found, now, by = find(request, case_id), timezone.now(), request.user
    form = OtherCaseForm(request.POST, auto_id="link_%s")
    told = _("The cases are linked.")
    return carried(request, found, "link", form, told, lambda _s: merging.link(case=found, other=_other(request, form), by=by, at=now))


@require_POST
@for_staff(*DUTIES)
def unlink(request: StaffRequest, case_id: int) -> HttpResponse:
    """It has nothing to do with it after all."""
    found, now, by = find(request, case_id), timezone.now(), request.user
    form = OtherCaseForm(request.POST, auto_id="link_%s")
    told = _("The link is removed.")
    return carried(request, found, "link", form, told, lambda _s: merging.unlink(case=found, other=_other(request, form), by=by, at=now))


@require_POST
@for_staff(*DUTIES)
def tag(request: StaffRequest, case_id: int) -> HttpResponse:
    """A word to sort by."""
    found, now, by = find(request, case_id), timezone.now(), request.user
    form = TagForm(request.POST, auto_id="tag_%s")
    told = _("The tag is on.")
    return carried(request, found, "tag", form, told, lambda said: tagging.tag(case=found, name=said["name"], by=by, at=now))


@require_POST
@for_staff(*DUTIES)
def untag(request: StaffRequest, case_id: int) -> HttpResponse:
    """The word is off."""
    found, now, by = find(request, case_id), timezone.now(), request.user
    form = TagForm(request.POST, auto_id="tag_%s")
    told = _("The tag is off.")
    return carried(request, found, "tag", form, told, lambda said: tagging.untag(case=found, name=said["name"], by=by, at=now))


@require_POST
@for_staff(*DUTIES)
def watch(request: StaffRequest, case_id: int) -> HttpResponse:
    """Somebody is told what is said."""
    found, now, by = find(request, case_id), timezone.now(), request.user
    form = PersonForm(request.POST, auto_id="watch_%s")
    told = _("They are told what is said from now on.")
    return carried(request, found, "watch", form, told, lambda said: watchers.watch(found, said["person"], by=by, at=now))


@require_POST
@for_staff(*DUTIES)
def unwatch(request: StaffRequest, case_id: int) -> HttpResponse:
    """Somebody is told no more."""
    found, now, by = find(request, case_id), timezone.now(), request.user
    form = PersonForm(request.POST, auto_id="watch_%s")
    told = _("They are told no more.")
    return carried(request, found, "watch", form, told, lambda said: watchers.unwatch(found, said["person"], by=by, at=now))


def _other(request: StaffRequest, form: OtherCaseForm) -> Case:
    """The other case, among those that the person may see. Raises OtherClients: it is not said whether there is one."""
    other = Case.objects.visible_to(request.user).filter(pk=form.number).first()
    if other is None:
        raise OtherClients
    return other
