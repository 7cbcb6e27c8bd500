"""A VAT number that VIES denies makes reverse charge impossible; no answer never blocks (rule I2)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction
from django.utils import translation

from clients.models import Organisation
from core.errors import NotAllowed
from invoicing import issuing, vat_checks, vies
from invoicing.issuing import NumberInvalid
from invoicing.models import InvoiceState, InvoicingTerms, VatCheck, Verdict
from invoicing.vat_checks import CheckMismatch, NoNumber
from tests.cast import NOON
from tests.invoicing.abroad import AWAY, DANISH, GERMAN, NO, OURS, YES, Register, credited, drafted, moved_to, registered, sold
from tests.invoicing.scene import invoicing_terms
from tests.proofs.crowd import at_once

pytestmark = pytest.mark.django_db
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def german(cast, acme):
    invoicing_terms()
    registered()
    moved_to(acme, "DE", "de 136 695 976")
    return acme


def ask(client, fia, *answers, at=NOON, cause="k"):
    return vat_checks.check(client.organisation, by=fia, at=at, cause=cause, checker=Register(*answers))


def test_i2_what_was_asked_is_kept_with_its_answer(cast, german):
    register = Register(YES)

    row = vat_checks.check(german.organisation, by=cast.fia, at=NOON, cause="k", checker=register)

    assert register.asked == [(GERMAN, OURS)]
    assert (row.number, row.requester, row.asked_at, row.asked_by) == (GERMAN, OURS, NOON, cast.fia)
    assert (row.verdict, row.request_identifier, row.name) == (Verdict.VALID, "WAPIAAAAYz0-GZ8v", "Glühwein GmbH")
    assert vat_checks.latest_of(german.organisation) == row


def test_i2_a_denied_number_cannot_be_issued_to_and_the_refusal_says_when(cast, german):
    draft = drafted(german, (1000, 0))
    ask(german, cast.fia, NO)

    with pytest.raises(NumberInvalid) as refused, translation.override("en"):
        issuing.issue(draft, by=cast.fia, at=NOON + HOUR)

    with translation.override("en"):
        assert "VIES said" in str(refused.value)
        assert "18 Nov" in str(refused.value)
        assert GERMAN in str(refused.value)
    draft.refresh_from_db()
    assert draft.state == InvoiceState.DRAFT


@pytest.mark.parametrize(
    ("answers", "is_denied"),
    [([YES], False), ([NO], True), ([AWAY], False), ([NO, AWAY], True), ([NO, YES], False), ([NO, YES, AWAY], False), ([YES, NO], True)],
)
def test_i2_the_latest_yes_or_no_stands(cast, german, answers, is_denied):
    for number, answer in enumerate(answers):
        ask(german, cast.fia, answer, at=NOON + number * HOUR, cause=f"k{number}")

    assert bool(vat_checks.denial_of(german.organisation.vat_number)) == is_denied


def test_i2_another_number_is_not_denied(cast, german):
    ask(german, cast.fia, NO)
    moved_to(german, "DK", DANISH)

    assert sold(german, cast.fia, (1000, 0)).number


def test_i2_a_denial_stops_no_sale_at_home_and_no_credit_note(cast, german, borealis):
    invoice = sold(german, cast.fia, (1000, 0))
    ask(german, cast.fia, NO)

    assert credited(invoice, 100, cast.fia).number
    assert sold(borealis, cast.fia, (1000, 25)).number


def test_i2_the_same_form_asks_once(cast, german):
    register = Register(NO, YES)

    rows = [vat_checks.check(german.organisation, by=cast.fia, at=NOON, cause="k", checker=register) for _ in range(2)]

    assert rows[0] == rows[1]
    assert len(register.asked) == 1


def test_i2_the_form_of_another_is_refused(cast, german, borealis):
    ask(german, cast.fia, YES)
    moved_to(borealis, "DK", DANISH)

    with pytest.raises(CheckMismatch):
        ask(borealis, cast.fia, YES)


def test_i2_only_finance_asks_and_only_about_a_number(cast, german, borealis):
    with pytest.raises(NotAllowed):
        ask(german, cast.max, YES)
    with pytest.raises(NoNumber):
        ask(borealis, cast.fia, YES)


@pytest.mark.parametrize("change", ["update", "delete"])
def test_i2_an_answer_is_for_ever(cast, german, change):
    ask(german, cast.fia, NO)
    rows = VatCheck.objects.all()

    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(verdict=Verdict.VALID) if change == "update" else rows.delete()


@pytest.mark.parametrize("fields", [{"verdict": "perhaps"}, {"verdict": "unavailable"}, {"trouble": "TIMEOUT"}, {"number": ""}])
def test_i2_the_database_knows_what_an_answer_is(cast, german, fields):
    given = {"cause": "c", "number": GERMAN, "asked_at": NOON, "verdict": "valid"} | fields

    with pytest.raises(DatabaseError), transaction.atomic():
        VatCheck.objects.create(organisation=german.organisation, **given)


def test_i2_the_job_is_off_unless_the_terms_say_so(cast, german):
    drafted(german, (1000, 0))

    assert vat_checks.check_due(at=NOON, checker=Register(YES)) == 0
    assert not VatCheck.objects.exists()


def test_i2_the_job_asks_about_buyers_of_drafts_with_reverse_charge_alone(cast, german, borealis):
    InvoicingTerms.objects.update(vat_check_days=30)
    drafted(german, (1000, 0))
    drafted(borealis, (1000, 25))
    register = Register(YES)

    asked = [vat_checks.check_due(at=NOON + moment, checker=register) for moment in (0 * DAY, DAY, 29 * DAY, 30 * DAY)]

    assert asked == [1, 0, 0, 1]
    assert register.asked == [(GERMAN, OURS)] * 2
    assert set(VatCheck.objects.values_list("asked_by", flat=True)) == {None}


def test_i2_the_job_tries_again_an_hour_after_no_answer(cast, german):
    InvoicingTerms.objects.update(vat_check_days=30)
    drafted(german, (1000, 0))
    register = Register(AWAY, NO)

    asked = [vat_checks.check_due(at=NOON + moment, checker=register) for moment in (0 * HOUR, HOUR / 2, HOUR, 3 * HOUR)]

    assert asked == [1, 0, 1, 0]


def test_i2_the_job_asks_few_at_a_time_and_a_number_once(cast, german, borealis):
    InvoicingTerms.objects.update(vat_check_days=30)
    for client in (german, borealis):
        moved_to(client, "DE", GERMAN)
        drafted(client, (1000, 0))

    assert vat_checks.check_due(at=NOON, checker=Register(YES), most=1) == 1
    assert vat_checks.check_due(at=NOON + HOUR, checker=Register(YES), most=1) == 0


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_i2_the_same_form_sent_by_many_at_once_is_kept_once(cast, german):
    register, pk = Register(YES), german.organisation.pk

    def press(_number: int) -> int:
        return vat_checks.check(Organisation.objects.get(pk=pk), by=cast.fia, at=NOON, cause="k", checker=register).pk

    crowd, _meeting = at_once(6, press)

    assert crowd.errors == []
    assert set(crowd.answers.values()) == {VatCheck.objects.get().pk}


@pytest.mark.parametrize("trouble", [vies.NO_WAY, vies.MALFORMED, vies.GARBLED, "TOO_SLOW", "MS_UNAVAILABLE", "SOMETHING_NEW"])
def test_i2_why_there_is_no_answer_is_said_in_words(trouble):
    why = str(VatCheck(trouble=trouble).why)

    assert (trouble in why, why.endswith("."), " " in why) == (False, True, True)
