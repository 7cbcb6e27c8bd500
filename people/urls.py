"""Addresses of the app `people`."""

from django.urls import path

from people import views

urlpatterns = [path("me/", views.preferences, name="preferences")]
