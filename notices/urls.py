"""Addresses of the app `notices`."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
