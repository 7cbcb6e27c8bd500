import re

import pytest
from django.urls import reverse

from notices import delivery
from notices.models import Notice, NoticeState
from tests.cast import a_client, a_person


@pytest.fixture
def asked(client, acme, django_capture_on_commit_callbacks):
    """Somebody asks for a new password for this address."""

    def ask(address):
        with django_capture_on_commit_callbacks(execute=True):
            return client.post(reverse("account_reset_password"), {"email": address})

    return ask


def test_m4_a_password_mail_waits_in_the_outbox_and_its_link_works(asked, acme, client):
    response = asked("anna@acme.example")

    notice = Notice.objects.get()
    (link,) = re.findall(r"http://127\.0\.0\.1:8000(/\S+)", notice.body)
    assert response.status_code == 302
    assert (notice.person, notice.state, notice.cause[:8]) == (acme.approver, NoticeState.WAITING, "sign-in:")
    assert "Example Support" in notice.body
    assert client.get(link, follow=True).status_code == 200


def test_m4_each_password_mail_is_one_of_its_own(asked):
    asked("anna@acme.example")
    asked("anna@acme.example")

    assert Notice.objects.count() == 2


def test_p4_a_password_mail_is_in_the_language_of_its_reader(asked, cast):
    borealis = a_client(cast, "Borealis", language="sv")

    asked(borealis.approver.email)

    assert "nytt lösenord" in Notice.objects.get().body


def test_m4_a_forged_host_does_not_get_into_the_link(client, acme, settings):
    settings.ALLOWED_HOSTS = ["*"]

    client.post(reverse("account_reset_password"), {"email": "anna@acme.example"}, headers={"host": "evil.example"})

    assert "evil.example" not in Notice.objects.get().body


def test_m4_a_stranger_is_told_that_there_is_no_account(asked):
    asked("nobody@elsewhere.example")

    notice = Notice.objects.get()
    assert (notice.person, notice.address) == (None, "nobody@elsewhere.example")
    assert "There is no account with this address." in notice.body
    assert "signup" not in notice.body


def test_nobody_signs_up_by_themselves(client, db):
    response = client.post(reverse("account_signup"), {"email": "me@elsewhere.example", "password1": "a-fine-long-password"})

    assert response.status_code in (200, 403, 404)
    assert not a_person("Someone").__class__.objects.filter(email="me@elsewhere.example").exists()


def test_m4_the_operator_never_sees_the_link(asked, cast, client_of):
    asked("anna@acme.example")
    notice = Notice.objects.get()

    page = client_of(cast.ada).get(reverse("desk-mail-notice", args=[notice.pk]))

    assert delivery.is_secret(notice)
    assert "/password/reset/" not in page.content.decode().split("<main", 1)[1]
    assert "The text is not shown" in page.content.decode()
