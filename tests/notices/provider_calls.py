"""Calls of mail providers as they make them, after their documentation: the fields that matter here, and some that do not."""

import base64
import hashlib
import hmac
import json
from urllib.parse import urlencode

SECRET = "caller:0123456789abcdef"
KEY = "key-of-the-provider"
BASIC = "Basic " + base64.b64encode(SECRET.encode()).decode()


def postmark_mail(raw: bytes | None = None, **more: object) -> dict[str, object]:
    """Postmark, inbound: with the whole mail, or with its pieces only."""
    given = {"RawEmail": raw.decode()} if raw is not None else {}
    return (
        {
            "FromName": "Rolf Testsson",
            "From": "rolf@acme.example",
            "FromFull": {"Email": "rolf@acme.example", "Name": "Rolf Testsson", "MailboxHash": ""},
            "To": "support@provider.example",
            "ToFull": [{"Email": "support@provider.example", "Name": "", "MailboxHash": ""}],
            "CcFull": [],
            "BccFull": [],
            "OriginalRecipient": "support+abc@provider.example",
            "Subject": "Fråga om åäö",
            "MessageID": "22c74902-a0c1-4511-804f-341342852c90",
            "MessageStream": "inbound",
            "Date": "Wed, 18 Nov 2026 12:00:00 +0100",
            "TextBody": "Kan ni ringa mig på måndag?",
            "HtmlBody": "",
            "StrippedTextReply": "",
            "Tag": "",
            "Headers": [
                {"Name": "Return-Path", "Value": "<rolf@acme.example>"},
                {"Name": "Message-ID", "Value": "<a1@acme.example>"},
                {"Name": "In-Reply-To", "Value": "<b2@acme.example>"},
            ],
            "Attachments": [{"Name": "logg.txt", "Content": "w6XDpMO2", "ContentType": "text/plain", "ContentLength": 6}],
        }
        | given
        | more
    )


def postmark_bounce(notice: str, **more: object) -> dict[str, object]:
    """Postmark, a hard bounce."""
    return {
        "RecordType": "Bounce",
        "Type": "HardBounce",
        "TypeCode": 1,
        "ID": 4323372036854775807,
        "MessageID": "883953f4-6105-42a2-a16a-77a8eac79483",
        "Metadata": {"notice": notice},
        "Description": "The server was unable to deliver your message.",
        "Details": "smtp;550 5.1.1 The email account that you tried to reach does not exist.",
        "Email": "anna@acme.example",
        "BouncedAt": "2026-11-18T12:00:00Z",
        "MessageStream": "outbound",
    } | more


def postmark_complaint(notice: str) -> dict[str, object]:
    """Postmark, somebody pressed the button for spam."""
    return postmark_bounce(notice, RecordType="SpamComplaint", Type="SpamComplaint", TypeCode=512, Details="Test")


def mailgun_signature(timestamp: str = "1795000000", token: str = "t" * 50) -> dict[str, str]:
    """What Mailgun signs each call with."""
    signed = hmac.new(KEY.encode(), f"{timestamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {"timestamp": timestamp, "token": token, "signature": signed}


def mailgun_mail(raw: bytes, **more: str) -> dict[str, str]:
    """Mailgun, a route that forwards to an address with “mime” in it."""
    return {
        "recipient": "support+abc@provider.example",
        "sender": "rolf@acme.example",
        "from": "Rolf Testsson <rolf@acme.example>",
        "subject": "A question",
        "body-mime": raw.decode(),
        **mailgun_signature(),
    } | more


def mailgun_event(message_id: str, event: str = "failed", severity: str = "permanent", **variables: str) -> dict[str, object]:
    """Mailgun, what became of a mail."""
    told = {
        "event": event,
        "severity": severity,
        "reason": "bounce",
        "recipient": "anna@acme.example",
        "timestamp": 1795000000.5,
        "id": "G9Bn5sl1TC6nu79C8C0bwg",
        "user-variables": variables,
        "message": {"headers": {"message-id": message_id.strip("<>"), "to": "anna@acme.example", "subject": "Booked"}},
        "delivery-status": {"code": 550, "message": "5.1.1 no such user", "description": ""},
    }
    return {"signature": mailgun_signature(), "event-data": told}


def mandrill(url: str, *events: dict[str, object]) -> tuple[dict[str, str], str]:
    """Mandrill: the form of some events, and its signature for `url`."""
    return signed_form(url, {"mandrill_events": json.dumps(events)})


def signed_form(url: str, form: dict[str, str]) -> tuple[dict[str, str], str]:
    """Any form as Mandrill signs it."""
    signed = url + "".join(name + form[name] for name in sorted(form))
    return form, base64.b64encode(hmac.new(KEY.encode(), signed.encode(), hashlib.sha1).digest()).decode()


def mandrill_mail(raw: bytes, at: int = 1795000000) -> dict[str, object]:
    """Mandrill, a mail that came in."""
    return {"event": "inbound", "ts": at, "msg": {"raw_msg": raw.decode(), "email": "support+abc@provider.example", "spam_report": {}}}


def mandrill_bounce(notice: str) -> dict[str, object]:
    """Mandrill, a mail that did not arrive."""
    told = {"email": "anna@acme.example", "metadata": {"notice": notice}, "diag": "smtp;550 5.1.1 no", "_id": "7761634"}
    return {"event": "hard_bounce", "ts": 1795000000, "_id": "7761634", "msg": told}


def urlencoded(form: dict[str, str]) -> bytes:
    """The form as a body."""
    return urlencode(form).encode()
