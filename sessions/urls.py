"""Addresses of the client's pages about sessions."""

from django.urls import path

from sessions.views import (
    portal_bookings,
    portal_changes,
    portal_declines,
    portal_hours,
    portal_past,
    portal_penalties,
    portal_questions,
)

urlpatterns = [
    path("sessions/", portal_bookings.session_list, name="sessions"),
    path("sessions/new/", portal_bookings.session_new, name="session-new"),
    path("sessions/earlier/", portal_past.past_sessions, name="past-sessions"),
    path("sessions/<int:session_id>/", portal_bookings.session, name="session"),
    path("sessions/<int:session_id>/access/", portal_bookings.session_access, name="session-access"),
    path("sessions/<int:session_id>/postponement/", portal_changes.session_postpone, name="session-postpone"),
    path("sessions/<int:session_id>/cancellation/", portal_changes.session_cancel, name="session-cancel"),
    path("sessions/<int:session_id>/keeping/", portal_declines.session_keep, name="session-keep"),
    path("sessions/<int:session_id>/hours/", portal_hours.session_hours, name="session-hours"),
    path("sessions/<int:session_id>/confirmation/", portal_hours.session_confirm, name="session-confirm"),
    path("sessions/<int:session_id>/dispute/", portal_hours.session_dispute, name="session-dispute"),
    path("sessions/<int:session_id>/contestation/", portal_hours.session_contest, name="session-contest"),
    path("consents/<int:consent_id>/", portal_questions.consent, name="consent"),
    path("late-work/<int:late_work_id>/", portal_questions.late, name="late-work"),
    path("penalties/<int:entry_id>/", portal_penalties.penalty, name="penalty"),
]
