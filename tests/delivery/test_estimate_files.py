"""The estimate as a PDF is handed out to who may see the estimate, byte for byte as it was sent (rules D1, P4)."""

import pytest
from django.urls import reverse

from delivery import review
from tests.cast import NOON
from tests.delivery.reviewing import handed_in
from tests.delivery.scene import delivery_terms

pytestmark = pytest.mark.django_db


@pytest.fixture
def reviewed(cast, acme):
    """One that the client does not have yet."""
    delivery_terms()
    return handed_in(cast, acme)


@pytest.fixture
def sent(cast, reviewed):
    return review.approve(reviewed, by=cast.max, at=NOON)


def portal(estimate):
    return reverse("delivery-estimate-document", args=[estimate.pk])


def desk(estimate):
    return reverse("desk-delivery-estimate-document", args=[estimate.pk])


@pytest.mark.parametrize(("asked", "language"), [("", "en"), ("?language=sv", "sv"), ("?language=fi", "en")])
def test_d1_the_client_gets_the_very_document_to_save(client_of, acme, sent, asked, language):
    for person in (acme.approver, acme.requester):
        answer = client_of(person).get(portal(sent) + asked)

        assert answer.content == bytes(sent.documents.get(language=language).pdf)
        assert answer.headers["Content-Type"] == "application/pdf"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="d{sent.task_id}-1-single-sign-on-{language}.pdf"'
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "sandbox" in answer.headers["Content-Security-Policy"]
        assert "no-store" in answer.headers["Cache-Control"]


def test_p4_a_swedish_reader_gets_the_swedish_one(client_of, acme, sent):
    acme.approver.language = "sv"
    acme.approver.save()

    assert client_of(acme.approver).get(portal(sent)).content == bytes(sent.documents.get(language="sv").pdf)


def test_d1_staff_get_what_the_client_has(client_of, cast, sent):
    assert client_of(cast.fia).get(desk(sent) + "?language=sv").content == bytes(sent.documents.get(language="sv").pdf)


def test_d1_before_that_staff_get_a_draft_of_it_and_the_client_nothing(client_of, cast, acme, reviewed):
    drawn = client_of(cast.max).get(desk(reviewed))

    assert drawn.content.startswith(b"%PDF")
    assert not reviewed.documents.exists()
    assert client_of(acme.approver).get(portal(reviewed)).status_code == 404


def test_sec_a_stranger_finds_no_document(client, client_of, acme, borealis, cast, sent):
    for person in (borealis.approver, borealis.requester, cast.max):
        assert client_of(person).get(portal(sent)).status_code == 404
    assert client_of(acme.approver).get(desk(sent)).status_code == 404
    assert client.get(portal(sent)).status_code == 302
    assert client_of(acme.approver).post(portal(sent)).status_code == 405
