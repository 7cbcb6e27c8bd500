"""What sessions hold about a person, and who has to hand over before they go (GDPR articles 5, 15, 17; rules R2, R3, C8)."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from clients.access import approvers
from clients.privacy.words import unfolded
from people import duties, keeping, personal
from people.keeping import Keeping
from people.models import Person
from people.personal import Erasing
from sessions.models import AccessInstructions, BusyTime, CalendarFeed, Reservation, Session, State, Technician

SETTINGS = gettext_lazy("Settings of the provider, of nobody in particular.")


def declare() -> None:
    """Say it."""
    theirs = ("technician__person",)
    why = gettext_lazy("It belongs to the organisation whose session it is; who wrote it bears a number.")
    personal.exported("sessions", "support_sessions.Session", "support_sessions.Series", why=why)
    personal.exported("sessions", "support_sessions.Attendee", emails=("address",), why=why)
    personal.exported(
        "session-log",
        *("support_sessions.SessionEvent", "support_sessions.SessionNote", "support_sessions.WorkEntry", "support_sessions.AccessLook"),
        why=why,
    )
    personal.exported("session-log", "support_sessions.AccessInstructions", hidden=("sealed",), why=why)
    personal.exported(
        "session-decisions",
        *("support_sessions.Consent", "support_sessions.Dispute", "support_sessions.PenaltyDispute", "support_sessions.LateWork"),
        why=why,
    )
    personal.exported("availability", "support_sessions.Technician", why=why)
    hours = ("support_sessions.HoursException", "support_sessions.WeeklyHours", "support_sessions.BusyTime")
    personal.exported("availability", *hours, through=theirs, erasing=Erasing.REMOVE)
    personal.exported("availability", "support_sessions.BusyFeed", through=theirs, hidden=("sealed_url",), erasing=Erasing.REMOVE)
    personal.exported("private-calendar", "support_sessions.CalendarFeed", hidden=("token_hash", "fingerprint"), erasing=Erasing.REMOVE)
    personal.left_out(
        SETTINGS,
        *("support_sessions.SessionTerms", "support_sessions.SkillLevel", "support_sessions.TimeBand", "support_sessions.Purpose"),
    )
    personal.left_out(
        gettext_lazy("Of work before this product was used, and of dates that a series passed over: nobody is led to by it."),
        *("support_sessions.PastWork", "support_sessions.PassedOver"),
    )
    personal.coded("support_sessions.Session", "cause", "penalty_kinds", "rounding_mode")
    personal.coded("support_sessions.Series", "cause", "time_zone")
    personal.coded("support_sessions.SessionNote", "cause")
    personal.coded("support_sessions.AccessInstructions", "sealed")
    gone = {"document": "", "fingerprint": "", "etag": ""}
    personal.cleared("support_sessions.CalendarFeed", "document", text=unfolded, values=gone)
    personal.when_leaving("sessions", _book_no_more)
    duties.register("sessions", standing)
    _keep_for_a_time()


def standing(person: Person, at: datetime) -> Iterator[str]:
    """Booked time, hours that are not handed in, and hours that nobody else can confirm."""
    if booked := Reservation.objects.filter(technician__person=person, live=True, blocked_until__gt=at).count():
        yield _("They are booked for remote sessions (%(count)s): give them to another technician.") % {"count": booked}
    working = Session.objects.filter(reservations__technician__person=person, state__in=[State.IN_PROGRESS, State.PAUSED])
    if count := working.distinct().count():
        yield _("Sessions of theirs are in progress (%(count)s): hand in the hours.") % {"count": count}
    mine = Session.objects.filter(state=State.SUBMITTED, organisation__memberships__person=person).select_related("organisation")
    waiting = [session for session in mine if list(approvers(session.organisation, at=at)) == [person]]
    if waiting:
        yield _("Hours wait that only they can confirm (%(count)s).") % {"count": len(waiting)}


def _keep_for_a_time() -> None:
    """What goes by itself."""
    keeping.register(
        Keeping(
            name="busy-times",
            title=gettext_lazy("Busy times of technicians’ own calendars"),
            why=gettext_lazy("A month after they are over: nothing is booked in the past."),
            days=30,
            due=lambda before: BusyTime.objects.filter(ends_at__lt=before),
            since="ends_at",
            purge=_forget_busy_times,
        )
    )
    keeping.register(
        Keeping(
            name="calendar-addresses",
            title=gettext_lazy("Private calendar addresses that nobody reads"),
            why=gettext_lazy("A year after a calendar program asked last: a secret that is not used only waits to be found."),
            days=365,
            due=_unread_since,
            since="made_at",
            purge=_forget_calendar_addresses,
        )
    )
    keeping.register(
        Keeping(
            name="access-instructions",
            title=gettext_lazy("Access instructions"),
            why=gettext_lazy("They are erased some days after the session, as its terms say (30 unless set otherwise), by another job."),
            days=30,
            due=lambda before: AccessInstructions.objects.filter(erased_at=None, session__ends_at__lt=before),
            since="session__ends_at",
        )
    )


def _book_no_more(person: Person, _at: datetime) -> None:
    Technician.objects.filter(person=person).update(bookable=False)


def _unread_since(before: datetime) -> QuerySet[CalendarFeed]:
    """Feeds that were made before, and not read since: whoever reads one has it written at least once a day."""
    return CalendarFeed.objects.filter(Q(written_at=None) | Q(written_at__lt=before), made_at__lt=before)


def _forget_calendar_addresses(keys: Sequence[int], _at: datetime) -> int:
    return CalendarFeed.objects.filter(pk__in=keys).delete()[0]


def _forget_busy_times(keys: Sequence[int], _at: datetime) -> int:
    return _counted(BusyTime.objects.filter(pk__in=keys))


def _counted(rows: QuerySet[BusyTime]) -> int:
    return rows.delete()[0]
