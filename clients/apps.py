"""The app `clients`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = _("clients")

    def ready(self) -> None:
        """Answer for `[provider]` of the provider profile."""
        from clients import profile

        profile.register("provider", profile.validate_provider, profile.apply_provider)
