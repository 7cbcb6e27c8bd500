"""The app `cases`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("support cases")

    def ready(self) -> None:
        """Answer for `[cases]` of the provider profile; without it the product's own defaults hold."""
        from cases import profile
        from clients.profile import register

        register("cases", profile.validate, profile.apply, required=False)
