"""The app `sessions`: remote sessions, not sign-in sessions, hence a label of its own."""

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "support_sessions"

    def ready(self) -> None:
        """Answer for `[sessions]` of the provider profile."""
        from clients.profile import register
        from sessions import profile

        register("sessions", profile.validate, profile.apply)
