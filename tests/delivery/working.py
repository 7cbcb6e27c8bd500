"""Work on delivery tasks as the rows that it leaves, and credit that is to pay for them: for tests of what comes after."""

from datetime import datetime, timedelta
from decimal import Decimal

from djmoney.money import Money

from credits import ledger
from credits import terms as credit_terms
from credits.ledger import Hold, LotSource, LotTerms, Voucher
from delivery import completion, money
from delivery.models import Completion, DeliveryTask, DeliveryTime, Estimate, EstimateLine, PaysWith
from notices.models import Notice
from people.models import Person
from tests.cast import NOON, Client
from tests.delivery.scene import accept

WORDS = "Sign-on works for all who are in the directory."


def work(task: DeliveryTask, person: Person, minutes: int, *, rate: int = 1200, line: EstimateLine | None = None) -> DeliveryTime:
    """`minutes` worked after whatever this person has worked before, counted against the accepted sum."""
    last = DeliveryTime.objects.filter(person=person).order_by("-ended_at").first()
    begun = last.ended_at if last else NOON - timedelta(days=30)
    ended = begun + timedelta(minutes=minutes)
    columns = {"started_at": begun, "ended_at": ended, "note": "Worked", "logged_at": ended, "rate": Decimal(rate), "line": line}
    entry = DeliveryTime.objects.create(task=task, person=person, **columns)
    entries = DeliveryTime.objects.filter(task=task, live=True, billable=True)
    use(task, money.time_net((row.minutes, row.rate) for row in entries))
    return entry


def use(task: DeliveryTask, net: Decimal | int) -> None:
    """So much of the accepted sum is used."""
    DeliveryTask.objects.filter(pk=task.pk).update(used_net=net)
    task.used_net = Decimal(net)


def a_done(task: DeliveryTask, by: Person, *, at: datetime = NOON, words: str = WORDS) -> Completion:
    """The task, told to be done."""
    return completion.tell_done(task, words=words, by=by, at=at)


def credit_of(client: Client, minutes: int, *, cause: str = "test:grant") -> None:
    """So much prepaid credit on the client's account."""
    price = Money(1200, "SEK")
    terms = LotTerms(
        source=LotSource.TOP_UP, price_per_hour=price, total_price=Money(Decimal(1200 * minutes) / 60, "SEK"), vat_percent=Decimal(25)
    )
    ledger.grant(account=client.account, minutes=minutes, terms=terms, voucher=Voucher(cause=cause, at=NOON))


def pays_with_credit(estimate: Estimate, client: Client, *, at: datetime = NOON) -> tuple[DeliveryTask, Hold]:
    """The approver's yes to pay from credit, as the rows that it leaves, and the hold that it places (rule D6)."""
    assert estimate.credit_price_per_hour is not None
    minutes = money.credit_minutes(estimate.net, estimate.credit_price_per_hour, step=10)
    cause = f"delivery:{estimate.pk}:hold"
    rate = credit_terms.rate(credit_terms.current(), client.organisation)
    hold = ledger.place_hold(account=client.account, minutes=minutes, rate=rate, cause=cause, at=at)
    paying = {"pays_with": PaysWith.CREDIT, "account": client.account, "minutes": minutes, "hold_cause": cause}
    return accept(estimate, client, at=at, **paying), hold


def mails(subject: str) -> set[str]:
    """The addresses of those who were told something with this in its subject."""
    return {notice.address for notice in Notice.objects.filter(subject__contains=subject)}
