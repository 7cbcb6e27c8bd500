"""The operator's pages about mail that came in."""

from datetime import timedelta

import pytest
from django.urls import reverse

from clients.models import StaffDuty
from notices import mailroom
from notices.models import IncomingMail, MailState
from tests.cast import NOON, a_colleague
from tests.notices import mails


@pytest.fixture
def mail(cast):
    kept = mailroom.receive(raw=mails.ordinary(body="Hi <b>there</b>", sender="eve@elsewhere.example"), source="pipe", at=NOON)
    mailroom.handle_due(at=NOON)
    kept.refresh_from_db()
    return kept


@pytest.fixture
def ada(cast, client_of):
    return client_of(cast.ada)


def test_it_lists_the_mails_newest_first_with_what_became_of_them(ada, mail):
    mailroom.receive(raw=mails.out_of_office(), source="imap", at=NOON + timedelta(hours=1))

    page = ada.get(reverse("desk-mails-in"))

    assert [shown.state for shown in page.context["page"]] == [MailState.WAITING, MailState.HELD]
    assert mail.outcome in page.content.decode()


def test_it_narrows_to_one_state_and_knows_no_other(ada, mail):
    found = {
        state: len(ada.get(reverse("desk-mails-in"), {"state": state}).context["page"].object_list) for state in ("held", "ignored", "x")
    }

    assert found == {"held": 1, "ignored": 0, "x": 1}


def test_it_says_when_nothing_is_set_up(ada, settings):
    settings.MAILBOX_URL = ""
    nothing = ada.get(reverse("desk-mails-in")).content.decode()
    settings.MAILBOX_URL = "imaps://room:s3cret@mail.example"
    something = ada.get(reverse("desk-mails-in")).content.decode()

    assert ("No mail comes in yet" in nothing, "No mail comes in yet" in something) == (True, False)
    assert "s3cret" not in something


def test_it_asks_as_often_for_many_as_for_few(ada, mail, django_assert_num_queries, django_assert_max_num_queries):
    ada.get(reverse("desk-mails-in"))
    with django_assert_max_num_queries(20) as few:
        ada.get(reverse("desk-mails-in"))
    for number in range(40):
        mailroom.receive(raw=mails.ordinary(body=str(number)), source="pipe", at=NOON)

    with django_assert_num_queries(len(few)):
        page = ada.get(reverse("desk-mails-in"))

    assert len(page.context["page"].object_list) == 25
    assert not any("raw" in query["sql"].partition("FROM")[0] for query in few.captured_queries)


def test_it_shows_one_mail_as_text(ada, mail):
    page = ada.get(reverse("desk-mail-in", args=[mail.pk])).content.decode()

    assert "Hi &lt;b&gt;there&lt;/b&gt;" in page
    assert all(shown in page for shown in ("A question", "eve@elsewhere.example", "support@provider.example", "Handle it again"))


@pytest.mark.parametrize("name", mails.SMALL)
def test_every_mail_can_be_looked_at(ada, name):
    kept = mailroom.receive(raw=mails.bytes_of(name), source="pipe", at=NOON)

    page = ada.get(reverse("desk-mail-in", args=[kept.pk]))

    assert page.status_code == 200
    assert "<script>alert" not in page.content.decode()


def test_the_bytes_are_a_file_that_no_browser_shows(ada):
    kept = mailroom.receive(raw=mails.bytes_of("an HTML mail only"), source="pipe", at=NOON)

    answer = ada.get(reverse("desk-mail-in-bytes", args=[kept.pk]))

    assert answer.content == mails.bytes_of("an HTML mail only")
    assert (answer.headers["Content-Type"], answer.headers["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert answer.headers["Content-Disposition"] == f'attachment; filename="mail-{kept.pk}.eml"'


def test_a_held_mail_is_handled_again(ada, mail):
    page = ada.post(reverse("desk-mail-in-retry", args=[mail.pk]), follow=True).content.decode()

    mail.refresh_from_db()
    assert "The mail will be handled again in a moment." in page
    assert (mail.state, mail.attempts) == (MailState.WAITING, 0)


def test_another_is_refused_in_words(ada, mail):
    IncomingMail.objects.update(state=MailState.IGNORED)

    assert "This mail is not held" in ada.post(reverse("desk-mail-in-retry", args=[mail.pk]), follow=True).content.decode()
    assert ada.get(reverse("desk-mail-in-retry", args=[mail.pk])).status_code == 405


def test_it_speaks_swedish(client_of, mail):
    astrid = a_colleague("Astrid", StaffDuty.ADMINISTRATOR, language="sv")

    pages = [client_of(astrid).get(address) for address in (reverse("desk-mails-in"), reverse("desk-mail-in", args=[mail.pk]))]

    assert [(page.status_code, page.headers["Content-Language"]) for page in pages] == [(200, "sv")] * 2


@pytest.mark.parametrize("name", ["desk-mails-in", "desk-mail-in", "desk-mail-in-bytes", "desk-mail-in-retry"])
def test_everybody_but_administrators_gets_404(name, cast, acme, client_of, mail):
    address = reverse(name, args=[] if name == "desk-mails-in" else [mail.pk])
    others = (cast.max, cast.fia, cast.tessa.person, acme.approver)

    answers = {(client_of(person).post if name.endswith("retry") else client_of(person).get)(address).status_code for person in others}

    assert answers == {404}


def test_somebody_unknown_is_sent_to_sign_in(client, mail):
    assert client.get(reverse("desk-mail-in", args=[mail.pk])).url.startswith(reverse("account_login"))
