"""How long a sign-in lasts: it ends when it is not used for a while, and at the latest after some days (OWASP ASVS 5, 7.3)."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.sessions.backends.base import SessionBase
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from sign_in import sign_ins

SINCE, SEEN = "sign_in.since", "sign_in.seen"
EVERY = timedelta(minutes=5)
"""How exactly it is known when a sign-in was last used: a page is not to write each time."""


class LifetimeMiddleware:
    """Ends sign-ins whose time is over, and notes that others are in use."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answer one request."""
        if request.user.is_authenticated:
            _follow(request, at=timezone.now())
        return self.get_response(request)


def begin(session: SessionBase, *, at: datetime) -> None:
    """Note when a sign-in began: one without such a note is over."""
    session[SINCE] = session[SEEN] = at.isoformat()


def is_over(session: SessionBase, *, at: datetime) -> bool:
    """Whether a sign-in was not used for SESSION_IDLE, or has lasted for SESSION_LIFETIME, or nobody knows since when it lasts."""
    if SINCE not in session or SEEN not in session:
        return True
    since, seen = datetime.fromisoformat(session[SINCE]), datetime.fromisoformat(session[SEEN])
    return at - since >= settings.SESSION_LIFETIME or at - seen >= settings.SESSION_IDLE


def _follow(request: HttpRequest, *, at: datetime) -> None:
    session = request.session
    if is_over(session, at=at):
        logout(request)
        messages.info(request, _("You were signed out, for you have not been here for a while. Nothing is lost."))
        return
    if at - datetime.fromisoformat(session[SEEN]) >= EVERY:
        session[SEEN] = at.isoformat()
        sign_ins.seen(session=session, at=at)
