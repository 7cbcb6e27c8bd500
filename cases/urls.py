"""Pages of support cases for clients."""

from django.urls import path

from cases.views import html_mail, portal

urlpatterns = [
    path("cases/", portal.cases, name="cases"),
    path("cases/<int:case_id>/", portal.case, name="case"),
    path("cases/<int:case_id>/messages/<int:message_id>/html/", html_mail.message_html, name="case-message-html"),
]
