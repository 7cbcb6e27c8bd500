"""Addresses of the app `credits`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
