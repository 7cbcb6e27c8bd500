"""What signing in keeps about a person (GDPR articles 5, 15, 17)."""

from django.utils.translation import gettext_lazy as _

from people import personal
from people.personal import Erasing


def declare() -> None:
    """Say it. Secrets of factors, and keys of open sign-ins, are given to nobody."""
    personal.exported("second-factors", "mfa.Authenticator", hidden=("data",), erasing=Erasing.REMOVE)
    personal.exported("open-sign-ins", "usersessions.UserSession", hidden=("session_key", "data"), erasing=Erasing.REMOVE)
    personal.left_out(_("Counts tries, and is gone when their time is over."), "sign_in.SharedCacheEntry", erasing=Erasing.KEEP)
