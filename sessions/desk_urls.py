"""Addresses of the staff's pages of the app `sessions`, under `desk/`."""

from django.urls import path

from sessions.views import desk_availability, desk_changes, desk_course, desk_disputes, desk_lists, desk_unplanned, desk_work

urlpatterns = [
    path("sessions/", desk_lists.sessions, name="desk-sessions"),
    path("sessions/unplanned/", desk_unplanned.propose, name="desk-unplanned"),
    path("sessions/<int:session_id>/", desk_work.session, name="desk-session"),
    path("sessions/<int:session_id>/start/", desk_work.start, name="desk-session-start"),
    path("sessions/<int:session_id>/calls/", desk_changes.call, name="desk-session-call"),
    path("sessions/<int:session_id>/no-show/", desk_changes.miss, name="desk-session-miss"),
    path("sessions/<int:session_id>/work/", desk_work.log, name="desk-session-log"),
    path("sessions/<int:session_id>/consents/", desk_work.ask, name="desk-session-consent"),
    path("sessions/<int:session_id>/pause/", desk_course.pause, name="desk-session-pause"),
    path("sessions/<int:session_id>/resumption/", desk_course.resume, name="desk-session-resume"),
    path("sessions/<int:session_id>/breaking-off/", desk_course.abort, name="desk-session-abort"),
    path("sessions/<int:session_id>/submission/", desk_work.submit, name="desk-session-submit"),
    path("sessions/<int:session_id>/reopening/", desk_work.reopen, name="desk-session-reopen"),
    path("sessions/<int:session_id>/move/", desk_changes.move, name="desk-session-move"),
    path("sessions/<int:session_id>/calling-off/", desk_changes.call_off, name="desk-session-call-off"),
    path("sessions/<int:session_id>/outage-release/", desk_changes.allow, name="desk-session-allow"),
    path("availability/", desk_availability.availability, name="desk-availability"),
    path("availability/<int:technician_id>/", desk_availability.availability_of, name="desk-availability-of"),
    path("availability/<int:technician_id>/week/", desk_availability.week, name="desk-availability-week"),
    path("availability/<int:technician_id>/exceptions/", desk_availability.except_from, name="desk-availability-except"),
    path("availability/<int:technician_id>/exceptions/removal/", desk_availability.remove_exception, name="desk-availability-restore"),
    path("availability/<int:technician_id>/offer/", desk_availability.offer, name="desk-availability-offer"),
    path("availability/<int:technician_id>/calendar/", desk_availability.name_calendar, name="desk-availability-calendar"),
    path("availability/<int:technician_id>/calendar/removal/", desk_availability.forget_calendar, name="desk-availability-forget"),
    path("work/<int:entry_id>/correction/", desk_work.correct, name="desk-work-correct"),
    path("work/<int:entry_id>/taking-back/", desk_work.take_back, name="desk-work-take-back"),
    path("disputes/", desk_disputes.waiting, name="desk-disputes"),
    path("disputes/<int:dispute_id>/", desk_disputes.dispute, name="desk-dispute"),
]
