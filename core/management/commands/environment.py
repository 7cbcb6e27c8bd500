"""The table of environment variables (docs/environment.md), made from `core/environment.py` and from what the settings read.

python manage.py environment            # print it
python manage.py environment --write    # write docs/environment.md anew
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from core import environment

PAGE = environment.ROOT / "docs" / "environment.md"


class Command(BaseCommand):
    help = "Show every environment variable, what it means, and its default."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--write", action="store_true", help="write docs/environment.md anew")

    def handle(self, *args: Any, write: bool, **options: Any) -> None:
        if write:
            PAGE.write_text(environment.table())
        else:
            self.stdout.write(environment.table(), ending="")
