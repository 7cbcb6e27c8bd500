"""Seal all secrets anew with the first of SEALING_KEYS, so that older keys can be taken away (rule R3).

    python manage.py reseal              # everything that another key sealed
    python manage.py reseal --new-key    # print a new key, to be put in front of the others

Each app says in its `sealed` module where its secrets stand. May be repeated; changes nothing the second time.
"""

from importlib import import_module
from typing import Any

from cryptography.fernet import Fernet
from django.apps import apps
from django.core.management.base import BaseCommand, CommandParser
from django.db import models, transaction
from django.utils.module_loading import module_has_submodule

from core import sealing


class Command(BaseCommand):
    help = "Seal all secrets anew with the first of SEALING_KEYS."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--new-key", action="store_true", help="only print a new key")

    def handle(self, **options: Any) -> None:
        if options["new_key"]:
            self.stdout.write(Fernet.generate_key().decode())
            return
        for model, column in _places():
            counts = _reseal(model, column)
            place = f"{model._meta.label}.{column}"
            self.stdout.write(f"{place}: {counts[0]} sealed anew, {counts[1]} cannot be opened")


def _places() -> list[tuple[type[models.Model], str]]:
    """Every column that holds sealed text: `SEALED` of each app's `sealed` module; "data.seed" is a name within a JSON column."""
    modules = [
        import_module(f"{config.name}.sealed")
        for config in apps.get_app_configs()
        if config.module and module_has_submodule(config.module, "sealed")
    ]
    return [place for module in modules for place in module.SEALED]


def _reseal(model: type[models.Model], place: str) -> tuple[int, int]:
    done = broken = 0
    column, _dot, name = place.partition(".")
    for pk in model._default_manager.exclude(**{column: ""}).values_list("pk", flat=True):
        with transaction.atomic():
            row = model._default_manager.select_for_update().get(pk=pk)
            kept = getattr(row, column)
            sealed = kept.get(name) if name else kept
            if not sealed or sealing.is_current(sealed):
                continue
            try:
                anew = sealing.reseal(sealed)
            except sealing.SealBroken:
                broken += 1
                continue
            model._default_manager.filter(pk=pk).update(**{column: kept | {name: anew} if name else anew})
            done += 1
    return done, broken
