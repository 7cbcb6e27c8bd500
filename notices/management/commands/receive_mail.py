"""Take in one mail from a mail server's pipe (rule S8).

    mail server | python manage.py receive_mail

The exit code tells the mail server what became of it: 0, kept; 65 (EX_DATAERR), too large, to be returned to its
sender; 75 (EX_TEMPFAIL), not kept now, to be handed over again later. Nothing is read of the mail here.
"""

import logging
import os
import sys
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from notices import mailroom

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Keep one mail, given on standard input."
    requires_system_checks = ()

    def handle(self, **options: Any) -> None:
        try:
            raw = sys.stdin.buffer.read(mailroom.LARGEST + 1)
            mail = mailroom.receive(raw=raw, source="pipe", at=timezone.now())
        except mailroom.MailTooLarge:
            self.stderr.write("5.3.4 The message is too large.")
            sys.exit(os.EX_DATAERR)
        except Exception as error:
            logger.exception("A mail was not kept")
            self.stderr.write(f"4.3.0 The message was not kept: {type(error).__name__}")
            sys.exit(os.EX_TEMPFAIL)
        logger.info("incoming mail %s: %s bytes", mail.pk, mail.size)
