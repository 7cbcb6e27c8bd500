"""Addresses of estimates and their review."""

from django.urls import URLPattern, path

from delivery.views import desk_estimates, desk_review, estimate_files

DESK: list[URLPattern] = [
    path("delivery/reviews/", desk_review.waiting, name="desk-delivery-reviews"),
    path("delivery/<int:task_id>/estimates/new/", desk_estimates.new, name="desk-delivery-estimate-new"),
    path("delivery/<int:task_id>/without-cost/", desk_estimates.hand_over_free, name="desk-delivery-free"),
    path("delivery/estimates/<int:estimate_id>/", desk_estimates.estimate, name="desk-delivery-estimate"),
    path("delivery/estimates/<int:estimate_id>/writing/", desk_estimates.write, name="desk-delivery-estimate-write"),
    path("delivery/estimates/<int:estimate_id>/submission/", desk_estimates.submit, name="desk-delivery-estimate-submit"),
    path("delivery/estimates/<int:estimate_id>/approval/", desk_review.approve, name="desk-delivery-estimate-approve"),
    path("delivery/estimates/<int:estimate_id>/return/", desk_review.give_back, name="desk-delivery-estimate-give-back"),
    path("delivery/estimates/<int:estimate_id>/withdrawal/", desk_estimates.withdraw, name="desk-delivery-estimate-withdraw"),
    path("delivery/estimates/<int:estimate_id>/new-version/", desk_estimates.revise, name="desk-delivery-estimate-revise"),
    path("delivery/estimates/<int:estimate_id>/estimate.pdf", estimate_files.desk_document, name="desk-delivery-estimate-document"),
]
PORTAL: list[URLPattern] = [
    path("delivery/estimates/<int:estimate_id>/estimate.pdf", estimate_files.portal_document, name="delivery-estimate-document"),
]
