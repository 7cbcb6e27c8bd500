"""The report of a client's guarantees by quarter, with what was granted for those that were missed (rule S16)."""

from datetime import timedelta
from html import unescape

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.html import strip_tags
from djmoney.money import Money

from cases.models import Case, Clock
from clients.models import Organisation
from invoicing import compensation, guarantees, tax_periods
from invoicing.models import Compensation
from invoicing.periods import Every
from tests.cases.opened import a_case
from tests.cast import NOON, at_stockholm
from tests.invoicing.test_compensation import FREE_HOUR, LATER, TENTH, missed, with_plan

pytestmark = pytest.mark.django_db
THIS = tax_periods.TaxPeriod(2026, 4, Every.QUARTER)
NEW_YEAR = at_stockholm(2027, 1, 1)


def text(response):
    """What stands on the page, without tags and with ordinary blanks."""
    return " ".join(strip_tags(unescape(response.content.decode())).split())


@pytest.fixture(autouse=True)
def later():
    with time_machine.travel(LATER, tick=False):
        yield


def kept(client, at):
    """A case that was answered at that instant, in time."""
    Clock.objects.filter(case=a_case(client)).update(met_at=at)


def figures(client, period=THIS):
    report = guarantees.of(client.organisation, period)
    return [(kind.kind, kind.kept, kind.missed, kind.percent) for kind in report.kinds], report.minutes, list(report.sums)


def page_of(client, name="guarantees"):
    return reverse(name, args=[client.organisation.pk])


def test_s16_what_was_kept_and_missed_is_counted_and_what_was_granted_is_summed(cast, acme):
    with_plan(acme, **FREE_HOUR)
    kept(acme, NOON)
    missed(acme, 2)
    compensation.propose_due(LATER)
    compensation.grant(Compensation.objects.order_by("pk")[0], by=cast.max, at=LATER)

    assert figures(acme) == ([("response", 1, 2, 33)], 60, [])


def test_s16_a_share_of_the_fee_is_summed_as_money_and_only_when_granted(cast, acme):
    with_plan(acme, **TENTH)
    missed(acme, 2)
    compensation.propose_due(LATER)
    first, second = Compensation.objects.order_by("pk")
    compensation.grant(first, by=cast.max, at=LATER)
    compensation.decline(second, reason="You asked for that hour.", by=cast.max, at=LATER)

    assert figures(acme) == ([("response", 0, 2, 0)], 0, [Money(300, "SEK")])


def test_s16_a_deadline_counts_in_the_quarter_of_the_providers_calendar(cast, acme):
    with_plan(acme)
    kept(acme, NEW_YEAR - timedelta(seconds=1))
    kept(acme, NEW_YEAR)

    following = THIS.after()

    assert [figures(acme, period)[0] for period in (THIS, following)] == [[("response", 1, 0, 100)]] * 2
    assert (following.code, following.before(), following.after().code) == ("2027-q1", THIS, "2027-q2")


def test_s16_what_guarantees_do_not_bind_to_is_left_out(acme):
    with_plan(acme)
    unbound, delivery, _counts = missed(acme, 3)
    Case.objects.filter(pk=unbound.pk).update(guaranteed=False)
    Case.objects.filter(pk=delivery.pk).update(state="closed", closed_as="delivery", closed_at=LATER)

    assert figures(acme)[0] == [("response", 0, 1, 0)]


def test_s16_the_client_reads_it_with_what_became_of_each(cast, acme, client_of):
    with_plan(acme, **FREE_HOUR)
    missed(acme, 3)
    compensation.propose_due(LATER)
    granted, declined, _waits = Compensation.objects.order_by("pk")
    compensation.grant(granted, by=cast.max, at=LATER)
    compensation.decline(declined, reason="You asked for that hour.", by=cast.max, at=LATER)

    page = text(client_of(acme.requester).get(page_of(acme)))

    for words in (
        "Kept: 0. Missed: 3.",
        "0 %",
        "1 h granted",
        "Declined",
        "You asked for that hour.",
        "not decided yet",
        "Quarter 4, 2026",
    ):
        assert words in page, words


def test_s16_where_nothing_is_agreed_the_miss_is_shown_all_the_same(acme, client_of):
    with_plan(acme)
    missed(acme)

    page = text(client_of(acme.requester).get(page_of(acme)))

    assert "nothing is agreed for it" in page
    assert "Granted for what was missed nothing" in page


def test_s16_a_quarter_without_deadlines_says_so(acme, client_of):
    with_plan(acme)

    page = text(client_of(acme.requester).get(page_of(acme), {"quarter": "2026-q3"}))

    assert "No deadline was kept or missed in this quarter." in page
    assert "Quarter 3, 2026" in page


@pytest.mark.parametrize("code", ["2026-11", "2027-q1", "x", ""])
def test_s16_what_is_no_quarter_or_has_not_begun_is_not_found(acme, client_of, code):
    assert client_of(acme.requester).get(page_of(acme), {"quarter": code}).status_code == 404


def test_s16_the_account_manager_has_it_at_the_desk_and_nobody_elses(cast, acme, borealis, client_of):
    with_plan(acme)
    missed(acme)
    max_, anna = client_of(cast.max), client_of(acme.approver)
    Organisation.objects.filter(pk=borealis.organisation.pk).update(account_manager=cast.ada)

    assert "Missed: 1." in text(max_.get(page_of(acme, "desk-client-guarantees")))
    assert max_.get(page_of(borealis, "desk-client-guarantees")).status_code == 404
    assert anna.get(page_of(acme, "desk-client-guarantees")).status_code == 404
    assert anna.get(page_of(borealis)).status_code == 404


def test_s16_the_page_asks_as_few_questions_for_many_misses_as_for_one(cast, acme, client_of):
    with_plan(acme, **FREE_HOUR)
    missed(acme)
    browser = client_of(acme.requester)
    browser.get(page_of(acme))
    with CaptureQueriesContext(connection) as few:
        browser.get(page_of(acme))
    missed(acme, 4)
    compensation.propose_due(LATER)

    with CaptureQueriesContext(connection) as many:
        browser.get(page_of(acme))

    assert len(many) == len(few)
