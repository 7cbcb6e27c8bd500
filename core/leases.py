"""Leases: one holder at a time, by the database's clock. A holder that dies is followed when its time is over."""

from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q

from core.clock import database_now
from core.models import Lease


def take(name: str, *, holder: str, length: timedelta) -> bool:
    """Whether `holder` has the lease from now on, for `length`; asked again in time it keeps it.

    It is free where nobody has it, where its time is over, and where its time ends further ahead than any lease lasts:
    the database's clock went back then, and nobody must wait until it has caught up.
    """
    now = database_now()
    free = Q(holder=holder) | Q(until__lte=now) | Q(until__gt=now + 2 * length)
    if Lease.objects.filter(free, name=name).update(holder=holder, until=now + length):
        return True
    if Lease.objects.filter(name=name).exists():
        return False
    try:
        with transaction.atomic():
            Lease.objects.create(name=name, holder=holder, until=now + length)
    except IntegrityError:  # somebody else was quicker
        return False
    return True


def give_back(name: str, *, holder: str) -> None:
    """Let the next one have it at once; nothing where another has it."""
    Lease.objects.filter(name=name, holder=holder).delete()
