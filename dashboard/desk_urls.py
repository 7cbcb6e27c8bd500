"""Addresses of the staff's pages that compose several apps, under `desk/`."""

from django.urls import path
from django.views.generic import TemplateView

_page = TemplateView.as_view(template_name="404.html")

urlpatterns = [
    path("disputes/", _page, name="desk-disputes"),
    path("disputes/<int:dispute_id>/", _page, name="desk-dispute"),
]
