"""The app `cases`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CasesConfig(AppConfig):
    name = "cases"
    verbose_name = _("support cases")

    def ready(self) -> None:
        """Answer for the mail of cases."""
        from cases import mail_in
        from notices import mailroom

        mailroom.register("case", mail_in.takes, mail_in.handle)
