"""Pages of support cases for clients; files of a case, for both sides."""

from django.urls import path

from cases.views import files, html_mail, portal, portal_course, report

urlpatterns = [
    path("cases/", portal.cases, name="cases"),
    path("cases/new/", report.case_new, name="case-new"),
    path("cases/<int:case_id>/", portal.case, name="case"),
    path("cases/<int:case_id>/answer/", portal.case_answer, name="case-answer"),
    path("cases/<int:case_id>/withdrawal/", portal.case_withdraw, name="case-withdraw"),
    path("cases/<int:case_id>/watchers/", portal.case_watch, name="case-watch"),
    path("cases/<int:case_id>/files/<int:attachment_id>/", files.case_file, name="case-file"),
    path("cases/<int:case_id>/approval/", portal_course.approve, name="case-approve"),
    path("cases/<int:case_id>/refusal/", portal_course.refuse, name="case-refuse"),
    path("cases/<int:case_id>/reopening/", portal_course.reopen, name="case-reopen"),
    path("cases/<int:case_id>/priority/", portal_course.priority, name="case-priority"),
    path("cases/<int:case_id>/objection/", portal_course.objection, name="case-objection"),
    path("cases/<int:case_id>/escalation/", portal_course.escalation, name="case-escalation"),
    path("cases/<int:case_id>/messages/<int:message_id>/html/", html_mail.html_version, name="case-message-html"),
]
