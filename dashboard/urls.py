"""Addresses of the app `dashboard`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
