"""Addresses of the app `sessions`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
