"""Passwords and codes that are tried from one network address, whatever accounts they are for (OWASP ASVS 5, 6.3.1).

They stand apart from those of an account, which allauth forgets when its person succeeds: whoever has an account of their own
would otherwise try those of others without end. A success here gives back its own try, and nobody else's.
"""

from allauth.account.adapter import get_adapter
from allauth.core.internal.ratelimit import RateLimitUsage, consume
from django.http import HttpRequest

ACTION = "failed_from_address"
"""Its limit in ACCOUNT_RATE_LIMITS."""


def take(request: HttpRequest) -> RateLimitUsage:
    """One of the tries of the address that asks, to be given back (`rollback`) where it succeeds.

    Raises ValidationError where none is left.
    """
    taken: RateLimitUsage | None = consume(request, app="allauth.account", action=ACTION)
    if taken is None:
        raise get_adapter().validation_error("too_many_login_attempts")
    return taken
