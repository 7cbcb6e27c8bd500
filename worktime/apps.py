"""The app `worktime`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorktimeConfig(AppConfig):
    name = "worktime"
    verbose_name = _("working time")

    def ready(self) -> None:
        """Say what is kept about people."""
        from worktime import privacy

        privacy.declare()
