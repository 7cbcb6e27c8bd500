"""What somebody wants to be told, and how (rule M4)."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from clients.portal import SignedIn, portal_page
from notices import choices
from notices.kinds import ALWAYS, Kind


@require_http_methods(["GET", "HEAD", "POST"])
@portal_page
def notifications(request: SignedIn) -> HttpResponse:
    """Choose by kind and channel; what always comes is named, with the reason."""
    channels = choices.channels_for(request.user)
    if request.method == "POST":
        ticked = {kind: frozenset(channel for channel in channels if f"{kind}-{channel}" in request.POST) for kind in Kind}
        choices.choose(person=request.user, wanted=ticked)
        messages.success(request, _("Saved."))
        return redirect("notifications")
    wanted = choices.choices_of(request.user)
    rows = [(kind.label, [(f"{kind}-{channel}", channel.label, channel in wanted[kind]) for channel in channels]) for kind in Kind]
    return render(request, "people/notifications.html", {"rows": rows, "channels": channels, "always": ALWAYS})
