"""The page on which a person sees how they sign in and where they are signed in, and what ends a sign-in."""

from allauth.mfa import app_settings as mfa
from allauth.mfa.models import Authenticator
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from people.models import Person
from sign_in import factors, sign_ins
from sign_in.forms import EndOthersForm


@require_GET
@login_required
@never_cache
def security(request: HttpRequest) -> HttpResponse:
    """Password, second factors, passkeys, recovery codes and open sign-ins, together."""
    person = get_object_or_404(Person, pk=request.user.pk)
    mine = list(Authenticator.objects.filter(user=person).order_by("created_at"))
    codes = next((each.wrap() for each in mine if each.type == Authenticator.Type.RECOVERY_CODES), None)
    context = {
        "person": person,
        "has_password": person.has_usable_password(),
        "app": next((each for each in mine if each.type == Authenticator.Type.TOTP), None),
        "passkeys": [each for each in mine if each.type == Authenticator.Type.WEBAUTHN],
        "codes_left": len(codes.get_unused_codes()) if codes else None,
        "codes_all": mfa.RECOVERY_CODE_COUNT,
        "must": factors.must_set_up(person),
        "sign_ins": sign_ins.open_of(person=person, this=request.session.session_key),
    }
    return render(request, "sign_in/security.html", context)


@require_POST
@login_required
def end_one(request: HttpRequest, sign_in_id: int) -> HttpResponse:
    """End one of one's own sign-ins."""
    person = get_object_or_404(Person, pk=request.user.pk)
    sign_ins.end(person=person, number=sign_in_id)
    messages.success(request, _("That device is signed out."))
    return redirect("security")


@require_POST
@login_required
def end_others(request: HttpRequest) -> HttpResponse:
    """End all of one's sign-ins but this one."""
    person = get_object_or_404(Person, pk=request.user.pk)
    form = EndOthersForm(request.POST)
    shown = form.cleaned_data["round"] if form.is_valid() else None
    count = sign_ins.end_others(person=person, but=request.session, shown_round=shown)
    messages.success(
        request, ngettext("%(count)d other device is signed out.", "%(count)d other devices are signed out.", count) % {"count": count}
    )
    return redirect("security")
