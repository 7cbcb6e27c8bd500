"""What counts as a word of the client’s, and whom it reaches (rules S4, S6, S11, M4)."""

import pytest

from cases import replay, words
from cases.models import ClockKind
from cases.words import Said
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import at_stockholm

NINE, TEN, ELEVEN, NOON, TWO = (at_stockholm(2026, 11, 23, hour) for hour in (9, 10, 11, 12, 14))
TUESDAY_TEN = at_stockholm(2026, 11, 24, 10)


@pytest.fixture
def disa(acme):
    return a_dispatcher()


def due(case, kind=ClockKind.RESPONSE):
    return case.clocks.get(kind=kind, met_at=None, ended_at=None).due_at


def agrees(case):
    return [str(found) for found in replay.differences(case)] == []


def test_m4_where_the_owner_has_left_the_dispatchers_are_told(acme, disa, cast):
    bind(acme, a_plan())
    case = a_case(acme, at=NINE)
    words.answer(case, Said("Look"), by=cast.tessa.person, at=TEN, cause="a")
    cast.tessa.person.is_active = False
    cast.tessa.person.save()

    message = words.client_says(case, Said("13"), by=acme.requester, at=ELEVEN, cause="w")

    assert Notice.objects.filter(cause=f"case:{case.pk}:message:{message.pk}", person=disa).exists()
