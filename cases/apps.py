"""The app `cases`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("support cases")

    def ready(self) -> None:
        """Answer for `[cases]` of the provider profile, which may be left out, for the mail of cases, and data about people."""
        from cases import mail_in, privacy, profile
        from clients.profile import register
        from notices import mailroom

        register("cases", profile.validate, profile.apply, required=False)
        mailroom.register_last("case", mail_in.takes, mail_in.handle)
        privacy.declare()
