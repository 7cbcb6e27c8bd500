"""Addresses of the client's pages about credit."""

from django.urls import path
from django.views.generic import TemplateView

urlpatterns = [
    path("credit/<int:account_id>/statement/", TemplateView.as_view(template_name="404.html"), name="statement"),
    path("credit/<int:account_id>/top-ups/", TemplateView.as_view(template_name="404.html"), name="topups"),
    path("credit/<int:account_id>/top-ups/new/", TemplateView.as_view(template_name="404.html"), name="topup-new"),
]
