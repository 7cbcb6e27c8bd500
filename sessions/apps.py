"""The app `sessions`: remote sessions, not sign-in sessions, hence a label of its own."""

from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "support_sessions"
