"""`manage.py load_profile FILE [--check]`: make a provider profile the terms in force, wholly or not at all (rule P1)."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from clients import profile


class Command(BaseCommand):
    help = "Loads a provider profile (TOML). Everything is validated first; a file with faults changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help="the profile, for instance profiles/easyredmine.toml")
        parser.add_argument("--check", action="store_true", help="only say whether the file is right; change nothing")

    def handle(self, *args: Any, file: Path, check: bool, **options: Any) -> None:
        try:
            wanted = profile.read(path=file)
        except profile.ProfileRefused as refused:
            raise CommandError("\n".join([*refused.lines, str(refused)])) from refused
        if check:
            self.stdout.write(_("%(file)s is right. Nothing was changed: it was only checked.") % {"file": file})
            return
        changes = profile.load(profile=wanted)
        for change in changes or [_("%(file)s is in force already: nothing changed.") % {"file": file}]:
            self.stdout.write(change)
