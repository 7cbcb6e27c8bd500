"""Where secrets of second factors stand sealed, for `manage.py reseal`: of apps, and of recovery codes."""

from allauth.mfa.models import Authenticator

SEALED = [(Authenticator, "data.secret"), (Authenticator, "data.seed")]
