"""Duties with the provider: given by administrators, never to themselves, and one of them stays (rules: People)."""

import pytest
from django.db import IntegrityError, transaction

from clients import duties
from clients.duties import GivesThemselves, LastAdministrator, LooksAfterClients, NotOfOurs
from clients.models import StaffDuty, StaffRole
from core.errors import NotAllowed
from people.models import Person
from tests.cast import NOON, a_colleague

pytestmark = pytest.mark.django_db


def role(person, duty):
    return StaffRole.objects.get(person=person, duty=duty)


def test_people_an_administrator_gives_and_takes_and_the_administration_follows(cast):
    duties.give(person=cast.fia, duty=StaffDuty.ADMINISTRATOR, reason="They moved on", by=cast.ada)
    fia = Person.objects.get(pk=cast.fia.pk)
    assert (fia.is_staff, fia.is_superuser) == (True, True)

    duties.take(role=role(fia, StaffDuty.ADMINISTRATOR), reason="They moved on", by=cast.ada, at=NOON)
    fia = Person.objects.get(pk=cast.fia.pk)
    assert (fia.is_staff, fia.is_superuser, StaffRole.history.filter(person=fia).count()) == (False, False, 3)


def test_people_nobody_gives_themselves_a_duty_and_a_clients_person_gets_none(cast, acme):
    with pytest.raises(GivesThemselves):
        duties.give(person=cast.ada, duty=StaffDuty.FINANCE, reason="They moved on", by=cast.ada)
    with pytest.raises(NotOfOurs):
        duties.give(person=acme.approver, duty=StaffDuty.FINANCE, reason="They moved on", by=cast.ada)
    for other in (cast.max, cast.fia, acme.approver):
        with pytest.raises(NotAllowed):
            duties.give(person=cast.fia, duty=StaffDuty.DISPATCHER, reason="They moved on", by=other)


def test_people_the_last_administrator_stays_in_words_and_in_the_database(cast):
    last = role(cast.ada, StaffDuty.ADMINISTRATOR)
    with pytest.raises(LastAdministrator):
        duties.take(role=last, reason="They moved on", by=cast.ada, at=NOON)
    for act in (
        last.delete,
        lambda: StaffRole.objects.filter(pk=last.pk).update(duty=StaffDuty.FINANCE),
        lambda: Person.objects.filter(pk=cast.ada.pk).update(is_active=False),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            act()

    a_colleague("Adam", StaffDuty.ADMINISTRATOR)
    duties.take(role=role(cast.ada, StaffDuty.ADMINISTRATOR), reason="They moved on", by=cast.ada, at=NOON)
    assert not StaffRole.objects.filter(person=cast.ada).exists()


def test_people_who_looks_after_clients_stays_an_account_manager(cast, acme):
    with pytest.raises(LooksAfterClients) as refused:
        duties.take(role=role(cast.max, StaffDuty.ACCOUNT_MANAGER), reason="They moved on", by=cast.ada, at=NOON)
    assert "still looks after 1 client." in str(refused.value)


def test_people_who_has_no_duty_left_is_signed_out_everywhere(cast, client_of):
    browser = client_of(cast.fia)
    assert browser.get("/desk/").status_code == 302 or browser.get("/desk/").status_code == 200

    duties.take(role=role(cast.fia, StaffDuty.FINANCE), reason="They moved on", by=cast.ada, at=NOON)

    assert browser.get("/me/").status_code == 302
