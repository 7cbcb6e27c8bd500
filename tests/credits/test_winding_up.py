"""What becomes of a client's credit when its agreement has ended (rule P5)."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from djmoney.money import Money

from clients.models import Agreement, EndedBy, UnusedCredit
from core.errors import NotAllowed
from credits import corrections, ledger, topups, winding_up
from credits.accounts import open_account
from credits.audit import audit
from credits.ledger import LotSource, LotTerms
from credits.models import CreditAccount, Entry
from notices.models import Notice
from tests.cast import NOON, at_stockholm
from tests.credits.posting import grant, hold, voucher, worked

pytestmark = pytest.mark.django_db

END = date(2026, 12, 1)
ENDED = at_stockholm(2026, 12, 1)


@pytest.fixture(autouse=True)
def the_books_are_sound():
    yield
    assert audit().findings == []


@pytest.fixture
def agreement(acme):
    """Acme's agreement ends before 1 December: the client gave notice."""
    Agreement.objects.update(ends_on=END, ended_by=EndedBy.CLIENT)
    return Agreement.objects.get()


@pytest.fixture
def wind_up(cast, agreement):
    def act(*, reason="Agreed with Anna", by=cast.max, at=ENDED):
        return winding_up.wind_up(agreement=Agreement.objects.get(pk=agreement.pk), reason=reason, by=by, at=at)

    return act


def gift(account, minutes):
    terms = LotTerms.free(source=LotSource.GOODWILL, reason="Welcome")
    return ledger.grant(account=account, minutes=minutes, terms=terms, voucher=voucher())


def postings():
    """What was posted but grants and work: account, kind, minutes."""
    found = Entry.objects.exclude(kind__in=["grant", "deduction"]).order_by("account", "number")
    return [(entry.account.name, entry.kind, entry.minutes) for entry in found]


def sek(amount):
    return Money(Decimal(amount), "SEK")


def test_p5_unused_paid_credit_is_refunded_at_its_lots_prices_and_free_credit_taken_back(acme, wind_up, cast):
    grant(acme.account, 480)
    gift(acme.account, 60)
    worked(acme.account, 120)

    done = wind_up()

    assert postings() == [("IT", "refund", -360), ("IT", "adjustment", -60)]
    assert [(refund.minutes, refund.net) for refund in done.refunds] == [(360, sek("7200.00"))]
    assert set(Entry.objects.filter(kind__in=["refund", "adjustment"]).values_list("reason", "by")) == {("Agreed with Anna", cast.max.pk)}
    account = CreditAccount.objects.get()
    assert (account.closed_at, Agreement.objects.get().wound_up_at) == (ENDED, ENDED)


def test_p5_where_it_was_agreed_unused_credit_is_forfeited(acme, wind_up):
    Agreement.objects.update(unused_credit=UnusedCredit.FORFEIT)
    grant(acme.account, 480)

    done = wind_up()

    assert postings() == [("IT", "adjustment", -480)]
    assert (list(done.refunds), [(account.pk, taken) for account, taken in done.taken]) == ([], [(acme.account.pk, 480)])


def test_p5_where_we_ended_it_paid_credit_is_refunded_whatever_was_agreed(acme, wind_up):
    Agreement.objects.update(unused_credit=UnusedCredit.FORFEIT, ended_by=EndedBy.PROVIDER)
    grant(acme.account, 480)

    wind_up()

    assert postings() == [("IT", "refund", -480)]


def test_p5_what_is_owed_stays_to_be_invoiced_and_its_account_open(acme, wind_up, cast):
    branch = open_account(organisation=acme.organisation, name="Branch")
    worked(acme.account, 90)
    grant(branch, 480)

    done = wind_up()

    acme.account.refresh_from_db()
    branch.refresh_from_db()
    assert (acme.account.debt_minutes, acme.account.closed_at, branch.closed_at) == (90, None, ENDED)
    assert ([account.pk for account in done.owing], [account.pk for account in done.closed]) == ([acme.account.pk], [branch.pk])
    assert "To invoice for Acme · IT: 1 h 30 min of debt." in Notice.objects.get(address=cast.fia.email).body


