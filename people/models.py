"""The user model: a person who signs in with an e-mail address and has a language and a time zone (rule P4)."""

from collections.abc import Iterator
from functools import cache
from typing import Any, ClassVar
from zoneinfo import ZoneInfo, available_timezones

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


@cache
def known_time_zones() -> frozenset[str]:
    """Every name in the time zone database, read once: it lies in some hundred folders."""
    return frozenset(available_timezones())


def validate_time_zone(value: str) -> None:
    """Refuse a name that the time zone database does not know."""
    if value not in known_time_zones():
        raise ValidationError(_("“%(value)s” is not a time zone, like Europe/Stockholm."), params={"value": value})


class Language(models.TextChoices):
    """The languages of the interface, of mails and of PDFs (rule P4)."""

    ENGLISH = "en", "English"
    SWEDISH = "sv", "Svenska"


class People(BaseUserManager["Person"]):
    """Makes people; addresses are kept in lower case so that one person has one account."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """A person who can sign in with `email`; without a password only by a link or a code."""
        person = self.model(email=self.normalize_email(email).lower(), **fields)
        person.set_password(password)
        person.full_clean(exclude=["password"])
        person.save(using=self._db)
        return person

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "Person":
        """A person who may open the administration and change everything there."""
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "Person":
        """The person with this address, in whatever case it was typed."""
        return self.get(email=(username or "").lower())


class Person(AbstractBaseUser, PermissionsMixin):
    """Somebody who uses the product, of the provider or of a client. What they may do stands in `clients`.

    `sign_in_round` is part of what each signed-in browser holds: counted up, none of them is signed in any more.
    """

    email = models.EmailField(_("e-mail address"), unique=True)
    name = models.CharField(_("name"), max_length=120)
    mobile = models.CharField(_("mobile phone"), max_length=20, blank=True)
    language = models.CharField(_("language"), max_length=5, choices=Language, default=Language.ENGLISH)
    time_zone = models.CharField(_("time zone"), max_length=64, default="Europe/Stockholm", validators=[validate_time_zone])
    is_active = models.BooleanField(_("may sign in"), default=True)
    is_staff = models.BooleanField(_("may open the administration"), default=False)
    sign_in_round = models.PositiveIntegerField(_("times that all sign-ins were ended"), default=0, editable=False)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[People] = People()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.UniqueConstraint(Lower("email"), name="person_email_once_in_any_case"),
            models.CheckConstraint(condition=models.Q(language__in=["en", "sv"]), name="person_language_known"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def zone(self) -> ZoneInfo:
        """The zone in which this person reads and writes times."""
        return ZoneInfo(self.time_zone)

    def get_session_auth_hash(self) -> str:
        """What keeps a browser signed in: of the password, and of the round."""
        return self._of_round(super().get_session_auth_hash())

    def get_session_auth_fallback_hash(self) -> Iterator[str]:
        """The same by the keys that the installation had before."""
        return (self._of_round(kept) for kept in super().get_session_auth_fallback_hash())

    def sign_out_everywhere(self) -> None:
        """End every sign-in of this person, at once, in the caller's transaction."""
        Person.objects.filter(pk=self.pk).update(sign_in_round=models.F("sign_in_round") + 1)

    def _of_round(self, kept: str) -> str:
        return f"{kept}:{self.sign_in_round}" if self.sign_in_round else kept
