"""Who hands in mail by webhook, and how its calls are told from anybody else's (notices/providers.py)."""

import re
from typing import Any
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured


def checked_with(provider: str, secret: str, key: str, *, at: str) -> dict[str, Any]:
    """What anymail checks a provider's calls with; `at` is the address of this installation.

    Raises ImproperlyConfigured rather than let anybody hand in mail.
    """
    if not provider:
        return {}
    if provider not in ("mailgun", "mandrill", "postmark"):
        raise ImproperlyConfigured("MAIL_PROVIDER must be mailgun, mandrill or postmark")
    if not re.fullmatch(r"[\w.~-]+:[\w.~-]{16,}", secret, re.ASCII):
        raise ImproperlyConfigured("MAIL_WEBHOOK_SECRET must be user:password, of letters, digits and -._~, the password of 16 or more")
    if provider != "postmark" and not key:
        raise ImproperlyConfigured(f"MAIL_WEBHOOK_KEY must be the key that {provider} signs its webhooks with")
    host = urlsplit(at)
    signed = f"{host.scheme}://{secret}@{host.netloc}/mail/mandrill/"
    return {
        "WEBHOOK_SECRET": secret,
        "MAILGUN_WEBHOOK_SIGNING_KEY": key,
        "MANDRILL_WEBHOOK_KEY": key,
        "MANDRILL_WEBHOOK_URL": signed,
    }
