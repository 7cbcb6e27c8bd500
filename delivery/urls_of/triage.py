"""Addresses of how cases are judged."""

from django.urls import URLPattern, path

from delivery.views import desk_triage, portal_triage

DESK: list[URLPattern] = [
    path("delivery/cases/<int:case_id>/", desk_triage.judge, name="desk-delivery-triage"),
    path("delivery/cases/<int:case_id>/question/", desk_triage.take_back, name="desk-delivery-question"),
    path("delivery/<int:task_id>/objection/", desk_triage.objection, name="desk-delivery-objection"),
]
PORTAL: list[URLPattern] = [
    path("delivery/cases/<int:case_id>/consent/", portal_triage.credit, name="delivery-credit"),
    path("delivery/<int:task_id>/objection/", portal_triage.objection, name="delivery-objection"),
]
