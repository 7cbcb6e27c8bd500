"""Take away the second factors of somebody who has lost their device and their recovery codes.

    python manage.py forget_factors tessa@provider.example

Make sure first, by another way than mail, that it is them. They are signed out everywhere and told by mail; with
STAFF_SECOND_FACTOR on they are led to set up a new factor when they sign in.
"""

from argparse import ArgumentParser
from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from notices import outbox
from people.models import Person
from sign_in import sign_ins


class Command(BaseCommand):
    help = "Take away the second factors of somebody who has lost them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the person's e-mail address")

    @transaction.atomic
    def handle(self, *args: Any, email: str, **options: Any) -> None:
        person = Person.objects.select_for_update().filter(email=email.lower()).first()
        if person is None:
            raise CommandError(f"Nobody signs in with {email}.")
        count, _by_model = Authenticator.objects.filter(user=person).delete()
        sign_ins.end_others(person=person, but=None)
        now = timezone.now()
        if count:
            with translation.override(person.language):
                subject = _("Your second factors were taken away")
                body = _(
                    "An operator took away your app, passkeys and recovery codes, and signed you out everywhere. "
                    "If you did not ask for that, answer at once."
                )
            outbox.write(cause=f"security:forgotten:{person.pk}:{now.isoformat()}", person=person, subject=subject, body=body, at=now)
        self.stdout.write(f"{person.email}: {count} taken away.")
