"""The one rounding of a session's total minutes (rule C7). Pure."""

from typing import Literal

Mode = Literal["nearest", "up", "down"]


def round_minutes(minutes: int, *, step: int = 10, mode: str = "nearest", minimum: int = 0) -> int:
    """Whole `minutes` brought to a multiple of `step`; to the nearest, exactly half a step goes up (rule C7).

    `minimum` (minutes) applies after rounding; 0 minutes are always 0. Raises ValueError for negative minutes,
    a step below 1 or an unknown mode, TypeError for anything but integers.
    """
    if not all(isinstance(number, int) for number in (minutes, step, minimum)):
        msg = "minutes, step and minimum are whole numbers"
        raise TypeError(msg)
    if minutes < 0 or step < 1 or minimum < 0:
        msg = f"cannot round {minutes} minutes to steps of {step} with a minimum of {minimum}"
        raise ValueError(msg)
    if minutes == 0:
        return 0
    whole, rest = divmod(minutes, step)
    return max((whole + _goes_up(rest, step, mode)) * step, minimum)


def _goes_up(rest: int, step: int, mode: str) -> bool:
    match mode:
        case "nearest":
            return rest * 2 >= step
        case "up":
            return rest > 0
        case "down":
            return False
    msg = f"unknown rounding mode {mode!r}"
    raise ValueError(msg)
