"""The arithmetic of bars and rulers: minutes and instants become shares of a width. Pure; whole hundredths of a percent."""

from collections.abc import Sequence
from datetime import datetime, timedelta

WHOLE = 10_000
FREE_SHARE = 6_200


def widths(parts: Sequence[int]) -> list[int]:
    """The parts as shares of their sum, in hundredths of a percent, each rounded so that the ends meet at 100 %."""
    total = sum(parts)
    if not total:
        return [0 for _ in parts]
    ends = [sum(parts[: number + 1]) * WHOLE // total for number in range(len(parts))]
    return [end - start for start, end in zip([0, *ends], ends, strict=False)]


def css_percent(share: int) -> str:
    """Hundredths of a percent as an attribute of a drawing: 5283 is "52.83%"."""
    return f"{share // 100}.{share % 100:02}%"


def share_between(first: datetime, last: datetime, now: datetime) -> int:
    """How far `now` is from `first` to `last`, in hundredths of a percent, never outside."""
    if last <= first:
        return WHOLE
    passed = min(max(now - first, timedelta()), last - first)
    return passed * WHOLE // (last - first)


def ruler(*, booked_at: datetime, free_until: datetime, starts_at: datetime, now: datetime) -> tuple[int, int]:
    """Where the free stretch ends and where `now` is, on a ruler from booking to start, in hundredths of a percent.

    The two stretches keep fixed widths, whatever their lengths, so that their labels never meet; within each the
    place of `now` is true. Booked when it was late already, the ruler has no free stretch.
    """
    free = FREE_SHARE if free_until > booked_at else 0
    if now <= free_until and free:
        return free, share_between(booked_at, free_until, now) * free // WHOLE
    return free, free + share_between(max(free_until, booked_at), starts_at, now) * (WHOLE - free) // WHOLE
