"""The app `clients`."""

from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        """Answer for `[provider]` of the provider profile."""
        from clients import profile

        profile.register("provider", profile.validate_provider, profile.apply_provider)
