"""Mail that is read late: its clocks begin when it reached us, and whoever is on call now is paged (rules S4, S18)."""

from datetime import timedelta

from cases.models import Case
from clients.models import PlanTarget
from notices import mailroom
from tests.cases.opened import a_plan, bind
from tests.cast import at_stockholm
from tests.clients.rotas import a_rota

BEFORE, AFTER = at_stockholm(2026, 11, 23, 8, 55), at_stockholm(2026, 11, 23, 9, 10)
RAW = b"From: rolf@acme.example\r\nTo: support@provider.example\r\nSubject: Gone\r\nMessage-ID: <m1@acme.example>\r\n\r\nAll.\r\n"


def test_s18_a_mail_that_is_read_after_the_hand_over_pages_who_is_on_call_now_for_the_full_time(acme, cast):
    plan = a_plan()
    PlanTarget.objects.filter(plan=plan, priority__number=3).update(rota=a_rota(cast.tessa.person, cast.theo.person))
    bind(acme, plan)
    mailroom.receive(raw=RAW, source="pipe", at=BEFORE)

    mailroom.handle_due(at=AFTER)

    case = Case.objects.get()
    page = case.pages.get()
    assert (case.opened_at, case.clocks.get().started_at) == (BEFORE, BEFORE)
    assert (page.person, page.paged_at, page.next_at) == (cast.theo.person, AFTER, AFTER + timedelta(minutes=10))
