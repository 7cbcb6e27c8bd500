"""What stands at a client for who looks after it: disputed penalties, closed accounts, an agreement to wind up (rules C10, P5)."""

from datetime import date, timedelta

import pytest

from clients.models import Agreement
from credits import closing
from credits.accounts import open_account
from dashboard import clients
from sessions import ending
from tests.cast import NOON, at_stockholm
from tests.sessions.penalised import a_late_cancellation, disputed

pytestmark = pytest.mark.django_db


def test_c10_a_disputed_penalty_stands_at_its_client(cast, acme, borealis):
    _session, penalty = a_late_cancellation(cast, acme)
    raised = disputed(penalty, acme)

    penalised = {client.name: vars(client)["penalised"] for client in clients.in_order_of_care(cast.max)}

    assert penalised == {"Acme": True, "Borealis": False}
    assert list(clients.affairs_of(acme.organisation)["penalties"]) == [raised]
    assert list(clients.affairs_of(borealis.organisation)["penalties"]) == []


def test_p5_a_closed_account_is_not_low_and_comes_last(cast, acme):
    branch = open_account(organisation=acme.organisation, name="Branch")
    closing.close(account=branch, reason="Merged", by=cast.max, at=NOON)

    views = clients.accounts_of(acme.organisation)

    assert [(view.account.name, view.is_low) for view in views] == [("IT", True), ("Branch", False)]
    assert [vars(client)["low"] for client in clients.in_order_of_care(cast.max)] == [1]


def test_p5_an_agreement_that_has_ended_waits_until_it_is_wound_up(cast, acme, borealis):
    Agreement.objects.filter(organisation=acme.organisation).update(ends_on=date(2026, 12, 1))
    agreement = acme.organisation.agreements.get()

    before, since = (clients.ended_of(acme.organisation, on=date(2026, 12, 1) - timedelta(days=days)) for days in (1, 0))
    ending.wind_up(agreement=agreement, reason="Settled", by=cast.max, at=at_stockholm(2026, 12, 1))

    assert (before, since) == (None, agreement)
    assert clients.ended_of(acme.organisation, on=date(2026, 12, 2)) is None
    assert clients.ended_of(borealis.organisation, on=date(2026, 12, 2)) is None
