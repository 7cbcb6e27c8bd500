"""Addresses of the staff's pages of the app `dashboard`, under `desk/`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
