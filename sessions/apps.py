"""The app `sessions`: remote sessions, not sign-in sessions, hence a label of its own."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SessionsConfig(AppConfig):
    name = "sessions"
    label = "support_sessions"
    verbose_name = _("remote sessions")

    def ready(self) -> None:
        """Answer for `[sessions]` of the provider profile, the ledger's causes, answers to invitations, and data about people."""
        from clients import members
        from clients.profile import register
        from credits import causes as credit_causes
        from notices import mailroom
        from sessions import causes, feeds, privacy, profile, replies

        register("sessions", profile.validate, profile.apply, required=False)
        credit_causes.register("session", causes.told)
        members.on_end(feeds.follow_end)
        mailroom.register("booking", replies.takes, replies.handle)
        privacy.declare()
