"""Pages of support cases for staff, under `desk/`."""

from django.urls import path

from cases.views import desk, desk_calls, desk_course

urlpatterns = [
    path("cases/", desk.queue, name="desk-cases"),
    path("cases/<int:case_id>/", desk.case, name="desk-case"),
    path("calls/", desk_course.call_list, name="desk-calls"),
    path("calls/<int:task_id>/dropped/", desk_calls.drop, name="desk-call-drop"),
    path("cases/<int:case_id>/priority/", desk_course.priority, name="desk-case-priority"),
    path("cases/<int:case_id>/wish/", desk_course.wish, name="desk-case-wish"),
    path("cases/<int:case_id>/objection/", desk_course.objection, name="desk-case-objection"),
    path("cases/<int:case_id>/proposal/", desk_course.propose, name="desk-case-propose"),
    path("cases/<int:case_id>/proposal/back/", desk_course.take_back, name="desk-case-take-back"),
    path("cases/<int:case_id>/external/", desk_course.external, name="desk-case-external"),
    path("cases/<int:case_id>/facts/", desk_course.facts, name="desk-case-facts"),
    path("cases/<int:case_id>/escalation/", desk_course.escalation, name="desk-case-escalation"),
    path("cases/<int:case_id>/call/", desk_calls.call, name="desk-case-call"),
    path("cases/<int:case_id>/estimate/", desk_calls.estimate, name="desk-case-estimate"),
]
