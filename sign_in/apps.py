"""The app `sign_in`."""

from django.apps import AppConfig
from django.contrib import admin
from django.utils.translation import gettext_lazy as _


class SignInConfig(AppConfig):
    name = "sign_in"
    verbose_name = _("signing in")

    def ready(self) -> None:
        """Say what is kept, and leave allauth's tables out of the administration: factors and sign-ins are people's own."""
        from allauth.account.models import EmailAddress, EmailConfirmation
        from allauth.mfa.models import Authenticator
        from allauth.usersessions.models import UserSession

        from sign_in import privacy

        privacy.declare()
        for model in (EmailAddress, EmailConfirmation, Authenticator, UserSession):
            if admin.site.is_registered(model):
                admin.site.unregister(model)
