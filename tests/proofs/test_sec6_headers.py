"""SEC6.

Whatever stands in a name, a title, a reference or an address to go on to: no mail and no response gets a header more
(rule M4).
"""

from email import message_from_bytes, policy
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.cache import cache
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Organisation, Provider
from credits import topups
from credits.models import CreditAccount
from notices import delivery
from notices.models import Notice
from people.models import Person
from sessions import changes
from sessions.models import Session
from tests.cast import NOON, PASSWORD
from tests.journeys.belongings import belongings, browser_of
from tests.proofs import addresses
from tests.proofs.sizes import SIZE, say
from tests.sessions.booked import book
from tests.sessions.factories import a_lot

pytestmark = pytest.mark.django_db
BREAKS = {
    "CR LF": "\r\n",
    "next line": "\x85",
    "line separator": "\u2028",
    "LF": "\n",
    "CR": "\r",
    "vertical tab": "\x0b",
    "form feed": "\x0c",
    "file separator": "\x1c",
    "record separator": "\x1e",
    "paragraph separator": "\u2029",
    "encoded word": " =?utf-8?q?=0D=0A?= ",
    "folded": "\r\n ",
}
EVIL = "Bcc: evil@evil.example"
MAIL_HEADERS = sorted(
    (
        "Auto-Submitted",
        "Content-Language",
        "Content-Transfer-Encoding",
        "Content-Type",
        "Date",
        "From",
        "MIME-Version",
        "Message-ID",
        "Subject",
        "To",
    )
)
WITH_CALENDAR = [name for name in MAIL_HEADERS if name != "Content-Transfer-Encoding"]
"""Those of a mail of several parts, each of which says how it is encoded."""
RESPONSE_HEADERS = {
    "Allow",
    "Cache-Control",
    "Content-Disposition",
    "Content-Language",
    "Content-Length",
    "Content-Security-Policy",
    "Content-Type",
    "Cross-Origin-Opener-Policy",
    "Permissions-Policy",
    "X-Request-ID",
    "Cross-Origin-Resource-Policy",
    "ETag",
    "Expires",
    "Last-Modified",
    "Location",
    "Referrer-Policy",
    "Vary",
    "X-Robots-Tag",
    "X-Content-Type-Options",
    "X-Frame-Options",
}
COOKIES = {"csrftoken", "known_device", "messages", "sessionid"}
broken = pytest.mark.parametrize("line_break", BREAKS.values(), ids=BREAKS.keys())


@pytest.fixture
def spoil(cast, acme):
    """Puts a line break and a header of somebody else's into everything that has a name."""

    def spoiled(line_break: str) -> str:
        tail = f"{line_break}{EVIL}"
        for model in (Organisation, Person, Provider, CreditAccount):
            for row in model._default_manager.all():
                model._default_manager.filter(pk=row.pk).update(name=f"{row.name[:20]}{tail}")
        for person in (acme.approver, acme.requester, cast.max, cast.fia, cast.tessa.person):
            person.refresh_from_db()
        return tail

    return spoiled


@broken
def test_no_name_title_or_reference_adds_a_header_to_a_mail(cast, acme, spoil, line_break):
    tail = spoil(line_break)
    a_lot(acme.account, 600)
    session = book(cast, acme, title=f"Disk{tail}", description=tail)
    delivery.deliver_due(at=NOON)
    changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=NOON, reason=f"Never mind{tail}")
    order = topups.order(account=acme.account, minutes=480, cause="form:1", by=acme.approver, at=NOON, reference=f"PO 1{tail}")
    topups.mark_paid(top_up=order, paid_on=NOON.date(), amount=order.total, payment_reference=f"BG{tail}", by=cast.fia, at=NOON)

    delivery.deliver_due(at=NOON)

    written = [message_from_bytes(message.message().as_bytes(), policy=policy.SMTP) for message in mail.outbox]
    say("SEC6 mail", mails=len(written), line_break=repr(line_break))
    assert len(written) == Notice.objects.filter(state="sent").count() >= 4
    assert [sorted(message.keys()) for message in written] == [
        WITH_CALENDAR if message.is_multipart() else MAIL_HEADERS for message in written
    ]
    assert len([message for message in written if message.is_multipart()]) == 4
    assert {address for message in mail.outbox for address in message.recipients()} <= set(Person.objects.values_list("email", flat=True))


@pytest.mark.parametrize("line_break", list(BREAKS.values())[: SIZE.payloads])
def test_no_name_adds_a_header_to_a_response(cast, acme, spoil, line_break):
    with time_machine.travel(NOON, tick=False):
        own = belongings(cast, acme)
        spoil(line_break)
        Session.objects.update(title=f"Disk{line_break}{EVIL}")
        answers = {
            address.name: browser_of(own[address.name].person).get(reverse(address.name, kwargs=own[address.name].ids))
            for address in addresses.ours()
            if address.ids
        }

    assert {name: wrong for name, answer in answers.items() if (wrong := too_much(answer))} == {}


@broken
@pytest.mark.parametrize("target", ["/{}", "/?x={}", "{}", "//evil.example/{}", "https://evil.example/{}", "javascript:{}"])
def test_no_address_to_go_on_to_adds_a_header_or_leads_elsewhere(acme, line_break, target):
    cache.clear()
    onward = target.format(f"{line_break}X-Evil: 1")
    typed = {"login": acme.approver.email, "password": PASSWORD, "next": onward}

    answers = [Browser().post("/accounts/login/", typed), Browser().get("/accounts/login/", {"next": onward})]
    answers.append(browser_of(acme.approver).get("/accounts/login/", {"next": onward}))

    assert [too_much(answer) for answer in answers] == [[]] * 3
    assert [answer.status_code for answer in answers] == [302, 200, 302]
    assert not [answer for answer in answers if "evil.example" in answer.headers.get("Location", "").partition("?")[0]]


def too_much(response: Any) -> list[str]:
    """What stands at the head of a response and should not: another header, another cookie, or a second line in one."""
    headers = dict(response.headers.items())
    lines = [name for name, value in headers.items() if len(value.splitlines()) > 1]
    cookies = [name for name in response.cookies if name not in COOKIES]
    second = [name for name, cookie in response.cookies.items() if len(cookie.OutputString().splitlines()) != 1]
    return [*sorted(headers.keys() - RESPONSE_HEADERS), *lines, *cookies, *second]
