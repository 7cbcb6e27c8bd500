"""Signing in: nobody signs up by themselves, and sign-in mails take the outbox like all others (rule M4).

Accounts are made by the provider. The links in these mails come from the configured address of the product, never
from what a request claims to be its host, and their texts are forgotten once they are sent (`notices.delivery`).
"""

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone, translation

from clients.models import Provider
from notices.outbox import write_to_address
from people.models import Person


class SignInAdapter(DefaultAccountAdapter):
    """allauth's adapter for this product."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: the provider makes accounts."""
        return False

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Queue a sign-in mail, in the language of the person it is for; each one has a cause of its own."""
        person = Person.objects.filter(email=email.lower()).first()
        language = person.language if person else translation.get_language() or settings.LANGUAGE_CODE
        zone = person.zone if person else timezone.get_current_timezone()
        with translation.override(language), timezone.override(zone):
            message = self.render_mail(template_prefix, email, {**context, "email": email, "current_site": _site()})
        write_to_address(
            cause=f"sign-in:{uuid4()}",
            person=person,
            address=person.email if person else email,
            language=language,
            text=(message.subject, message.body),
            at=timezone.now(),
        )

    def format_email_subject(self, subject: str) -> str:
        """The subject as it is, without a prefix: the sender says who writes."""
        return subject

    def get_reset_password_from_key_url(self, key: str) -> str:
        """The link of a password mail, on the configured address of the product."""
        uid, _, token = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": token})
        return f"{settings.BASE_URL}{path}"


def _site() -> dict[str, str]:
    """How the mails name the sender and the place."""
    provider = Provider.objects.filter(pk=1).first()
    host = urlsplit(settings.BASE_URL).netloc
    return {"name": provider.name if provider else host, "domain": host}
