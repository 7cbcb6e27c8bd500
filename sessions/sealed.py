"""Where secrets of this app stand, for `manage.py reseal` (rule R3)."""

from sessions.models import AccessInstructions, BusyFeed

SEALED = [(AccessInstructions, "sealed"), (BusyFeed, "sealed_url")]
