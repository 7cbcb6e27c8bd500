"""Pages of support cases for staff, under `desk/`."""

from django.urls import path

from cases.views import desk, desk_calls, desk_course, desk_entry, desk_order, desk_queue, held_mail

urlpatterns = [
    path("cases/", desk_queue.cases, name="desk-cases"),
    path("cases/assignment/", desk_queue.assign_several, name="desk-cases-assign"),
    path("cases/views/", desk_queue.keep_view, name="desk-view-keep"),
    path("cases/views/<int:view_id>/removal/", desk_queue.drop_view, name="desk-view-drop"),
    path("cases/new/", desk_entry.new, name="desk-case-new"),
    path("cases/new/people/", desk_entry.people, name="desk-case-people"),
    path("cases/new/<int:member_id>/", desk_entry.report, name="desk-case-report"),
    path("cases/<int:case_id>/", desk.case, name="desk-case"),
    path("cases/<int:case_id>/words/", desk.say, name="desk-case-say"),
    path("cases/<int:case_id>/troubleshooting/", desk.begin, name="desk-case-begin"),
    path("cases/<int:case_id>/no-answer/", desk.no_answer, name="desk-case-no-answer"),
    path("cases/<int:case_id>/taking/", desk_order.take, name="desk-case-take"),
    path("cases/<int:case_id>/letting-go/", desk_order.release, name="desk-case-release"),
    path("cases/<int:case_id>/assignment/", desk_order.assign, name="desk-case-assign"),
    path("cases/<int:case_id>/merging/", desk_order.merge, name="desk-case-merge"),
    path("cases/<int:case_id>/links/", desk_order.link, name="desk-case-link"),
    path("cases/<int:case_id>/links/removal/", desk_order.unlink, name="desk-case-unlink"),
    path("cases/<int:case_id>/tags/", desk_order.tag, name="desk-case-tag"),
    path("cases/<int:case_id>/tags/removal/", desk_order.untag, name="desk-case-untag"),
    path("cases/<int:case_id>/watchers/", desk_order.watch, name="desk-case-watch"),
    path("cases/<int:case_id>/watchers/removal/", desk_order.unwatch, name="desk-case-unwatch"),
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
    path("cases/mail/", held_mail.mails, name="desk-held-mails"),
    path("cases/mail/<int:pk>/", held_mail.mail, name="desk-held-mail"),
]
