"""Who lost both the device and the recovery codes gets in again, by an operator's hand."""

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command

from tests.sign_in.signing_in import an_app, is_in, mail_to, sign_in


def test_the_factors_go_everybody_is_out_and_the_person_is_told(acme, capsys):
    browser = sign_in(acme.approver)
    an_app(acme.approver)

    call_command("forget_factors", acme.approver.email.upper())
    told = mail_to(acme.approver).subject

    assert capsys.readouterr().out == "anna@acme.example: 1 taken away.\n"
    assert (Authenticator.objects.count(), is_in(browser), told) == (0, False, "Your second factors were taken away")


def test_nobody_is_refused(db):
    with pytest.raises(CommandError, match="Nobody signs in with"):
        call_command("forget_factors", "nobody@acme.example")
