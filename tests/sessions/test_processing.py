"""No session and no access without a data processing agreement on file, where the provider asks for one (rule X2)."""

from datetime import date, timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.urls import reverse

from clients import processing
from clients.models import Agreement
from clients.processing import ProcessingAgreementMissing, ReferenceMissing, SignedAhead
from core.errors import NotAllowed
from sessions import access
from sessions.models import Session
from tests.cast import NOON, at_stockholm
from tests.sessions.booked import TUESDAY
from tests.sessions.factories import a_lot, a_session

pytestmark = pytest.mark.django_db


@pytest.fixture
def asked(cast, acme):
    """The provider asks for one; a session was booked before."""
    a_lot(acme.account, 480)
    session = a_session(cast, acme, starts_at=at_stockholm(2026, 11, 20, 9))
    access.write(session=session, text="VPN, then ask Bo", by=acme.requester, at=NOON)
    cast.provider.needs_processing_agreement = True
    cast.provider.save()
    return session


def record(acme, by, signed_on=date(2026, 1, 2), reference="DPA 7"):
    agreement = Agreement.objects.get(organisation=acme.organisation)
    return processing.record(agreement=agreement, signed_on=signed_on, reference=reference, by=by, today=NOON.date())


def form(cast, acme):
    wish = {"account": acme.account.pk, "purpose": cast.purpose.pk, "title": "Disk", "minutes": 60, "technicians": 1, "technician": ""}
    return wish | {"starts_at": TUESDAY.isoformat(), "key": "k"}


def test_x2_nothing_is_booked_without_one_and_the_page_says_what_to_do(cast, acme, asked, client_of):
    with time_machine.travel(NOON, tick=False):
        refused = client_of(acme.requester).post(reverse("session-new"), form(cast, acme))
        record(acme, cast.max)
        booked = client_of(acme.requester).post(reverse("session-new"), form(cast, acme))

    assert (refused.status_code, "There is no data processing agreement on file" in refused.content.decode()) == (409, True)
    assert (booked.status_code, Session.objects.count()) == (302, 2)


def test_x2_nobody_reads_or_writes_access_without_one(cast, acme, asked):
    for act in (
        lambda: access.read(session=asked, by=cast.tessa.person, at=NOON),
        lambda: access.write(session=asked, text="Another way", by=acme.requester, at=NOON),
    ):
        with pytest.raises(ProcessingAgreementMissing):
            act()
    record(acme, cast.ada)
    assert access.read(session=asked, by=cast.tessa.person, at=NOON) == "VPN, then ask Bo"


def test_x2_only_the_agreement_in_force_counts(cast, acme, asked):
    record(acme, cast.max)
    Agreement.objects.filter(organisation=acme.organisation).update(ends_on=NOON.date(), ended_by="client")
    assert processing.is_missing(acme.organisation, on=NOON.date())
    assert not processing.is_missing(acme.organisation, on=NOON.date() - timedelta(days=1))


def test_x2_it_is_dated_filed_and_written_by_who_may(cast, acme):
    with pytest.raises(NotAllowed):
        record(acme, cast.fia)
    for wrong in ({"reference": " "}, {"signed_on": None}):
        with pytest.raises(ReferenceMissing):
            record(acme, cast.max, **wrong)
    with pytest.raises(SignedAhead):
        record(acme, cast.max, signed_on=NOON.date() + timedelta(days=1))
    kept = record(acme, cast.max, reference=" DPA  7 ")
    assert (kept.processing_reference, record(acme, cast.max).history.count()) == ("DPA 7", 2)
    with pytest.raises(IntegrityError), transaction.atomic():
        Agreement.objects.filter(pk=kept.pk).update(processing_reference="")


def test_x2_the_database_takes_no_session_without_one(cast, acme, asked):
    kept = {field.attname: getattr(asked, field.attname) for field in Session._meta.concrete_fields if not field.primary_key}
    with pytest.raises(IntegrityError, match="no session without a data processing agreement"), transaction.atomic():
        Session.objects.create(**kept | {"cause": "another"})


def test_x2_the_desk_writes_it_down(cast, acme, asked, client_of):
    address = reverse("desk-agreement-processing", args=[Agreement.objects.get(organisation=acme.organisation).pk])
    with time_machine.travel(NOON, tick=False):
        page = client_of(cast.max).get(reverse("desk-agreement", args=[acme.organisation.pk])).content.decode()
        wrong = client_of(cast.max).post(address, {"signed_on": "2026-01-02"})
        right = client_of(cast.max).post(address, {"signed_on": "2026-01-02", "reference": "DPA 7"})

    assert "None is on file." in page
    assert (wrong.status_code, right.status_code) == (409, 302)
    assert Agreement.objects.get(organisation=acme.organisation).processing_agreed_on == date(2026, 1, 2)
