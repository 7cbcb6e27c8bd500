"""Addresses of the staff's pages of the app `sessions`, under `desk/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
