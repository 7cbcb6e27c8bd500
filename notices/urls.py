"""Addresses of the app `notices`, under `desk/`."""

from django.urls import path

from notices.views import desk

urlpatterns = [
    path("mail/", desk.mail, name="desk-mail"),
    path("mail/<int:pk>/", desk.mail_notice, name="desk-mail-notice"),
    path("mail/<int:pk>/retry/", desk.mail_retry, name="desk-mail-retry"),
]