def test_p5_client_and_finance_are_told_once_with_every_figure(acme, wind_up, cast):
    grant(acme.account, 480)
    gift(acme.account, 60)

    wind_up()

    word = {notice.address: notice.body.replace("\N{NO-BREAK SPACE}", " ") for notice in Notice.objects.all()}
    assert set(word) == {acme.approver.email, cast.fia.email}
    assert "8 h of unused credit is paid back, SEK 12,000.00 with VAT of SEK 2,400.00." in word[acme.approver.email]
    assert "1 h of credit has been taken back without payment." in word[acme.approver.email]
    assert "In all to pay back: SEK 12,000.00." in word[cast.fia.email]
    assert "Top up" not in word[acme.approver.email]


def test_p5_nobody_is_asked_to_top_up_what_was_just_emptied(cast, acme, wind_up):
    cast.credit_terms.low_balance_levels = [600, 300, 0]
    cast.credit_terms.save()
    for minutes in (360, 300, 480):
        grant(acme.account, minutes)

    wind_up()

    assert not Notice.objects.filter(cause__contains=":low:").exists()


def test_p5_what_it_would_do_is_shown_before(acme, agreement, wind_up):
    grant(acme.account, 480)
    gift(acme.account, 60)
    hold(acme.account, 30)

    (left,) = winding_up.leftovers(agreement)

    assert [(due.minutes, due.price.net) for due in left.refunds] == [(450, sek("9000.00"))]
    assert (left.taken_minutes, left.owed_minutes) == (60, 0)
    assert winding_up.hindrances(acme.organisation) == ["IT: 1 booking is open."]


@pytest.mark.parametrize(
    ("arrange", "said"),
    [
        (lambda client, manager: hold(client.account, 60), "IT: 1 booking is open."),
        (
            lambda client, manager: topups.order(account=client.account, minutes=480, cause="f:1", by=client.approver, at=NOON),
            "IT: 1 top-up is not paid.",
        ),
        (
            lambda client, manager: corrections.freeze(lot=client.account.lots.get(), reason="x", cause="f:2", by=manager, at=NOON),
            "IT: 8 h of credit is frozen.",
        ),
    ],
)
def test_p5_nothing_is_wound_up_while_something_is_on_its_way(acme, cast, wind_up, arrange, said):
    grant(acme.account, 480)
    arrange(acme, cast.max)

    with pytest.raises(winding_up.NotReady) as refused:
        wind_up()

    assert refused.value.hindrances == [said]
    assert Agreement.objects.get().wound_up_at is None


def test_p5_it_is_done_once(acme, wind_up):
    grant(acme.account, 480)
    wind_up()

    with pytest.raises(winding_up.AlreadyWoundUp):
        wind_up(reason="Again")

    assert postings() == [("IT", "refund", -480)]


def test_p5_an_agreement_ends_with_the_day_before_its_end(acme, wind_up):
    with pytest.raises(winding_up.AgreementRuns):
        wind_up(at=ENDED - timedelta(microseconds=1))

    assert wind_up(at=ENDED).agreement.wound_up_at == ENDED


@pytest.mark.parametrize("begins", [END, END + timedelta(days=90)])
def test_p5_an_agreement_that_another_one_follows_is_not_wound_up(acme, wind_up, begins):
    Agreement.objects.create(organisation=acme.organisation, starts_on=begins)

    with pytest.raises(winding_up.AgreementRuns):
        wind_up()


def test_p5_only_the_account_manager_winds_up_and_says_why(cast, acme, wind_up):
    for person in (cast.fia, cast.ada, acme.approver):
        with pytest.raises(NotAllowed):
            wind_up(by=person)
    with pytest.raises(corrections.ReasonMissing):
        wind_up(reason="")


def test_p5_credit_that_expired_meanwhile_is_neither_refunded_nor_taken(acme, wind_up):
    grant(acme.account, 480, expires_on=date(2026, 11, 20))

    done = wind_up()

    assert (list(done.refunds), list(done.taken)) == ([], [])
    assert postings() == [("IT", "expiry", -480)]
