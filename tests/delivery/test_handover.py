"""A delivery that was handed over becomes an agreed service in one step (rule D7)."""

from datetime import timedelta
from typing import Any

import pytest

from clients.agreed import TermRefused
from clients.models import AgreedService, Agreement, Deployment
from core.errors import NotAllowed
from delivery import completion, handover, life
from delivery.models import TaskEventKind
from notices.models import Notice
from tests.cast import NOON
from tests.delivery.scene import a_working, delivery_terms
from tests.delivery.working import a_done

SAID: dict[str, Any] = {"name": "Single sign-on", "description": "For the intranet.", "deployment": Deployment.HOSTED}


@pytest.fixture
def task(cast, acme):
    delivery_terms()
    task = a_working(cast, acme, basis="fixed")
    completion.accept(a_done(task, cast.max), by=acme.approver, at=NOON)
    task.refresh_from_db()
    return task


def test_d7_an_accepted_delivery_becomes_an_agreed_service_of_the_agreement_in_force(task, cast, acme):
    handover.agree_service(task, by=cast.max, at=NOON, **SAID)

    task.refresh_from_db()
    service = AgreedService.objects.get()
    assert task.service == service
    assert (service.agreement.organisation, service.name, service.description) == (acme.organisation, "Single sign-on", "For the intranet.")
    assert service.deployment == Deployment.HOSTED
    assert service.history.get().history_user == cast.max
    event = task.events.get(kind=TaskEventKind.AGREED_SERVICE)
    assert (event.by, event.facts) == (cast.max, {"service": service.pk, "name": "Single sign-on"})
    told = Notice.objects.filter(subject__contains="Now an agreed service")
    assert {notice.person for notice in told} == {acme.requester, acme.approver}
    assert "help with it is support" in told[0].body


def test_d7_it_becomes_one_once(task, cast):
    handover.agree_service(task, by=cast.max, at=NOON, **SAID)

    with pytest.raises(handover.AlreadyAgreed):
        handover.agree_service(task, by=cast.max, at=NOON, **(SAID | {"name": "Another"}))

    assert AgreedService.objects.count() == 1


def test_d7_only_the_account_manager_does_it(task, cast, acme, borealis):
    for person in (cast.tessa.person, cast.fia, cast.ada, acme.approver, borealis.approver):
        with pytest.raises(NotAllowed):
            handover.agree_service(task, by=person, at=NOON, **SAID)

    assert not AgreedService.objects.exists()


def test_d7_what_is_not_accepted_as_done_is_no_service(cast, acme):
    delivery_terms()
    task = a_working(cast, acme, basis="fixed")
    with pytest.raises(life.TaskMovedOn):
        handover.agree_service(task, by=cast.max, at=NOON, **SAID)
    a_done(task, cast.max)
    with pytest.raises(life.TaskMovedOn):
        handover.agree_service(task, by=cast.max, at=NOON, **SAID)

    assert not AgreedService.objects.exists()


def test_d7_without_an_agreement_in_force_there_is_nothing_to_name_it_in(task, cast):
    Agreement.objects.update(ends_on=NOON.date())

    with pytest.raises(handover.NoAgreement):
        handover.agree_service(task, by=cast.max, at=NOON, **SAID)
    assert handover.agree_service(task, by=cast.max, at=NOON - timedelta(days=1), **SAID).service is not None


@pytest.mark.parametrize("name", ["", " \n", "x" * 121])
def test_d7_a_service_has_a_name(task, cast, name):
    with pytest.raises(handover.ServiceNameMissing):
        handover.agree_service(task, by=cast.max, at=NOON, **(SAID | {"name": name}))


def test_d7_a_name_is_given_once_whatever_its_letters(task, cast, acme):
    AgreedService.objects.create(agreement=Agreement.objects.get(organisation=acme.organisation), name="single SIGN-ON")

    with pytest.raises(handover.ServiceNameTaken):
        handover.agree_service(task, by=cast.max, at=NOON, **SAID)

    task.refresh_from_db()
    assert task.service is None


def test_d7_how_it_is_run_is_one_of_the_known_ways(task, cast):
    with pytest.raises(TermRefused):
        handover.agree_service(task, by=cast.max, at=NOON, **(SAID | {"deployment": "somewhere"}))
