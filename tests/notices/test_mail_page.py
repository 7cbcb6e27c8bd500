from datetime import timedelta

import pytest
from django.urls import reverse

from clients.models import StaffDuty
from notices import outbox
from notices.models import Notice, NoticeState
from tests.cast import NOON, a_colleague


@pytest.fixture
def notice(acme):
    return outbox.write(cause="session:1:booked", person=acme.approver, subject="Booked for Tuesday", body="See <b>you</b> then.", at=NOON)


@pytest.fixture
def ada(cast, client_of):
    return client_of(cast.ada)


def test_it_lists_the_notices_newest_first(ada, notice, acme):
    outbox.write(cause="session:1:cancelled", person=acme.requester, subject="Cancelled", body="", at=NOON + timedelta(hours=1))

    page = ada.get(reverse("desk-mail"))

    assert [shown.subject for shown in page.context["page"]] == ["Cancelled", "Booked for Tuesday"]
    assert "anna@acme.example" in page.content.decode()


def test_it_narrows_to_one_state(ada, notice):
    waiting, failed = (ada.get(reverse("desk-mail"), {"state": state}) for state in ("waiting", "failed"))

    assert [len(page.context["page"].object_list) for page in (waiting, failed)] == [1, 0]
    assert "No mail here" in failed.content.decode()


def test_an_unknown_state_or_page_is_no_error(ada, notice):
    assert ada.get(reverse("desk-mail"), {"state": "x", "page": "99"}).status_code == 200


def test_it_asks_as_often_for_many_as_for_few(ada, notice, acme, django_assert_num_queries, django_assert_max_num_queries):
    ada.get(reverse("desk-mail"))
    with django_assert_max_num_queries(20) as few:
        ada.get(reverse("desk-mail"))
    for number in range(40):
        outbox.write(cause=f"session:{number}:x", person=acme.approver, subject="S", body="B", at=NOON)

    with django_assert_num_queries(len(few)):
        page = ada.get(reverse("desk-mail"))

    assert len(page.context["page"].object_list) == 25


def test_it_shows_one_notice_as_text(ada, notice):
    page = ada.get(reverse("desk-mail-notice", args=[notice.pk])).content.decode()

    assert "See &lt;b&gt;you&lt;/b&gt; then." in page
    assert "Send it again" not in page


def test_a_failed_notice_can_be_sent_again(ada, notice):
    Notice.objects.update(state=NoticeState.FAILED, attempts=8, last_error="no route")
    address = reverse("desk-mail-notice", args=[notice.pk])

    offered = "Send it again" in ada.get(address).content.decode()
    answer = ada.post(reverse("desk-mail-retry", args=[notice.pk]), follow=True)

    notice.refresh_from_db()
    assert (offered, notice.state, answer.redirect_chain) == (True, NoticeState.WAITING, [(address, 302)])
    assert "The mail is in the queue again." in answer.content.decode()


def test_a_notice_that_has_not_failed_is_refused_in_words(ada, notice):
    answer = ada.post(reverse("desk-mail-retry", args=[notice.pk]), follow=True)

    assert "This mail has not failed" in answer.content.decode()


def test_sending_again_takes_a_post(ada, notice):
    assert ada.get(reverse("desk-mail-retry", args=[notice.pk])).status_code == 405


def test_it_speaks_swedish(cast, client_of, notice):
    astrid = a_colleague("Astrid", StaffDuty.ADMINISTRATOR, language="sv")

    page = client_of(astrid).get(reverse("desk-mail"))

    assert page.headers["Content-Language"] == "sv"
    assert page.status_code == 200


@pytest.mark.parametrize("name", ["desk-mail", "desk-mail-notice", "desk-mail-retry"])
def test_everybody_but_administrators_gets_404(name, cast, acme, borealis, client_of, notice):
    address = reverse(name, args=[notice.pk] if name != "desk-mail" else [])
    others = (cast.max, cast.fia, cast.tessa.person, acme.approver, borealis.approver)

    answers = {(client_of(person).post if name == "desk-mail-retry" else client_of(person).get)(address).status_code for person in others}

    assert answers == {404}


def test_somebody_unknown_is_sent_to_sign_in(client, notice):
    answer = client.get(reverse("desk-mail"))

    assert answer.status_code == 302
    assert answer.url.startswith(reverse("account_login"))
