"""Invite the first administrator: the one whom nobody could invite from a page (rules: People)."""

from argparse import ArgumentParser
from typing import Any
from uuid import uuid4

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import timezone

from clients import provider
from clients.models import StaffDuty, StaffRole
from core.errors import DomainError
from dashboard import invitations
from dashboard.invitations import Colleague
from people.models import Language


class Command(BaseCommand):
    """Print the link, and send it by mail as well."""

    help = "Invite the first administrator, by mail, and print the link. Again before it is accepted: a new link for the old."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The address, its language, and whether it may be one more."""
        parser.add_argument("email", help="the address of the administrator to be")
        parser.add_argument("--language", choices=Language.values, help="of the invitation; that of the provider if not named")
        parser.add_argument("--force", action="store_true", help="also where there is an administrator already")

    def handle(self, *_args: Any, email: str, language: str | None, force: bool, **_options: Any) -> None:
        """Refuses an address that is none, and a second administrator unless forced."""
        try:
            validate_email(email)
        except ValidationError as error:
            raise CommandError(" ".join(error.messages)) from error
        present = StaffRole.objects.filter(duty=StaffDuty.ADMINISTRATOR, person__is_active=True)
        if present.filter(person__email=email.lower()).exists():
            self.stdout.write(f"{email.lower()} is an administrator already: nothing changed.")
            return
        if present.exists() and not force:
            raise CommandError("There is an administrator already, who can invite others. Use --force where nobody can sign in as one.")
        known = provider.known()
        wanted = Colleague(email, language or (known.language if known else Language.ENGLISH.value), frozenset({StaffDuty.ADMINISTRATOR}))
        try:
            sent = invitations.invite_colleague(wanted=wanted, key=str(uuid4()), by=None, at=timezone.now())
        except DomainError as refusal:
            raise CommandError(str(refusal)) from refusal
        self.stdout.write("The invitation is on its way by mail. Its link, which works once:")
        self.stdout.write(invitations.link(sent.token or ""))
