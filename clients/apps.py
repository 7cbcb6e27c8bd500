"""The app `clients`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ClientsConfig(AppConfig):
    name = "clients"
    verbose_name = _("clients")

    def ready(self) -> None:
        """Answer for `[provider]`, `[worktime]` and `[support]` of the provider profile, read in that order, and for data about people.

        What a client's people ask for counts for the client, too.
        """
        from clients import portal, profile, profile_plans, profile_worktime
        from clients.privacy import declared
        from core import rate_limits

        rate_limits.counted_with(portal.counts_for)

        profile.register("support", profile_plans.validate, profile_plans.apply)
        profile.register("worktime", profile_worktime.validate, profile_worktime.apply)
        profile.register("provider", profile.validate_provider, profile.apply_provider)
        declared.declare()
