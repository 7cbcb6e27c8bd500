"""A mail server hands a mail to the command, and learns by its exit code what became of it (rule S8)."""

import io
import os
import sys
from types import SimpleNamespace

import pytest
from django.core.management import call_command
from django.db import OperationalError

from notices import mailroom
from notices.models import IncomingMail
from tests.notices import mails


@pytest.fixture
def hand_over(monkeypatch):
    """Give the command a mail; returns the exit code."""

    def give(raw):
        monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(raw)))
        try:
            call_command("receive_mail")
        except SystemExit as ended:
            return ended.code
        return 0

    return give


@pytest.mark.parametrize("name", mails.SMALL)
def test_s8_whatever_it_is_it_is_kept(db, hand_over, name):
    assert (hand_over(mails.bytes_of(name)), hand_over(mails.bytes_of(name))) == (0, 0)

    mail = IncomingMail.objects.get()
    assert (bytes(mail.raw), mail.source) == (mails.bytes_of(name), "pipe")


def test_one_that_is_too_large_goes_back_to_its_sender(db, hand_over, monkeypatch, capsys):
    monkeypatch.setattr(mailroom, "LARGEST", 10)

    assert hand_over(b"x" * 11) == os.EX_DATAERR
    assert "5.3.4" in capsys.readouterr().err
    assert not IncomingMail.objects.exists()


def test_s8_what_cannot_be_kept_now_is_kept_by_the_mail_server(db, hand_over, monkeypatch, capsys):
    def away(**_):
        raise OperationalError("the database is away: password=s3cret")

    monkeypatch.setattr(mailroom, "receive", away)

    assert hand_over(mails.ordinary()) == os.EX_TEMPFAIL
    assert "s3cret" not in capsys.readouterr().err
