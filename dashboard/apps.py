"""The app `dashboard`."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        """Say whose a page of the portal is, and what is kept about people."""
        from clients import portal
        from dashboard import privacy, whose

        privacy.declare()
        portal.whose_by(whose.organisation_of)
