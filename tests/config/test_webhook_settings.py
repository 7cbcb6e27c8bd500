"""No installation lets anybody hand in mail because something was forgotten in its environment."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from config.webhooks import checked_with

HERE = "http://127.0.0.1:8000"
SECRET = "caller:0123456789abcdef"


def test_without_a_provider_there_is_nothing_to_check():
    assert checked_with("", "", "", at=HERE) == {}


@pytest.mark.parametrize(
    ("provider", "secret", "key", "named"),
    [
        ("sendmail", SECRET, "key", "MAIL_PROVIDER"),
        ("postmark", "", "", "MAIL_WEBHOOK_SECRET"),
        ("postmark", "caller:short", "", "MAIL_WEBHOOK_SECRET"),
        ("postmark", "0123456789abcdef0123", "", "MAIL_WEBHOOK_SECRET"),
        ("postmark", "caller:0123456789abc@ef", "", "MAIL_WEBHOOK_SECRET"),
        ("mailgun", SECRET, "", "MAIL_WEBHOOK_KEY"),
        ("mandrill", SECRET, "", "MAIL_WEBHOOK_KEY"),
    ],
)
def test_what_is_missing_is_named_and_nothing_starts(provider, secret, key, named):
    with pytest.raises(ImproperlyConfigured, match=named) as refused:
        checked_with(provider, secret, key, at=HERE)
    assert not secret or secret not in str(refused.value)


def test_mandrill_signs_the_address_with_the_secret_in_it():
    assert checked_with("mandrill", SECRET, "key", at=HERE) == {
        "WEBHOOK_SECRET": SECRET,
        "MAILGUN_WEBHOOK_SIGNING_KEY": "key",
        "MANDRILL_WEBHOOK_KEY": "key",
        "MANDRILL_WEBHOOK_URL": f"http://{SECRET}@127.0.0.1:8000/mail/mandrill/",
    }
