"""`manage.py reseal`: keys are changed while secrets stand in the database (rule R3)."""

from io import StringIO

import pytest
from cryptography.fernet import Fernet
from django.core.management import call_command

from core import sealing
from sessions import access
from sessions.models import AccessInstructions
from tests.cast import NOON
from tests.sessions.factories import a_session, minutes

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))


@pytest.fixture
def session(cast, acme, settings):
    settings.SEALING_KEYS = [OLD]
    session = a_session(cast, acme, starts_at=NOON + minutes(60))
    access.write(session=session, text="Under the mat", by=acme.requester, at=NOON)
    return session


def reseal(*options):
    said = StringIO()
    call_command("reseal", *options, stdout=said)
    return said.getvalue()


def test_r3_all_is_sealed_with_the_first_key_and_the_old_one_can_go(session, cast, settings):
    settings.SEALING_KEYS = [NEW, OLD]

    said = reseal()
    settings.SEALING_KEYS = [NEW]

    assert "support_sessions.AccessInstructions.sealed: 1 sealed anew, 0 cannot be opened" in said
    assert access.read(session=session, by=cast.tessa.person, at=NOON) == "Under the mat"


def test_r3_the_second_time_nothing_changes(session, settings):
    settings.SEALING_KEYS = [NEW, OLD]
    reseal()
    sealed = AccessInstructions.objects.get().sealed

    said = reseal()

    assert "AccessInstructions.sealed: 0 sealed anew" in said
    assert AccessInstructions.objects.get().sealed == sealed


def test_r3_what_no_key_opens_is_counted_and_left_as_it_is(session, settings):
    sealed = AccessInstructions.objects.get().sealed
    settings.SEALING_KEYS = [NEW]

    said = reseal()

    assert "AccessInstructions.sealed: 0 sealed anew, 1 cannot be opened" in said
    assert AccessInstructions.objects.get().sealed == sealed


def test_r3_what_was_erased_is_passed_over(session, settings):
    AccessInstructions.objects.update(sealed="", erased_at=NOON)
    settings.SEALING_KEYS = [NEW]

    assert "AccessInstructions.sealed: 0 sealed anew, 0 cannot be opened" in reseal()


def test_r3_a_new_key_can_be_asked_for(settings):
    settings.SEALING_KEYS = [reseal("--new-key").strip()]

    assert sealing.unseal(sealing.seal("Mat", context="a"), context="a") == "Mat"
