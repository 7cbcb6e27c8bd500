"""Where clients and rotas keep sealed text, for `manage.py reseal`."""

from clients.models import OnCallRota

SEALED = [(OnCallRota, "webhook_secret")]
