"""`manage.py load_demo`: fill an empty installation with demo data; `--show` prints who to sign in as."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from core.errors import DomainError
from dashboard import demo


class Command(BaseCommand):
    """Loads the demo once."""

    help = "Load demo data into an empty installation. With --show, print the demo's sign-ins instead, if it is loaded."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """`--show`: only print the sign-ins."""
        parser.add_argument("--show", action="store_true", help="print the sign-ins of a loaded demo")

    def handle(self, *args: Any, **options: Any) -> None:
        """Load, or show."""
        if options["show"]:
            self._show()
            return
        try:
            demo.load(at=timezone.now())
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write("Demo data loaded.")

    def _show(self) -> None:
        if demo.is_loaded():
            self.stdout.write(f"Demo sign-ins, all with the password {demo.PASSWORD}")
            for sign_in in demo.SIGN_INS:
                self.stdout.write(f"  {sign_in.email:<24} {sign_in.role}")
