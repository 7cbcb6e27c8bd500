"""The app `dashboard`."""

from django.apps import AppConfig


class DashboardConfig(AppConfig):
    name = "dashboard"

    def ready(self) -> None:
        """Say whose a page of the portal is."""
        from clients import portal
        from dashboard import whose

        portal.whose_by(whose.organisation_of)
