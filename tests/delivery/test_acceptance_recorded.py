"""Answers by phone or mail, recorded by the account manager with their evidence (rule D1)."""

from datetime import timedelta
from decimal import Decimal
from hashlib import sha256

import pytest
from django.db import IntegrityError, transaction

from clients.models import StaffDuty
from core.errors import NotAllowed
from delivery import acceptance, evidence, paying
from delivery.acceptance import NoSecondApprover, NotAnApprover
from delivery.answerable import AlreadyAccepted, EstimateExpired
from delivery.evidence import Attached, EvidenceMissing, EvidenceTooLarge, NotSpoken, SaidAtAnotherTime
from delivery.models import Acceptance, AcceptedBy, SpokenAnswer, TaskEventKind
from tests.approving import a_deputy, an_approver, limited
from tests.cast import NOON, a_colleague, at_stockholm
from tests.credits.posting import grant
from tests.delivery.answering import by_phone, change, figures, offered, on_credit, told, yes
from tests.delivery.scene import a_task, an_offered, delivery_terms

pytestmark = pytest.mark.django_db
SAID, LATER = NOON + timedelta(minutes=30), NOON + timedelta(hours=1)
UNTOUCHED = ("offered", "offered", Decimal(0), Decimal(0))
MAIL = Attached("../yes\x00.eml", b"From: Anna\n\nYes.")


@pytest.fixture(autouse=True)
def terms(acme):
    return delivery_terms()


@pytest.fixture
def estimate(cast, acme):
    return offered(cast, acme)


def test_d1_a_yes_by_phone_is_the_approvers_and_keeps_its_evidence(cast, acme, estimate):
    said = by_phone(acme.approver, said_at=SAID, words=" Do it. ", file=MAIL, order_reference="PO 7")

    given = acceptance.record(estimate, said, by=cast.max, at=LATER)

    answer = SpokenAnswer.objects.get()
    assert (given.person, given.at, given.way, given.address, given.recorded_by) == (acme.approver, SAID, "phone", None, cast.max)
    assert (given.evidence, given.evidence_name, given.evidence_digest) == ("Do it.", "yes.eml", sha256(MAIL.content).hexdigest())
    assert (given.completed_at, given.order_reference, given.document.language) == (LATER, "PO 7", "en")
    assert (answer.accepts, answer.person, answer.said_at, answer.recorded_at) == (True, acme.approver, SAID, LATER)
    assert (answer.words, bytes(answer.file or b""), answer.digest) == ("Do it.", MAIL.content, given.evidence_digest)
    assert figures(estimate) == ("accepted", "ready", Decimal(24000), Decimal(24000))


def test_d1_the_approver_is_told_that_it_was_recorded_in_their_name(cast, acme, estimate):
    acceptance.record(estimate, by_phone(acme.approver), by=cast.max, at=LATER)

    event = estimate.task.events.get(kind=TaskEventKind.ACCEPTED)
    assert (event.by, event.facts["person"], event.facts["way"]) == (cast.max, acme.approver.pk, "phone")
    assert (told("Your yes was recorded"), told("Cost accepted")) == (["anna"], ["rolf"])


def test_d1_only_the_clients_account_manager_records(cast, acme, borealis, estimate):
    stranger = a_colleague("Mona", StaffDuty.ACCOUNT_MANAGER)

    for person in (cast.tessa.person, cast.fia, cast.ada, stranger, acme.approver, acme.requester, borealis.approver):
        with pytest.raises(NotAllowed):
            acceptance.record(estimate, by_phone(acme.approver), by=person, at=LATER)
        with pytest.raises(NotAllowed):
            acceptance.record_decline(estimate, by_phone(acme.approver), "Too dear", by=person, at=LATER)

    assert (figures(estimate), SpokenAnswer.objects.count()) == (UNTOUCHED, 0)


def test_d1_it_is_an_approvers_word_or_nobodys(cast, acme, borealis, estimate):
    for person in (acme.requester, borealis.approver, cast.max):
        with pytest.raises(NotAnApprover):
            acceptance.record(estimate, by_phone(person), by=cast.max, at=LATER)

    assert (figures(estimate), SpokenAnswer.objects.count()) == (UNTOUCHED, 0)


def test_a_deputy_who_said_it_while_they_were_one_is_recorded_afterwards(cast, acme):
    estimate = offered(cast, acme)
    a_deputy(acme, acme.requester)
    afterwards = NOON + timedelta(days=9)

    given = acceptance.record(estimate, by_phone(acme.requester, said_at=SAID), by=cast.max, at=afterwards)

    assert (given.person, given.at, given.completed_at) == (acme.requester, SAID, afterwards)
    with pytest.raises(NotAnApprover):
        acceptance.record(estimate, by_phone(acme.requester, said_at=afterwards), by=cast.max, at=afterwards)


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({"words": " \0 "}, EvidenceMissing),
        ({"words": "x" * 20_001}, EvidenceTooLarge),
        ({"file": Attached("empty.txt", b"")}, EvidenceTooLarge),
        ({"file": Attached("big.bin", b"x" * (evidence.MOST_BYTES + 1))}, EvidenceTooLarge),
        ({"said_at": NOON - timedelta(seconds=1)}, SaidAtAnotherTime),
        ({"said_at": LATER + timedelta(seconds=1)}, SaidAtAnotherTime),
        ({"way": AcceptedBy.PAGE}, NotSpoken),
    ],
)
def test_d1_an_answer_without_proof_is_not_recorded(cast, acme, estimate, fields, refusal):
    with pytest.raises(refusal):
        acceptance.record(estimate, by_phone(acme.approver, **fields), by=cast.max, at=LATER)
    with pytest.raises(refusal):
        acceptance.record_decline(estimate, by_phone(acme.approver, **fields), "No", by=cast.max, at=LATER)

    assert (figures(estimate), SpokenAnswer.objects.count()) == (UNTOUCHED, 0)


