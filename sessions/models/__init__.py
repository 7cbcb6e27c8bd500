"""Remote sessions: who does them when (`technicians`), what was agreed (`terms`), what happens (`sessions`, `work`, `disputes`)."""

from sessions.models.disputes import Dispute, DisputeLine, DisputeOutcome
from sessions.models.sessions import Session, SessionEvent, SessionQuerySet, State
from sessions.models.technicians import Reservation, Technician, WeeklyHours
from sessions.models.terms import AgreedTerms, PenaltyKind, Purpose, SessionTerms
from sessions.models.work import Consent, WorkEntry

__all__ = [
    "AgreedTerms",
    "Consent",
    "Dispute",
    "DisputeLine",
    "DisputeOutcome",
    "PenaltyKind",
    "Purpose",
    "Reservation",
    "Session",
    "SessionEvent",
    "SessionQuerySet",
    "SessionTerms",
    "State",
    "Technician",
    "WeeklyHours",
    "WorkEntry",
]
