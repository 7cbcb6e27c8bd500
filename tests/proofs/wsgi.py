"""The product's web server in a test: on the database of the test."""

import os

from django.conf import settings

from config.settings import COSTLY_A_MINUTE

if "PROOF_LIMITED" in os.environ:  # as an installation has it; tests ask as often as they like
    settings.COSTLY_A_MINUTE = COSTLY_A_MINUTE
settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE_NAME"]

from config.wsgi import application  # noqa: E402  the database is chosen first

__all__ = ["application"]
