"""Rolf's calendar declines: the page says what that means, and Ada sees the mail that said so (rules C10, S8)."""

from datetime import timedelta

import pytest
from django.utils import timezone

from notices import mailroom
from notices.models import IncomingMail, MailState
from tests.notices import mails
from tests.sessions.calendar_replies import an_invited_session, outlook, said, stamp

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_c10_a_declined_invitation_is_answered_on_the_page(cast, acme, window_of):
    now = timezone.now().replace(second=0, microsecond=0)
    session = an_invited_session(cast, acme, starts_at=now + timedelta(hours=20))
    for raw in (
        outlook(said(session, partstat="DECLINED", stamp=stamp(now))),
        *map(mails.bytes_of, ("injected fields", "bounce", "newsletter")),
    ):
        mailroom.receive(raw=raw, source="pipe", at=now)
    mailroom.handle_due(at=now)

    rolf = window_of(acme.requester)
    rolf.open(f"/sessions/{session.pk}/")
    assert "Rolf Testsson declined the invitation The session stands." in rolf.text
    assert rolf.the(".panel form .btn-cost").inner_text() == "Cancel it, for 2 h 00"
    rolf.press("form[action$='keeping/'] button")
    assert "The session stands as agreed." in rolf.text
    assert "declined the invitation The session" not in rolf.text

    (bounce,) = IncomingMail.objects.filter(state=MailState.HELD)
    phone = window_of(cast.ada)
    phone.open("/desk/mail/in/")
    phone.open(f"/desk/mail/in/{bounce.pk}/")
    ada = window_of(cast.ada, width=1280)
    ada.open("/desk/mail/")
    ada.press("main a[href$='/mail/in/']")
    assert "The answer to the invitation was recorded." in ada.text
    ada.press("main nav a[href$='state=held']")
    ada.press(f"main td a[href$='/in/{bounce.pk}/']")
    assert "This mail could not be delivered." in ada.text
    ada.press("main form[action$='retry/'] button")
    assert "The mail will be handled again in a moment." in ada.text
