"""The app `clients`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = _("clients")

    def ready(self) -> None:
        """Answer for `[provider]`, `[worktime]` and `[support]` of the provider profile, which are read in that order."""
        from clients import profile, profile_plans, profile_worktime

        profile.register("support", profile_plans.validate, profile_plans.apply)
        profile.register("worktime", profile_worktime.validate, profile_worktime.apply)
        profile.register("provider", profile.validate_provider, profile.apply_provider)
