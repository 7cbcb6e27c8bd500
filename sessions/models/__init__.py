"""Remote sessions: who does them when, what was agreed, what happens, and what calendars and people know of it.

`technicians`; `terms` and `series`; `sessions`, `work` and `disputes`; `calendars` and `access`.
"""

from sessions.models.access import AccessInstructions, AccessLook, SessionNote
from sessions.models.calendars import Answer, Attendee, CalendarFeed, CalendarObject, Side
from sessions.models.disputes import Dispute, DisputeLine, DisputeOutcome, PenaltyDispute, PenaltyOutcome
from sessions.models.series import Ordinal, PassedOver, Series, Why
from sessions.models.sessions import Fault, Session, SessionEvent, SessionKind, SessionQuerySet, State
from sessions.models.technicians import BusyFeed, BusyTime, ExceptionKind, HoursException, Reservation, Technician, Weekday, WeeklyHours
from sessions.models.terms import AgreedTerms, PenaltyKind, Purpose, SessionTerms, SkillLevel, TimeBand
from sessions.models.work import Consent, LateWork, PastWork, WorkEntry

__all__ = [
    "AccessInstructions",
    "AccessLook",
    "AgreedTerms",
    "Answer",
    "Attendee",
    "BusyFeed",
    "BusyTime",
    "CalendarFeed",
    "CalendarObject",
    "Consent",
    "Dispute",
    "DisputeLine",
    "DisputeOutcome",
    "ExceptionKind",
    "Fault",
    "HoursException",
    "LateWork",
    "Ordinal",
    "PassedOver",
    "PastWork",
    "PenaltyDispute",
    "PenaltyKind",
    "PenaltyOutcome",
    "Purpose",
    "Reservation",
    "Series",
    "Session",
    "SessionEvent",
    "SessionKind",
    "SessionNote",
    "SessionQuerySet",
    "SessionTerms",
    "Side",
    "SkillLevel",
    "State",
    "Technician",
    "TimeBand",
    "Weekday",
    "WeeklyHours",
    "Why",
    "WorkEntry",
]
