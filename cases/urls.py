"""Pages of support cases for clients."""

from django.urls import path

from cases.views import portal, portal_course

urlpatterns = [
    path("cases/", portal.cases, name="cases"),
    path("cases/<int:case_id>/", portal.case, name="case"),
    path("cases/<int:case_id>/approval/", portal_course.approve, name="case-approve"),
    path("cases/<int:case_id>/refusal/", portal_course.refuse, name="case-refuse"),
    path("cases/<int:case_id>/reopening/", portal_course.reopen, name="case-reopen"),
    path("cases/<int:case_id>/priority/", portal_course.priority, name="case-priority"),
    path("cases/<int:case_id>/objection/", portal_course.objection, name="case-objection"),
    path("cases/<int:case_id>/escalation/", portal_course.escalation, name="case-escalation"),
]
