"""Short ways to correct credit, for tests of what the account manager may do with it."""

from datetime import date, timedelta
from decimal import Decimal

from djmoney.money import Money

from credits import ledger
from credits.ledger import LotSource, LotTerms
from credits.models import Lot
from notices.models import Notice
from tests.cast import NOON
from tests.credits.posting import voucher

LAST_DAY = date(2026, 11, 30)
AFTERWARDS = NOON + timedelta(days=30)
LATER = date(2027, 3, 31)


def on_lot_by(manager):
    """`on_lot(corrections.freeze, lot)`: the manager does something with a lot."""

    def act(verb, lot, *, reason="agreed by phone", cause="form:1", by=manager, at=NOON, **said):
        return verb(lot=lot, reason=reason, cause=cause, by=by, at=at, **said)

    return act


def gift(account, minutes, *, expires_on=None):
    terms = LotTerms.free(source=LotSource.GOODWILL, reason="Welcome", expires_on=expires_on)
    return ledger.grant(account=account, minutes=minutes, terms=terms, voucher=voucher())


def told(subject):
    return {notice.address.split("@")[0]: notice.body for notice in Notice.objects.filter(subject__contains=subject)}


def fresh(lot):
    return Lot.objects.get(pk=lot.pk)


def sek(amount):
    return Money(Decimal(amount), "SEK")
