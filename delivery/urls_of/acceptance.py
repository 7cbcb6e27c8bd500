"""Addresses of the client's acceptance of costs."""

from django.urls import URLPattern, path

from delivery.views import desk_acceptance, portal_acceptance

DESK: list[URLPattern] = [
    path("delivery/estimates/<int:estimate_id>/answer/", desk_acceptance.record, name="desk-delivery-acceptance"),
    path("delivery/evidence/<int:answer_id>/", desk_acceptance.evidence, name="desk-delivery-evidence"),
]
PORTAL: list[URLPattern] = [
    path("delivery/estimates/<int:estimate_id>/", portal_acceptance.estimate, name="delivery-estimate"),
    path("delivery/estimates/<int:estimate_id>/decline/", portal_acceptance.decline, name="delivery-estimate-decline"),
    path("delivery/answer/<str:token>/", portal_acceptance.by_link, name="delivery-estimate-link"),
]
