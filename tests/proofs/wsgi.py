"""The product's web server in a test: on the database of the test."""

import os

from django.conf import settings

settings.DATABASES["default"]["NAME"] = os.environ["TEST_DATABASE_NAME"]

from config.wsgi import application  # noqa: E402  the database is chosen first

__all__ = ["application"]
