"""Mail servers that misbehave: what the product sends to is the network, the one thing that tests replace."""

import threading
import time
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

SENT: list[EmailMessage] = []
REFUSED_ADDRESSES: set[str] = set()
_count = threading.Lock()


def forget() -> None:
    """Begin anew."""
    SENT.clear()
    REFUSED_ADDRESSES.clear()
    Slow.inside = Slow.most_inside = 0


class Refusing(BaseEmailBackend):
    """Takes everything but what is for a refused address."""

    def send_messages(self, email_messages):
        for message in email_messages:
            if REFUSED_ADDRESSES & set(message.to):
                raise SMTPRecipientsRefused({message.to[0]: (550, b"no such\r\nmailbox")})
            SENT.append(message)
        return len(email_messages)


class Dead(BaseEmailBackend):
    """Never answers."""

    def send_messages(self, email_messages):
        raise SMTPServerDisconnected("Connection unexpectedly closed")


class Silent(BaseEmailBackend):
    """Says nothing and sends nothing."""

    def send_messages(self, email_messages):
        return 0


class Slow(BaseEmailBackend):
    """Takes a while, and counts how many wait at once."""

    inside = 0
    most_inside = 0

    def send_messages(self, email_messages):
        with _count:
            Slow.inside += 1
            Slow.most_inside = max(Slow.most_inside, Slow.inside)
        time.sleep(0.02)
        with _count:
            Slow.inside -= 1
            SENT.extend(email_messages)
        return len(email_messages)


class Crashing(BaseEmailBackend):
    """Takes the mail, and then the process dies."""

    def send_messages(self, email_messages):
        SENT.extend(email_messages)
        raise KeyboardInterrupt
