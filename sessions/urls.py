"""Addresses of the client's pages about sessions, and of everybody's private calendar."""

from django.urls import path

from sessions.views import (
    calendar_feeds,
    portal_attendees,
    portal_bookings,
    portal_changes,
    portal_declines,
    portal_hours,
    portal_past,
    portal_penalties,
    portal_preparation,
    portal_questions,
    portal_series,
)

urlpatterns = [
    path("sessions/", portal_bookings.session_list, name="sessions"),
    path("sessions/new/", portal_bookings.session_new, name="session-new"),
    path("sessions/earlier/", portal_past.past_sessions, name="past-sessions"),
    path("sessions/<int:session_id>/", portal_bookings.session, name="session"),
    path("sessions/<int:session_id>/access/", portal_bookings.session_access, name="session-access"),
    path("sessions/<int:session_id>/attendees/", portal_attendees.session_attendees, name="session-attendees"),
    path("sessions/<int:session_id>/instructions/", portal_preparation.instructions, name="session-instructions"),
    path("sessions/<int:session_id>/instructions/look/", portal_preparation.instructions_look, name="session-instructions-look"),
    path("sessions/<int:session_id>/agenda/", portal_preparation.agenda, name="session-agenda"),
    path("sessions/<int:session_id>/notes/", portal_preparation.note, name="session-note"),
    path("sessions/<int:session_id>/postponement/", portal_changes.session_postpone, name="session-postpone"),
    path("sessions/<int:session_id>/cancellation/", portal_changes.session_cancel, name="session-cancel"),
    path("sessions/<int:session_id>/keeping/", portal_declines.session_keep, name="session-keep"),
    path("sessions/<int:session_id>/hours/", portal_hours.session_hours, name="session-hours"),
    path("sessions/<int:session_id>/confirmation/", portal_hours.session_confirm, name="session-confirm"),
    path("sessions/<int:session_id>/dispute/", portal_hours.session_dispute, name="session-dispute"),
    path("sessions/<int:session_id>/contestation/", portal_hours.session_contest, name="session-contest"),
    path("series/", portal_series.series_list, name="series-list"),
    path("series/new/", portal_series.series_new, name="series-new"),
    path("series/<int:series_id>/", portal_series.series_page, name="series"),
    path("series/<int:series_id>/ending/", portal_series.series_end, name="series-end"),
    path("consents/<int:consent_id>/", portal_questions.consent, name="consent"),
    path("late-work/<int:late_work_id>/", portal_questions.late, name="late-work"),
    path("penalties/<int:entry_id>/", portal_penalties.penalty, name="penalty"),
    path("me/calendar/", calendar_feeds.my_calendar, name="my-calendar"),
    path("me/calendar/address/", calendar_feeds.my_calendar_make, name="my-calendar-make"),
    path("me/calendar/removal/", calendar_feeds.my_calendar_drop, name="my-calendar-drop"),
    path("calendar/<str:token>.ics", calendar_feeds.feed, name="calendar-feed"),
]
