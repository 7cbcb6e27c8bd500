"""The app `delivery`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    name = "delivery"
    verbose_name = _("delivery")

    def ready(self) -> None:
        """Answer for `[delivery]` of the profile, for the mail of tasks, what it holds of credit (rule D6), and data about people."""
        from clients.profile import register
        from credits.causes import register as tell_causes
        from delivery import causes, mail_in, privacy, profile
        from notices import mailroom

        register("delivery", profile.validate, profile.apply, required=False)
        tell_causes("delivery", causes.told)
        mailroom.register("task", mail_in.takes, mail_in.handle)
        privacy.declare()
