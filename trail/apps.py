"""The app `trail`: the audit log."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class TrailConfig(AppConfig):
    name = "trail"
    verbose_name = _("audit log")

    def ready(self) -> None:
        """Listen to what the floors below do."""
        from trail import privacy
        from trail.watching import watch

        watch()
        privacy.declare()
        if apps.is_installed("allauth.mfa"):
            from trail import factors

            factors.watch()
