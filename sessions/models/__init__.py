"""Remote sessions: who does them when (`technicians`), what was agreed (`terms`), what happens (`sessions`, `work`, `disputes`)."""

from sessions.models.disputes import Dispute, DisputeLine, DisputeOutcome, PenaltyDispute, PenaltyOutcome
from sessions.models.sessions import Fault, Session, SessionEvent, SessionKind, SessionQuerySet, State
from sessions.models.technicians import Reservation, Technician, WeeklyHours
from sessions.models.terms import AgreedTerms, PenaltyKind, Purpose, SessionTerms, SkillLevel, TimeBand
from sessions.models.work import Consent, LateWork, PastWork, WorkEntry

__all__ = [
    "AgreedTerms",
    "Consent",
    "Dispute",
    "DisputeLine",
    "DisputeOutcome",
    "Fault",
    "LateWork",
    "PastWork",
    "PenaltyDispute",
    "PenaltyKind",
    "PenaltyOutcome",
    "Purpose",
    "Reservation",
    "Session",
    "SessionEvent",
    "SessionKind",
    "SessionQuerySet",
    "SessionTerms",
    "SkillLevel",
    "State",
    "Technician",
    "TimeBand",
    "WeeklyHours",
    "WorkEntry",
]
