"""The desk's pages about who is on call (rule S18). Everybody of ours reads them; dispatchers and administrators arrange."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from cases import standby
from cases.on_call_forms import ChangeForm, MembersForm, RotaForm, SecretForm, WebhookForm
from clients import on_call, rotas
from clients.desk import StaffRequest, for_staff
from clients.models import OnCallRota, OnCallSwap
from core.errors import DomainError

AHEAD = timedelta(weeks=8)


@require_safe
@for_staff(*on_call.WORKS_CASES)
def overview(request: StaffRequest) -> HttpResponse:
    """Who is on call now, and in the coming eight weeks."""
    now = timezone.now()
    context = {"schedules": on_call.schedules(first=now, last=now + AHEAD), "arranges": on_call.may_arrange(request.user), "now": now}
    return render(request, "cases/desk/on_call.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*on_call.ARRANGES)
def new(request: StaffRequest) -> HttpResponse:
    """A new rota."""
    initial = {"acknowledge_minutes": 10, "turn_days": 7, "hands_over_at": "09:00", "time_zone": request.user.time_zone}
    form = RotaForm(request.POST if request.method == "POST" else None, people=list(on_call.colleagues()), initial=initial)
    made: list[OnCallRota] = []
    if form.carried_out(
        lambda said: made.append(rotas.create(code=said["code"], arrangement=form.arrangement, by=request.user, at=timezone.now()))
    ):
        messages.success(request, _("The rota is there. Say who takes turns."))
        return redirect("desk-rota", made[0].pk)
    return render(request, "cases/desk/rota_new.html", {"form": form}, status=form.status)


@require_safe
@for_staff(*on_call.ARRANGES)
def rota(request: StaffRequest, rota_id: int) -> HttpResponse:
    """What a rota is set to."""
    return _show(request, _rota(rota_id))


@require_POST
@for_staff(*on_call.ARRANGES)
def arrange(request: StaffRequest, rota_id: int) -> HttpResponse:
    """Set it to something else."""
    rota = _rota(rota_id)
    form = RotaForm(request.POST, people=list(on_call.colleagues()), rota=rota, auto_id="rota_%s")
    if not form.carried_out(lambda _said: rotas.arrange(rota=rota, arrangement=form.arrangement, by=request.user, at=timezone.now())):
        return _show(request, rota, rota_form=form)
    messages.success(request, _("Saved."))
    return redirect("desk-rota", rota_id)


@require_POST
@for_staff(*on_call.ARRANGES)
def members(request: StaffRequest, rota_id: int) -> HttpResponse:
    """Who takes turns, in which order."""
    rota = _rota(rota_id)
    form = MembersForm(request.POST, people=list(on_call.colleagues()), members=_seated(rota), auto_id="members_%s")
    if not form.carried_out(lambda _said: on_call.set_members(rota=rota, seats=form.seats, by=request.user, at=timezone.now())):
        return _show(request, rota, members_form=form)
    messages.success(request, _("The order is saved. The turn that runs stays with whom it is."))
    return redirect("desk-rota", rota_id)


@require_POST
@for_staff(*on_call.ARRANGES)
def webhook(request: StaffRequest, rota_id: int) -> HttpResponse:
    """Where pages also go. The new secret is on the answer, and nowhere else."""
    rota, at = _rota(rota_id), timezone.now()
    form = WebhookForm(request.POST, auto_id="webhook_%s")
    told: list[str] = []
    if not form.carried_out(lambda said: told.append(rotas.name_webhook(rota=rota, by=request.user, at=at, **said))):
        return _show(request, rota, webhook_form=form)
    return _tell_secret(request, rota_id, told[0])


@require_POST
@for_staff(*on_call.ARRANGES)
def secret(request: StaffRequest, rota_id: int) -> HttpResponse:
    """A new secret, on the answer and nowhere else."""
    rota, at = _rota(rota_id), timezone.now()
    form, told = SecretForm(request.POST, auto_id="secret_%s"), list[str]()
    if not form.carried_out(lambda said: told.append(rotas.renew_secret(rota=rota, by=request.user, at=at, **said))):
        return _show(request, rota, secret_form=form)
    return _tell_secret(request, rota_id, told[0])


@require_http_methods(["GET", "HEAD", "POST"])
@for_staff(*on_call.WORKS_CASES)
def change(request: StaffRequest, rota_id: int) -> HttpResponse:
    """Somebody else is on call for a while."""
    rota = _rota(rota_id)
    zone = ZoneInfo(rota.time_zone)
    data = request.POST if request.method == "POST" else None
    form = ChangeForm(data, people=list(on_call.colleagues()), zone=zone, initial=_asked(request, zone))
    if form.carried_out(lambda _said: standby.swap(rota=rota, by=request.user, at=timezone.now(), **form.said)):
        messages.success(request, _("The turn is changed. Those concerned are told."))
        return redirect("desk-on-call")
    return render(request, "cases/desk/turn_change.html", {"form": form, "rota": rota}, status=form.status)


@require_POST
@for_staff(*on_call.WORKS_CASES)
def take_back(request: StaffRequest, swap_id: int) -> HttpResponse:
    """Let the turns be as they were."""
    swap = get_object_or_404(OnCallSwap.objects.select_related("rota", "person"), pk=swap_id)
    try:
        standby.take_back(swap=swap, by=request.user, at=timezone.now())
    except DomainError as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("The turns are as they were. Those concerned are told."))
    return redirect("desk-on-call")


def _rota(rota_id: int) -> OnCallRota:
    return get_object_or_404(OnCallRota.objects.select_related("lead"), pk=rota_id)


def _seated(rota: OnCallRota) -> list[Any]:
    return list(rota.members.select_related("person").order_by("position"))


def _show(request: StaffRequest, rota: OnCallRota, **sent: Any) -> HttpResponse:
    """The page, with the form that was sent and refused, if one was."""
    people = list(on_call.colleagues())
    context = {
        "rota": rota,
        "rota_form": RotaForm(people=people, rota=rota, auto_id="rota_%s"),
        "members_form": MembersForm(people=people, members=_seated(rota), auto_id="members_%s"),
        "webhook_form": WebhookForm(initial={"url": rota.webhook}, auto_id="webhook_%s"),
        "secret_form": SecretForm(initial={"seen": rotas.mark_of(rota)}, auto_id="secret_%s"),
    }
    status = next((form.status for form in sent.values()), 200)
    return render(request, "cases/desk/rota.html", context | sent, status=status)


def _tell_secret(request: StaffRequest, rota_id: int, secret: str) -> HttpResponse:
    """The page that shows a secret once; it is not kept by browsers either."""
    if not secret:
        messages.success(request, _("Pages go to no webhook any more."))
        return redirect("desk-rota", rota_id)
    answer = render(request, "cases/desk/webhook_secret.html", {"rota": _rota(rota_id), "secret": secret})
    answer["Cache-Control"] = "no-store"
    return answer


def _asked(request: StaffRequest, zone: ZoneInfo) -> dict[str, Any]:
    """The stretch that a link proposes."""
    found: dict[str, Any] = {}
    for name in ("first", "last"):
        try:
            instant = datetime.fromtimestamp(int(request.GET.get(name, "")), tz=zone)
        except (ValueError, OverflowError, OSError):
            continue
        found |= {f"{name}_on": instant.date(), f"{name}_at": instant.time()}
    return found
