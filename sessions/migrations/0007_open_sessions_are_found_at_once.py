"""An index by which the sessions of a client that are open are found among all that have ended."""

from typing import ClassVar

from django.db import migrations, models

from core.migrating import AddIndexBeside

OPEN = models.Q(state__in=["requested", "awaiting_top_up", "scheduled", "in_progress", "paused", "submitted", "disputed"])


class Migration(migrations.Migration):
    """Built beside the work (docs/migrations.md)."""

    atomic = False
    dependencies: ClassVar = [("support_sessions", "0006_sessions_are_postpaid")]
    operations: ClassVar = [AddIndexBeside("session", models.Index(fields=["organisation"], condition=OPEN, name="session_open_of_client"))]
