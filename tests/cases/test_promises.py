"""What is promised is what the plan measures: an answer, or troubleshooting that begins (rules S2, S4)."""

import time_machine

from cases import words
from cases.models import Opened
from cases.words import Said
from clients.models import AimKind, PlanTarget
from notices.models import Notice
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON, at_stockholm

BY = "begins troubleshooting by Thu 19 Nov 11:00 at the latest."


def text(response):
    return " ".join(response.content.decode().replace("\N{NO-BREAK SPACE}", " ").replace("&nbsp;", " ").split())


def seen(browser, url):
    with time_machine.travel(NOON, tick=False):
        return text(browser.get(url))


def test_s4_receipt_and_page_promise_troubleshooting_where_only_that_counts(acme, client_of):
    bind(acme, a_plan(response_met_by="troubleshooting"))
    disa = a_dispatcher()

    case = a_case(acme, via=Opened.EMAIL)

    told = {notice.person: notice.body.replace("\N{NO-BREAK SPACE}", " ") for notice in Notice.objects.all()}
    page = seen(client_of(acme.requester), f"/cases/{case.pk}/")
    assert f"A technician {BY}" in told[acme.requester]
    assert "Troubleshooting is to begin by Thu 19 Nov 11:00." in told[disa]
    assert f"Our turn: a technician {BY}" in page
    assert "Why then? The troubleshooting" in page
    assert "have an answer by" not in page + told[acme.requester]


def test_s4_what_is_late_is_called_by_its_name(acme, client_of):
    bind(acme, a_plan(response_met_by="troubleshooting"))
    case = a_case(acme)

    with time_machine.travel(at_stockholm(2026, 11, 19, 12), tick=False):
        page = text(client_of(acme.requester).get(f"/cases/{case.pk}/"))

    assert "Our turn: troubleshooting was to begin by Thu 19 Nov 11:00. It is late, and that is recorded." in page


def test_s4_the_choice_of_a_priority_says_the_same(acme, client_of):
    plan = a_plan(response_met_by="troubleshooting")
    bind(acme, plan)
    PlanTarget.objects.filter(priority__number=3).update(response_kind=AimKind.NEXT_WORKING_DAY, response_minutes=None)

    page = seen(client_of(acme.requester), "/cases/new/")

    assert "A technician begins troubleshooting within 2 h of working time" in page
    assert "A technician begins troubleshooting by the close of the next working day" in page
    assert "Answer within" not in page


def test_s4_once_it_has_begun_the_next_response_is_an_answer(acme, client_of):
    bind(acme, a_plan(response_met_by="troubleshooting", restarts_on_word=True))
    disa, case = a_dispatcher(), a_case(acme, at=at_stockholm(2026, 11, 18, 9))
    words.begin_troubleshooting(case, by=disa, at=at_stockholm(2026, 11, 18, 10))
    words.answer(case, Said("It is the relay."), by=disa, at=at_stockholm(2026, 11, 18, 11), cause="a")

    words.client_says(case, Said("When?"), by=acme.requester, at=NOON, cause="b")

    assert "Our turn: you have an answer by Thu 19 Nov 11:00 at the latest." in seen(client_of(acme.requester), f"/cases/{case.pk}/")
