"""What is forgotten when its time is over: sessions, the sign-ins that they were, and what was counted of tries and costly requests."""

from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session

from core import rate_limits
from sign_in.models import SharedCacheEntry

FRESH = timedelta(hours=1)
"""A sign-in is written before its session: a new one is left alone."""


def forget_ended(*, at: datetime) -> int:
    """Delete sessions that are over, and rows that belonged to them; returns how many sessions that were. May be repeated."""
    count, _by_model = Session.objects.filter(expire_date__lt=at).delete()
    UserSession.objects.exclude(session_key__in=Session.objects.values("session_key")).filter(last_seen_at__lt=at - FRESH).delete()
    SharedCacheEntry.objects.filter(expires__lt=at).delete()
    rate_limits.forget_before((at - FRESH).timestamp())
    return count