def test_d1_a_file_alone_is_evidence_enough_and_ten_megabytes_fit(cast, acme, estimate):
    file = Attached("mail.eml", b"x" * evidence.MOST_BYTES)

    given = acceptance.record(estimate, by_phone(acme.approver, words="", file=file), by=cast.max, at=LATER)

    assert (given.evidence, given.evidence_name) == ("", "mail.eml")


def test_d1_what_is_over_is_not_recorded_either(cast, acme, estimate):
    with pytest.raises(EstimateExpired):
        acceptance.record(estimate, by_phone(acme.approver), by=cast.max, at=at_stockholm(2026, 12, 19))

    assert SpokenAnswer.objects.count() == 0


def test_d1_recording_twice_is_harmless_and_what_another_accepted_stands(cast, acme, estimate):
    dora = an_approver(acme, "Dora")
    first = acceptance.record(estimate, by_phone(acme.approver), by=cast.max, at=LATER)

    again = acceptance.record(estimate, by_phone(acme.approver, words="Yes, again"), by=cast.max, at=LATER)
    with pytest.raises(AlreadyAccepted):
        acceptance.record(estimate, by_phone(dora), by=cast.max, at=LATER)

    assert (again, SpokenAnswer.objects.count()) == (first, 1)


def test_above_their_limit_a_recorded_yes_waits_for_a_second_approver(cast, acme, estimate):
    limited(acme, 0)
    with pytest.raises(NoSecondApprover):
        acceptance.record(estimate, by_phone(acme.approver), by=cast.max, at=LATER)
    assert SpokenAnswer.objects.count() == 0
    dora = an_approver(acme, "Dora", limit=0)

    first = acceptance.record(estimate, by_phone(acme.approver, file=MAIL), by=cast.max, at=LATER)
    assert (first.completed_at, first.evidence_name, figures(estimate)) == (None, "yes.eml", UNTOUCHED)
    assert (told("A second yes"), told("Your yes was recorded")) == (["dora"], ["anna"])
    both = acceptance.record(estimate, by_phone(dora, words="I agree", way=AcceptedBy.MAIL), by=cast.max, at=LATER)

    assert (both.second, both.second_way, both.completed_at) == (dora, "mail", LATER)
    assert list(SpokenAnswer.objects.order_by("pk").values_list("person__name", "words")) == [
        ("Anna Testsson", "Yes, do it"), ("Dora Testsson", "I agree"),
    ]  # fmt: skip


def test_a_second_yes_on_the_page_completes_a_recorded_first_one(cast, acme, estimate):
    limited(acme, 0)
    dora = an_approver(acme, "Dora", limit=0)
    acceptance.record(estimate, by_phone(acme.approver), by=cast.max, at=LATER)

    assert yes(estimate, dora, at=LATER).completed_at == LATER


def test_d2_a_no_by_mail_declines_in_their_name_with_its_evidence(cast, acme, estimate):
    said = by_phone(acme.approver, way=AcceptedBy.MAIL, words="", file=MAIL)

    for _ in range(2):
        acceptance.record_decline(estimate, said, "Too dear", by=cast.max, at=LATER)

    estimate.refresh_from_db()
    answer = SpokenAnswer.objects.get()
    assert (figures(estimate)[:2], estimate.closed_by, estimate.closing_reason) == (("declined", "declined"), acme.approver, "Too dear")
    assert (answer.accepts, answer.way, answer.file_name, answer.digest) == (False, "mail", "yes.eml", sha256(MAIL.content).hexdigest())
    assert (told("Your no was recorded"), told("Cost declined")) == (["anna"], ["rolf"])


def test_d6_a_recorded_yes_is_never_paid_from_credit(cast, acme):
    estimate = offered(cast, acme, credit_price_per_hour=Decimal(1200))
    grant(acme.account, 4800)
    yes(estimate, acme.approver, **on_credit(acme.account, 1200))
    more = an_offered(estimate.task.__class__.objects.get(), cast.tessa.person, cast.max, credit_price_per_hour=Decimal(1200))

    with pytest.raises(paying.PaidOtherwise):
        acceptance.record(more, by_phone(acme.approver), by=cast.max, at=LATER)

    assert Acceptance.objects.filter(estimate=more).count() == 0


def test_d1_evidence_never_changes_whoever_writes(cast, acme, estimate):
    acceptance.record(estimate, by_phone(acme.approver), by=cast.max, at=LATER)

    for act in (lambda: SpokenAnswer.objects.update(words="No"), lambda: SpokenAnswer.objects.all().delete()):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()


def test_d3_a_change_is_recorded_too(cast, acme):
    estimate = change(cast, acme)

    acceptance.record(estimate, by_phone(acme.approver), by=cast.max, at=LATER)

    assert figures(estimate) == ("accepted", "ready", Decimal(48000), Decimal(48000))
    assert a_task(acme, cast.max).accepted_net == 0
