"""Tell the audit log of what happened before there was one: rows of history, and looks at access instructions. Harmless when repeated."""

from typing import Any

from django.core.management.base import BaseCommand

from trail.earlier import tell


class Command(BaseCommand):
    help = "Write entries of the audit log for history, and looks at access instructions, that it does not tell of yet."

    def handle(self, *args: Any, **options: Any) -> None:
        self.stdout.write(f"{tell()} entries written.")
