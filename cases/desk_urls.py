"""Pages of support cases for staff, under `desk/`."""

from django.urls import path

from cases.views import desk, held_mail

urlpatterns = [
    path("cases/", desk.queue, name="desk-cases"),
    path("cases/<int:case_id>/", desk.case, name="desk-case"),
    path("cases/mail/", held_mail.mails, name="desk-held-mails"),
    path("cases/mail/<int:pk>/", held_mail.mail, name="desk-held-mail"),
]
