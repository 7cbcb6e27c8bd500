"""Addresses of the account managers' own limits."""

from django.urls import URLPattern, path

from delivery.views import desk_limits

DESK: list[URLPattern] = [path("delivery/limits/", desk_limits.limits_page, name="desk-delivery-limits")]
PORTAL: list[URLPattern] = []
