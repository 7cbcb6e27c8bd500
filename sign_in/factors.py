"""Second factors: their secrets are sealed at rest, and staff must have one where the installation says so.

What counts is an authenticator app or a passkey; recovery codes come with either. Whoever signs in with a password or a
code and has one is asked for it by allauth; here stands who must have one at all (OWASP ASVS 5, 6.3.3).
"""

from typing import Any, ClassVar
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext_lazy, ngettext

from clients import provider
from clients.models import StaffRole
from core import sealing
from people.models import Person

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)
CONTEXT = "sign-in: second factor"


class FactorsAdapter(DefaultMFAAdapter):
    """allauth's adapter for second factors."""

    error_messages: ClassVar = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This does not fit. A code of the app lasts for half a minute and works once: try the next one."),
    }

    def encrypt(self, text: str) -> str:
        """What only a key from the environment opens."""
        return sealing.seal(text, context=CONTEXT)

    def decrypt(self, encrypted_text: str) -> str:
        """What was sealed."""
        return sealing.unseal(encrypted_text, context=CONTEXT)

    def generate_authenticator_name(self, user: Person, type: Authenticator.Type) -> str:  # noqa: A002 -- allauth's name
        """What a new passkey is called until its person says otherwise."""
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return ngettext("My passkey", "Passkey %(number)d", number) % {"number": number}

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """For which host passkeys hold: the one of BASE_URL, which no request can choose; while trying out, the one that was asked."""
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        base = urlsplit(settings.BASE_URL)
        return entity | {"id": base.hostname or entity["id"]} if base.scheme == "https" else entity

    def get_public_key_credential_user_entity(self, user: Person) -> dict[str, Any]:
        """How a device lists the passkey."""
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"display_name": user.name}

    def _get_site_name(self) -> str:
        known = provider.known()
        return known.name if known else super()._get_site_name()


def must_set_up(person: Person) -> bool:
    """Whether `person` works for the provider, or may open the administration, and lacks the factor that staff must have. One query."""
    if not settings.STAFF_SECOND_FACTOR:
        return False
    role = Exists(StaffRole.objects.filter(person=OuterRef("pk")))
    factor = Exists(Authenticator.objects.filter(user=OuterRef("pk"), type__in=FACTORS))
    is_staff = Q(is_staff=True) | Q(is_superuser=True) | Q(role)
    return Person.objects.filter(is_staff & ~Q(factor), pk=person.pk).exists()
