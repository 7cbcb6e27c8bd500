"""Let a restored copy send again, once its original is surely gone.

    python manage.py release_outgoing

What waited when the copy was made is not sent: it is left for a person, on the page *Mail* and among the invoices.
"""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from notices import holding


class Command(BaseCommand):
    help = "Let a restored copy send again; what waited when the copy was made is left for a person to decide."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--no-input", action="store_true", help="do not ask")

    def handle(self, **options: Any) -> None:
        if not options["no_input"]:
            self.stdout.write("Mail, texts, webhooks, e-invoices and payments will go out from here. Is the original stopped for good?")
            if input("Type yes to go on: ").strip() != "yes":
                raise CommandError("Nothing has changed.")
        try:
            left = holding.release(at=timezone.now())
        except holding.NotHeld as refusal:
            raise CommandError(str(refusal)) from None
        told = ", ".join(f"{count} {name}" for name, count in left.items())
        self.stdout.write(self.style.SUCCESS(f"Released. Left for a person to decide: {told}."))
