"""Addresses of the client's pages about sessions."""

from django.urls import path
from django.views.generic import TemplateView

_page = TemplateView.as_view(template_name="404.html")

urlpatterns = [
    path("sessions/", _page, name="sessions"),
    path("sessions/new/", _page, name="session-new"),
    *(
        path(f"sessions/<int:session_id>/{tail}", _page, name=name)
        for name, tail in {
            "session": "",
            "session-postpone": "postponement/",
            "session-cancel": "cancellation/",
            "session-access": "access/",
            "session-hours": "hours/",
            "session-confirm": "confirmation/",
            "session-dispute": "dispute/",
            "session-contest": "contestation/",
        }.items()
    ),
    path("consents/<int:consent_id>/", _page, name="consent"),
]
