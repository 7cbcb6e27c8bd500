"""Machine mail is told from a person's, and never answered."""

import pytest

from notices import incoming, machine_mail, outbox
from notices.delivery import message_id
from notices.machine_mail import Sign
from tests.cast import NOON
from tests.notices import mails

SIGNS = {
    "out of office": Sign.AUTO_SUBMITTED,
    "out of office, the old way": Sign.AUTO_SUBMITTED,
    "bounce": Sign.REPORT,
    "null return path": Sign.NULL_RETURN_PATH,
    "mailer daemon": Sign.NULL_RETURN_PATH,
    "newsletter": Sign.PRECEDENCE,
    "junk": Sign.PRECEDENCE,
    "mailing list": Sign.LIST,
    "can be unsubscribed from": Sign.LIST,
    "our own, come back": Sign.OWN,
    "from our own address by itself": Sign.OWN,
    "from a person": None,
    "not automatic, it says": None,
    "a mail inside": None,
}


@pytest.mark.parametrize(("name", "sign"), SIGNS.items())
def test_every_sign_of_a_machine_is_seen(cast, name, sign):
    mail = incoming.parse(mails.bytes_of(name))

    assert machine_mail.sign_of(mail) == sign
    assert machine_mail.is_automatic(mail) == (sign is not None)


@pytest.mark.parametrize("value", ["auto-generated", "Auto-Replied; x=y", " auto-notified", "nothing known"])
def test_anything_but_no_is_automatic(cast, value):
    assert machine_mail.is_auto_submitted(incoming.parse(mails.ordinary(f"Auto-Submitted: {value}")))


@pytest.mark.parametrize("path", ["<>", " < > ", "MAILER-DAEMON", "<MAILER-DAEMON@mx.example>", "<postmaster@x.example>"])
def test_no_return_address_is_written_in_many_ways(cast, path):
    assert machine_mail.has_null_return_path(incoming.parse(mails.ordinary(f"Return-Path: {path}")))


def test_our_message_ids_are_known_as_ours(acme):
    notice = outbox.write(cause="x:1", person=acme.approver, subject="S", body="B", at=NOON)

    assert machine_mail.is_own_id(message_id(notice))
    assert not machine_mail.is_own_id("<notice-5.1@elsewhere.example>")


@pytest.mark.parametrize(
    ("mail", "may"),
    [
        (mails.ordinary(), True),
        (mails.ordinary(sender="support@provider.example"), False),
        (mails.ordinary(sender="nobody in particular"), False),
        (mails.ordinary("From: anna@acme.example"), False),
        (mails.ordinary("Auto-Submitted: auto-replied"), False),
    ],
)
def test_only_a_person_who_is_not_ourselves_is_ever_answered(cast, mail, may):
    assert machine_mail.may_be_answered(incoming.parse(mail)) is may
