"""The app `notices`."""

from django.apps import AppConfig


class NoticesConfig(AppConfig):
    name = "notices"

    def ready(self) -> None:
        """Say what is kept about people."""
        from notices import privacy

        privacy.declare()
