"""Secrets that people entrust to us, encrypted at rest (rule R3).

What is sealed can be read only with a key that stands in the environment, never in the database: authenticated
encryption (Fernet, from `cryptography`). SEALING_KEYS names the keys: the first seals, all of them open, so that a new
key is put in front and the old ones stay until everything is sealed anew (`manage.py reseal`). A sealed text opens
only in the context that it was sealed for, such as `session:42:access`: moved to another row it stays shut.
"""

import json
from collections.abc import Iterable

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

from core.errors import DomainError


class SealBroken(DomainError):
    """No key that we have opens this, or it was sealed for something else."""

    message = _("This cannot be read any more: the key that it was kept with is missing. Please ask for it again.")


def seal(text: str, *, context: str) -> str:
    """The text, readable only by `unseal` with the same `context`."""
    return _keys().encrypt(json.dumps([context, text]).encode()).decode()


def unseal(sealed: str, *, context: str) -> str:
    """The text that was sealed for `context`. Raises SealBroken."""
    try:
        found, text = json.loads(_keys().decrypt(sealed.encode()))
    except (InvalidToken, ValueError):
        raise SealBroken from None  # the cause would bring what was sealed into logs
    if found != context:
        raise SealBroken
    return str(text)


def reseal(sealed: str) -> str:
    """The same, sealed with the first key as it is now. Raises SealBroken."""
    try:
        return _keys().rotate(sealed.encode()).decode()
    except InvalidToken:
        raise SealBroken from None


def is_current(sealed: str) -> bool:
    """Whether the first key sealed this."""
    try:
        Fernet(settings.SEALING_KEYS[0]).decrypt(sealed.encode())
    except InvalidToken:
        return False
    return True


def _keys() -> MultiFernet:
    return MultiFernet(list(_each(settings.SEALING_KEYS)))


def _each(keys: Iterable[str]) -> Iterable[Fernet]:
    for number, key in enumerate(keys, start=1):
        try:
            yield Fernet(key)
        except ValueError:
            message = f"SEALING_KEYS: key {number} is not 32 bytes in URL-safe base64; `manage.py reseal --new-key` makes one"
            raise ImproperlyConfigured(message) from None
