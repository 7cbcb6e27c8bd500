"""The app `credits`."""

from django.apps import AppConfig


class CreditsConfig(AppConfig):
    name = "credits"

    def ready(self) -> None:
        """Answer for `[credit]` of the provider profile."""
        from clients.profile import register
        from credits import profile

        register("credit", profile.validate, profile.apply)
