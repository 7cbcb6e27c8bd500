"""The app `core`: what every other app stands on, without any business rule."""

from django.apps import AppConfig
from django.db.backends.signals import connection_created
from django.db.models.signals import post_migrate


class CoreConfig(AppConfig):
    name = "core"

    def ready(self) -> None:
        """Put up the database guards after each migration run; open no database that is being restored."""
        from core.backup import unfinished
        from core.guards import put_up

        post_migrate.connect(put_up, dispatch_uid="core.guards.put_up")
        connection_created.connect(unfinished.refuse, dispatch_uid="core.backup.unfinished.refuse")
