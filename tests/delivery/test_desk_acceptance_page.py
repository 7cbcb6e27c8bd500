"""The desk's pages of the client's answer (rule D1)."""

from datetime import timedelta
from hashlib import sha256

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from clients.models import StaffDuty
from delivery import acceptance
from delivery.models import Acceptance, SpokenAnswer
from tests.approving import an_approver, limited
from tests.cast import NOON, a_colleague
from tests.delivery.answering import by_phone, figures, offered, yes
from tests.delivery.scene import a_draft, a_task, delivery_terms

pytestmark = pytest.mark.django_db
LATER = NOON + timedelta(hours=1)
MAIL = b"From: Anna\n\n<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def terms(acme):
    with time_machine.travel(LATER, tick=False):
        yield delivery_terms()


@pytest.fixture
def estimate(cast, acme):
    return offered(cast, acme)


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def page_of(estimate):
    return reverse("desk-delivery-acceptance", args=[estimate.pk])


def typed(person, **fields):
    """An answer by phone at half past twelve in Stockholm."""
    said = {"person": person.pk, "way": "phone", "verdict": "accepted", "said_on": "2026-11-18", "said_clock": "12:30", "words": "Do it"}
    return said | {"order_reference": "", "reason": ""} | fields


def test_d1_the_account_manager_records_a_yes_by_phone(cast, acme, estimate, client_of):
    browser = client_of(cast.max)

    page = browser.get(page_of(estimate))
    sent = browser.post(page_of(estimate), typed(acme.approver, file=SimpleUploadedFile("yes.eml", MAIL)))

    given = Acceptance.objects.get()
    assert [person for person, _name in page.context["form"].fields["person"].choices] == [acme.approver.pk]
    assert (sent.status_code, sent.url) == (302, reverse("desk-delivery-task", args=[estimate.task_id]))
    assert (given.person, given.at, given.way, given.recorded_by) == (acme.approver, NOON + timedelta(minutes=30), "phone", cast.max)
    assert (given.evidence, given.evidence_name, given.evidence_digest) == ("Do it", "yes.eml", sha256(MAIL).hexdigest())


def test_d2_the_account_manager_records_a_no_with_its_reason(cast, acme, estimate, client_of):
    browser = client_of(cast.max)

    without = browser.post(page_of(estimate), typed(acme.approver, verdict="declined"))
    sent = browser.post(page_of(estimate), typed(acme.approver, verdict="declined", reason="Too dear"))

    assert (without.status_code, sent.status_code, figures(estimate)[:2]) == (422, 302, ("declined", "declined"))
    assert SpokenAnswer.objects.get().accepts is False


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"words": ""}, (409, "without evidence nothing is recorded")),
        ({"said_on": "2026-11-17"}, (409, "They can only have said it after the estimate was sent")),
        ({"said_clock": "13:01"}, (409, "They can only have said it after the estimate was sent")),
        ({"said_on": "2026-03-29", "said_clock": "02:30"}, (422, "This time does not exist on that day")),
        ({"said_on": "yesterday"}, (422, "Day on which they said it")),
        ({"way": "page"}, (422, "How")),
        ({"words": "x" * 20_001}, (422, "What they said")),
        ({"file": SimpleUploadedFile("empty.txt", b"")}, (422, "Their mail or another file")),
        ({"file": SimpleUploadedFile("big.bin", b"x" * (10 * 1024 * 1024 + 1))}, (422, "The file is too large. Attach a smaller one")),
    ],
)
def test_d1_what_proves_nothing_is_not_recorded_and_what_was_typed_is_kept(cast, acme, estimate, client_of, fields, expected):
    answer = client_of(cast.max).post(page_of(estimate), typed(acme.approver, order_reference="PO 7", **fields))

    status, words = expected
    status, words = expected
    assert (answer.status_code, figures(estimate)[0], SpokenAnswer.objects.count()) == (status, "offered", 0)
    assert words in text(answer)
    assert "PO 7" in text(answer)


