"""Where the mail provider that MAIL_PROVIDER names calls, under `mail/`; nothing where none is named."""

from django.conf import settings
from django.urls import URLPattern, path

from notices.providers import HOOKS
from notices.views import webhooks


def of(provider: str) -> list[URLPattern]:
    """The addresses of one provider."""
    return [
        path(hook.path, webhooks.call, {"hook": hook}, name=f"mail-hook-{number}") for number, hook in enumerate(HOOKS.get(provider, ()))
    ]


urlpatterns = of(settings.MAIL_PROVIDER)
