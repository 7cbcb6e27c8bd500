"""The app `credits`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CreditsConfig(AppConfig):
    name = "credits"
    verbose_name = _("credit")

    def ready(self) -> None:
        """Answer for `[credit]` of the provider profile, and for data about people."""
        from clients.profile import register
        from credits import privacy, profile

        register("credit", profile.validate, profile.apply, required=False)
        privacy.declare()
