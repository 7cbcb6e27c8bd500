"""Addresses of the app `notices`, under `desk/`."""

from django.urls import path

from notices.views import desk, incoming

urlpatterns = [
    path("mail/", desk.mail, name="desk-mail"),
    path("mail/<int:pk>/", desk.mail_notice, name="desk-mail-notice"),
    path("mail/<int:pk>/retry/", desk.mail_retry, name="desk-mail-retry"),
    path("mail/in/", incoming.mails, name="desk-mails-in"),
    path("mail/in/<int:pk>/", incoming.mail, name="desk-mail-in"),
    path("mail/in/<int:pk>/bytes/", incoming.mail_bytes, name="desk-mail-in-bytes"),
    path("mail/in/<int:pk>/retry/", incoming.mail_retry, name="desk-mail-in-retry"),
]
