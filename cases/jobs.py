"""What is done about cases when its time has come (rules S6, S7, S11).

Every job takes the instant, acts on each case in a transaction of its own, does nothing the second time, and returns
how many it acted on. Late is harmless, and so are two at once.
"""

from datetime import datetime

from cases import deadlines, idle, recalculation, solutions
from cases.models import Solution
from core.batches import each

__all__ = ["alarm_idle", "close_silent", "recalculate", "record_missed", "remind_solutions", "warn_near"]

recalculate = recalculation.recalculate


def warn_near(at: datetime) -> int:
    """Warn of deadlines that draw near (rule S7)."""
    return each(deadlines.near(at), lambda clock: deadlines.warn(clock, at=at))


def record_missed(at: datetime) -> int:
    """Record the deadlines that have passed (rule S7)."""
    return each(deadlines.missed(at), lambda clock: deadlines.record(clock, at=at))


def alarm_idle(at: datetime) -> int:
    """Tell the dispatchers of cases on which nothing was done for a whole working day (rule S11)."""
    return each(idle.idle(at), lambda found: idle.alarm(found, at=at))


def remind_solutions(at: datetime) -> int:
    """Remind clients of solutions that wait for their answer (rule S11)."""
    due = Solution.objects.filter(answered_at=None, remind_at__lte=at).select_related("case").order_by("remind_at", "pk")
    return each(due, lambda solution: solutions.remind(solution, at=at))


def close_silent(at: datetime) -> int:
    """Close the cases whose plan lets silence approve a solution, on the date that was announced (rule S11)."""
    due = Solution.objects.filter(answered_at=None, closes_at__lte=at).select_related("case").order_by("closes_at", "pk")
    return each(due, lambda solution: solutions.close_silent(solution, at=at))