def test_d1_only_approvers_of_that_client_can_be_named(cast, acme, borealis, estimate, client_of):
    browser = client_of(cast.max)

    for person in (acme.requester, borealis.approver, cast.max):
        assert browser.post(page_of(estimate), typed(person)).status_code == 422
    assert Acceptance.objects.count() == 0


def test_d1_staff_who_do_not_manage_the_client_may_not_and_clients_find_nothing(cast, acme, estimate, client_of):
    for person, status in (
        (cast.tessa.person, 403), (cast.fia, 403), (cast.ada, 403), (acme.approver, 404),
        (a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER), 404),
    ):  # fmt: skip
        browser = client_of(person)
        answers = [browser.get(page_of(estimate)), browser.post(page_of(estimate), typed(acme.approver))]
        assert [answer.status_code for answer in answers] == [status, status]
    assert Acceptance.objects.count() == 0


def test_d1_there_is_nothing_to_record_before_it_is_sent(cast, acme, client_of):
    draft = a_draft(a_task(acme, cast.tessa.person), cast.tessa.person)

    assert client_of(cast.max).get(page_of(draft)).status_code == 404


def test_d1_what_was_answered_meanwhile_is_said(cast, acme, estimate, client_of):
    an_approver(acme, "Dora")
    yes(estimate, acme.approver)
    browser = client_of(cast.max)

    page = browser.get(page_of(estimate))

    assert "Anna Testsson accepted this estimate on Wed 18 Nov 12:00" in text(page)
    assert 'name="words"' not in text(page)


def test_d1_the_evidence_is_handed_out_to_staff_who_see_the_task_and_never_shown(cast, acme, estimate, client_of):
    client_of(cast.max).post(page_of(estimate), typed(acme.approver, file=SimpleUploadedFile("yes.html", MAIL, "text/html")))
    url = reverse("desk-delivery-evidence", args=[SpokenAnswer.objects.get().pk])

    got = client_of(cast.tessa.person).get(url)
    others = [client_of(person).get(url).status_code for person in (acme.approver, a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER))]

    assert (got.status_code, got.content, got["Content-Type"]) == (200, MAIL, "application/octet-stream")
    assert got["Content-Disposition"] == 'attachment; filename="yes.html"'
    assert "sandbox" in got["Content-Security-Policy"]
    assert (others, client_of(cast.tessa.person).post(url).status_code) == ([404, 404], 405)


def test_d1_an_answer_in_words_has_no_file(cast, acme, estimate, client_of):
    acceptance.record(estimate, by_phone(acme.approver), by=cast.max, at=LATER)

    answer = client_of(cast.max).get(reverse("desk-delivery-evidence", args=[SpokenAnswer.objects.get().pk]))

    assert answer.status_code == 404


def test_d1_the_task_page_shows_who_waits_and_what_proves_an_acceptance(cast, acme, estimate, client_of):
    limited(acme, 0)
    an_approver(acme, "Dora", limit=0)
    task = reverse("desk-delivery-task", args=[estimate.task_id])
    manager, technician = client_of(cast.max), client_of(cast.tessa.person)

    waiting, seen = text(manager.get(task)), text(technician.get(task))
    acceptance.record(estimate, by_phone(acme.approver, words="Do <it>"), by=cast.max, at=LATER)
    first = text(manager.get(task))
    limited(acme, None)
    yes(estimate, acme.approver, at=LATER)
    accepted = text(manager.get(task))

    assert "Who can answer: Anna Testsson, Dora Testsson" in waiting
    assert (page_of(estimate) in waiting, page_of(estimate) in seen) == (True, False)
    assert "Anna Testsson has accepted it; it waits for a second approver, until Fri 18 Dec." in first
    assert Acceptance.objects.get().digest in accepted
    assert "Do &lt;it&gt;" in accepted
    assert "Recorded by Max Testsson" in accepted
