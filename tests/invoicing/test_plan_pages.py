"""Pages about the money of plans: finance takes back and announces, managers decide, clients see what comes (rules I7, S16)."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from clients.models import AgreementPlan
from clients.plan_money import ClauseIncomplete, GrantIncomplete, NotInAgreement, PlanMoney, say
from core.errors import NotAllowed
from invoicing import compensation, included, plan_ends, plan_fees
from invoicing.models import Compensation, IndexNotice, PlanCredit, PriceIndex
from tests.cast import NOON, a_client
from tests.invoicing.plan_scene import a_fee_invoice, a_paid_plan, bound, charging_terms, ended
from tests.invoicing.test_compensation import FREE_HOUR, LATER, TENTH, missed

pytestmark = pytest.mark.django_db


@pytest.fixture
def row(acme):
    charging_terms(plan_fees_from=date(2026, 11, 1))
    return bound(acme, a_paid_plan(**TENTH), starts_on=date(2026, 11, 1))


def take_back(row, finance):
    a_fee_invoice(finance)
    ended(row, date(2026, 12, 11))
    plan_ends.take_back_due(NOON)
    return PlanCredit.objects.get()


def test_i7_finance_takes_days_back_with_one_press(client, cast, row):
    credit = take_back(row, cast.fia)
    client.force_login(cast.fia)

    page = client.get(reverse("desk-plan-fees"))
    answer = client.post(reverse("desk-plan-credit-settle", args=[credit.pk]), {"shown": "2032.26"})

    assert b'name="shown" value="2032.26"' in page.content
    assert answer.status_code == 302
    credit.refresh_from_db()
    assert credit.credit_note.net == Decimal("2032.26")


def test_i7_another_sum_than_was_shown_is_refused_on_the_page(client, cast, row):
    credit = take_back(row, cast.fia)
    client.force_login(cast.fia)

    answer = client.post(reverse("desk-plan-credit-settle", args=[credit.pk]), {"shown": "1.00"})

    assert (answer.status_code, PlanCredit.objects.get().settled_at) == (409, None)
    assert "Nothing has changed" in answer.content.decode()


def test_i7_finance_keeps_it_with_a_reason(client, cast, row):
    credit = take_back(row, cast.fia)
    client.force_login(cast.fia)
    url = reverse("desk-plan-credit-keep", args=[credit.pk])

    assert client.get(url).status_code == 200
    assert client.post(url, {"reason": ""}).status_code == 422
    assert client.post(url, {"reason": "Agreed"}).status_code == 302
    assert PlanCredit.objects.get().reason == "Agreed"
    assert b"Settled by" in client.get(url).content


@pytest.mark.parametrize("name", ["desk-plan-fees", "desk-price-indexes"])
def test_i7_pages_of_finance_are_nobody_elses(client, cast, acme, row, name):
    for person, status in ((cast.fia, 200), (cast.ada, 200), (cast.max, 404), (cast.tessa.person, 404), (acme.approver, 404)):
        client.force_login(person)
        assert client.get(reverse(name)).status_code == status


def test_i7_an_administrator_reads_and_does_not_act(client, cast, row):
    credit = take_back(row, cast.fia)
    client.force_login(cast.ada)

    page = client.get(reverse("desk-plan-fees"))

    assert b'name="shown"' not in page.content
    assert client.post(reverse("desk-plan-credit-settle", args=[credit.pk]), {"shown": "2032.26"}).status_code == 403


def test_i7_an_index_is_written_down_and_announced(client, cast, row):
    today = timezone.now().date()
    starts_on = date(today.year + 1 + (today.month > 10), 1, 1)
    month = date(starts_on.year - 1, 9, 1)
    clause = PlanMoney(index_name="LCI", index_month=month.replace(year=month.year - 1), index_value=Decimal(120), index_from="january")
    say(row, clause, reason="As agreed", by=cast.fia, at=NOON)
    PriceIndex.objects.create(name="LCI", month=month, value=Decimal(126))
    client.force_login(cast.fia)

    page = client.get(reverse("desk-price-indexes"))
    written = client.post(reverse("desk-price-indexes"), {"name": "LCI", "month": "2020-01", "value": "100"})
    told = client.post(reverse("desk-plan-announce", args=[row.pk]), {"starts_on": str(starts_on), "shown": "3150.00"})

    assert (page.status_code, written.status_code, told.status_code) == (200, 302, 302)
    assert IndexNotice.objects.get().fee == Decimal("3150.00")
    assert PriceIndex.objects.filter(month=date(2020, 1, 1), value=100).exists()


@pytest.mark.parametrize("typed", [{}, {"name": "L", "month": "nonsense", "value": "1"}, {"name": "L", "month": "2020-13", "value": "x"}])
def test_i7_what_is_no_index_is_refused_and_kept(client, cast, row, typed):
    client.force_login(cast.fia)

    assert client.post(reverse("desk-price-indexes"), typed).status_code == 422
    assert PriceIndex.objects.count() == 0


def test_s16_the_account_manager_decides_on_the_page(client, cast, acme):
    charging_terms()
    bound(acme, a_paid_plan(**FREE_HOUR), starts_on=date(2026, 11, 1))
    missed(acme, 2)
    compensation.propose_due(LATER)
    first, second = Compensation.objects.order_by("pk")
    client.force_login(cast.max)

    assert client.get(reverse("desk-compensations")).content.decode().count("desk/missed-guarantees/") >= 2
    assert b"Grant it" in client.get(reverse("desk-compensation", args=[first.pk])).content
    assert client.post(reverse("desk-compensation-grant", args=[first.pk])).status_code == 302
    assert client.post(reverse("desk-compensation-decline", args=[second.pk]), {"reason": ""}).status_code == 422
    assert client.post(reverse("desk-compensation-decline", args=[second.pk]), {"reason": "Your firewall"}).status_code == 302
    assert client.post(reverse("desk-compensation-grant", args=[second.pk])).status_code == 409
    assert [row.state for row in Compensation.objects.order_by("pk")] == ["granted", "declined"]


def test_s16_strangers_and_other_managers_see_nothing(client, cast, acme, borealis):
    charging_terms()
    bound(acme, a_paid_plan(**FREE_HOUR), starts_on=date(2026, 11, 1))
    missed(acme)
    compensation.propose_due(LATER)
    url = reverse("desk-compensation", args=[Compensation.objects.get().pk])

    for person in (acme.approver, borealis.approver, cast.tessa.person):
        client.force_login(person)
        assert client.get(url).status_code == 404
    acme.organisation.account_manager = cast.fia
    acme.organisation.save()
    client.force_login(cast.max)
    assert client.get(url).status_code == 404


def test_s16_finance_credits_a_granted_share_as_soon_as_there_is_an_invoice(client, cast, acme, row):
    missed(acme)
    compensation.propose_due(LATER)
    granted = compensation.grant(Compensation.objects.get(), by=cast.max, at=LATER)
    client.force_login(cast.fia)
    url = reverse("desk-compensation-credit", args=[granted.pk])
    waits, refused = client.get(reverse("desk-plan-fees")), client.post(url)
    a_fee_invoice(cast.fia)

    assert b"waits for the next one" in waits.content
    assert refused.status_code == 409
    assert client.post(url).status_code == 302
    granted.refresh_from_db()
    assert granted.credit_note.net == Decimal(300)


def test_i7_the_money_of_a_plan_is_written_down_by_whoever_looks_after_the_client(client, cast, acme, row):
    client.force_login(cast.max)
    url = reverse("desk-plan-money", args=[row.pk])
    typed = {"starts_on": "", "included_account": "IT", "index_name": "LCI", "index_month": "2025-09", "index_value": "120"}
    typed |= {"index_from": "january", "missed_grants": "credit", "missed_amount": "60", "missed_cap": "120", "reason": "New contract"}
    plan_fees.charge_due(NOON)

    assert client.get(url).status_code == 200
    assert client.post(url, typed).status_code == 302
    assert client.post(url, typed | {"index_month": ""}).status_code == 409
    assert [client.post(url, typed | {"missed_cap": "90", "reason": reason}).status_code for reason in ("", "x" * 101)] == [422] * 2
    found = AgreementPlan.objects.get()
    assert (found.included_account, found.index_month, found.missed_cap) == ("IT", date(2025, 9, 1), 120)
    assert (found.history.latest().history_user, found.history.latest().history_change_reason) == (cast.max, "New contract")
    assert found.history.count() == 2


def test_i7_nobody_else_writes_it(client, cast, acme, borealis, row):
    url = reverse("desk-plan-money", args=[row.pk])
    for person in (acme.approver, borealis.approver, cast.tessa.person):
        client.force_login(person)
        assert client.get(url).status_code == 404
    with pytest.raises(NotAllowed):
        say(row, PlanMoney(), reason="As agreed", by=acme.approver, at=NOON)


@pytest.mark.parametrize(
    ("said", "refused"),
    [
        ({"index_name": "LCI"}, ClauseIncomplete),
        ({"index_name": "LCI", "index_month": date(2025, 9, 1), "index_value": Decimal(0)}, ClauseIncomplete),
        ({"missed_grants": "fee", "missed_amount": 101}, GrantIncomplete),
        ({"missed_grants": "credit"}, GrantIncomplete),
        ({"missed_cap": 10}, GrantIncomplete),
        ({"starts_on": date(2026, 10, 31)}, NotInAgreement),
    ],
)
def test_i7_what_cannot_be_is_refused_in_words(cast, row, said, refused):
    with pytest.raises(refused):
        say(row, PlanMoney(**said), reason="As agreed", by=cast.fia, at=NOON)


def test_i7_the_client_sees_what_is_charged_next(client, cast, acme):
    charging_terms(plan_fees_from=timezone.now().date())
    bound(acme, a_paid_plan(), starts_on=date(2026, 11, 1))
    client.force_login(acme.approver)

    page = client.get(reverse("support")).content.decode()

    assert "Charged next:" in page


def test_i7_the_credit_page_tells_included_hours_apart(client, cast, acme):
    charging_terms(plan_fees_from=date(2026, 11, 1))
    bound(acme, a_paid_plan(included_minutes=120), starts_on=date(2026, 11, 1))
    included.grant_due(timezone.now())
    client.force_login(cast.max)

    page = client.get(reverse("desk-account", args=[acme.account.pk])).content.decode()

    assert "Included in the plan" in page


def test_i7_the_lists_take_as_many_queries_for_many_as_for_one(client, cast, acme, row, django_assert_max_num_queries):
    take_back(row, cast.fia)
    client.force_login(cast.fia)
    client.get(reverse("desk-plan-fees"))
    with django_assert_max_num_queries(40) as first:
        client.get(reverse("desk-plan-fees"))
    for name in ("Cirrus", "Delta"):
        other = a_client(cast, name)
        more = bound(other, row.plan, starts_on=date(2026, 11, 1))
        a_fee_invoice(cast.fia)
        ended(more, date(2026, 12, 11))
    plan_ends.take_back_due(NOON)

    with django_assert_max_num_queries(len(first)):
        page = client.get(reverse("desk-plan-fees"))
    assert page.content.decode().count('name="shown"') == 3


def test_s16_the_list_takes_as_many_queries_for_many_as_for_one(client, cast, acme, django_assert_max_num_queries):
    charging_terms()
    bound(acme, a_paid_plan(**FREE_HOUR), starts_on=date(2026, 11, 1))
    missed(acme)
    compensation.propose_due(LATER)
    client.force_login(cast.max)
    client.get(reverse("desk-compensations"))
    with django_assert_max_num_queries(40) as first:
        client.get(reverse("desk-compensations"))
    missed(acme, 4, at=NOON + timedelta(hours=1))
    compensation.propose_due(LATER)

    with django_assert_max_num_queries(len(first)):
        client.get(reverse("desk-compensations"))


def test_i7_indexed_fees_take_as_many_queries_for_many_as_for_one(client, cast, acme, row, django_assert_max_num_queries):
    clause: dict[str, Any] = {"index_name": "LCI", "index_month": date(2024, 9, 1), "index_value": 100}
    AgreementPlan.objects.update(**clause)
    client.force_login(cast.fia)
    client.get(reverse("desk-price-indexes"))
    with django_assert_max_num_queries(40) as first:
        client.get(reverse("desk-price-indexes"))
    for name in ("Cirrus", "Delta"):
        bound(a_client(cast, name), row.plan, starts_on=date(2026, 11, 1), **clause)

    with django_assert_max_num_queries(len(first)):
        page = client.get(reverse("desk-price-indexes"))
    assert page.content.decode().count("is not written down yet") == 3


def test_s16_shares_to_credit_take_as_many_queries_for_many_as_for_one(client, cast, acme, row, django_assert_max_num_queries):
    a_fee_invoice(cast.fia)
    missed(acme, 3)
    compensation.propose_due(LATER)
    first, *others = Compensation.objects.order_by("pk")
    compensation.grant(first, by=cast.max, at=LATER)
    client.force_login(cast.fia)
    client.get(reverse("desk-plan-fees"))
    with django_assert_max_num_queries(40) as one:
        client.get(reverse("desk-plan-fees"))
    for other in others:
        compensation.grant(other, by=cast.max, at=LATER)

    with django_assert_max_num_queries(len(one)):
        page = client.get(reverse("desk-plan-fees"))
    assert page.content.decode().count("on invoice") == 3
