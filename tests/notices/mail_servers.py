"""Mail servers that misbehave: what the product sends to is the network, the one thing that tests replace."""

import threading
import time
from smtplib import SMTPRecipientsRefused, SMTPServerDisconnected

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

SENT: list[EmailMessage] = []
REFUSED_ADDRESSES: set[str] = set()
inside = 0
most_inside = 0
_count = threading.Lock()


def forget() -> None:
    """Begin anew."""
    global inside, most_inside
    SENT.clear()
    REFUSED_ADDRESSES.clear()
    inside = most_inside = 0


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

    def send_messages(self, email_messages):
        global inside, most_inside
        with _count:
            inside += 1
            most_inside = max(most_inside, inside)
        time.sleep(0.02)
        with _count:
            inside -= 1
            SENT.extend(email_messages)
        return len(email_messages)


class Crashing(BaseEmailBackend):
    """Takes the mail, and then the process dies."""

    def send_messages(self, email_messages):
        SENT.extend(email_messages)
        raise KeyboardInterrupt
