"""The settings as a production installation has them, read anew from an environment that a test made up."""

import base64
import os
import runpy
from typing import Any

import pytest
from django.conf import settings

HOST = "support.example.com"
TOKEN = "".join(chr(97 + number % 26) for number in range(40))


def environment() -> dict[str, str]:
    """What is named for a production installation; keys are drawn anew, so that none stands here."""
    return {
        "BASE_URL": f"https://{HOST}",
        "ALLOWED_HOSTS": HOST,
        "SECRET_KEY": base64.urlsafe_b64encode(os.urandom(50)).decode(),
        "SEALING_KEYS": base64.urlsafe_b64encode(os.urandom(32)).decode(),
        "DATABASE_URL": "postgres://tillgodo@db.example.com/tillgodo",
        "EMAIL_URL": "smtp+tls://mail.example.com:587",
        "DEFAULT_FROM_EMAIL": f"Support <support@{HOST}>",
        "PROXY_HEADER": "X-Forwarded-Proto",
        "TRUSTED_PROXIES": "1",
    }


def read(monkeypatch: pytest.MonkeyPatch, said: dict[str, str]) -> dict[str, Any]:
    """The settings that `config/settings.py` makes of this environment, and of nothing else that a test may have named."""
    for name in [*environment(), "TILLGODO_PRODUCTION", "DEBUG", "MONITORING_TOKEN", "SQLITE_IS_ENOUGH"]:
        monkeypatch.delenv(name, raising=False)
    for name, value in said.items():
        monkeypatch.setenv(name, value)
    found = runpy.run_path(str(settings.ROOT / "config" / "settings.py"))
    return {name: value for name, value in found.items() if name.isupper()}
