"""Every form of the product, filled in as its page would: who sends it where, and what stands in it.

A new address that takes POST fails `test_rel5_once.py` until it has a row: of clients in `writes_of_clients.py`, of staff
in `writes_of_staff.py`. A row is made from a stage: a client of its own, its own technician, and something at every
stage of its life. Rows about the same thing (`about`) get stages of their own; a form that carries a key says in
`other` how the same key could come with another body.
"""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

from django.urls import reverse

from clients.models import Agreement
from credits import accounts, ledger
from credits.models import CreditAccount
from notices.models import Notice, NoticeState
from people.models import Person
from sessions import pauses
from sessions.models import BusyFeed, HoursException
from tests.cast import NOON, Cast, Client, a_client, a_technician
from tests.credits.posting import grant, voucher
from tests.journeys.belongings import at_every_stage
from tests.sessions.factories import a_lot, a_started_session

KEY = "the-same-key"


@dataclass(frozen=True)
class Write:
    """A form, filled in. `other` are the fields that differ when the same key comes with another body."""

    person: Person
    ids: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    other: dict[str, Any] = field(default_factory=dict)
    about: str = ""

    def url(self, name: str) -> str:
        """Where it goes."""
        return reverse(name, kwargs=self.ids)


@dataclass(frozen=True)
class Stage:
    """The provider with a technician of its own, a client of its own, and that client's things."""

    cast: Cast
    client: Client
    things: SimpleNamespace


def a_stage(cast: Cast, number: int) -> Stage:
    """A stage on which nothing else happens; `number` is unique."""
    cast, client = replace(cast, tessa=a_technician(f"Tessa{number}")), a_client(cast, f"Acme{number}")
    things = at_every_stage(cast, client)
    a_lot(client.account, 480)
    Notice.objects.filter(pk=things.notice.pk).update(state=NoticeState.FAILED)
    return Stage(cast, client, SimpleNamespace(**vars(things) | _more(cast, client, number)))


def waves(rows: dict[str, Write]) -> list[list[str]]:
    """The names of the rows, in as few waves as there can be: no two of a wave are about the same thing."""
    found: list[dict[str, str]] = []
    for name, write in rows.items():
        about = write.about or str(sorted(write.ids.items())) if write.ids or write.about else name
        wave = next((wave for wave in found if about not in wave), None)
        if wave is None:
            found.append(wave := {})
        wave[about] = name
    return [list(wave.values()) for wave in found]


def _more(cast: Cast, client: Client, number: int) -> dict[str, Any]:
    """What the client has that only these forms need: lots that were paid for, accounts to close and to open, a pause, an end."""
    dated = grant(client.account, 120, expires_on=date(2026, 12, 31))
    refundable, frozen = grant(client.account, 90), grant(client.account, 60)
    ledger.freeze(lot=frozen, voucher=voucher(reason="the invoice is overdue"))
    spare, closed = (accounts.open_account(organisation=client.organisation, name=name) for name in ("Spare", "Closed"))
    CreditAccount.objects.filter(pk=closed.pk).update(closed_at=NOON)
    paused = a_started_session(cast, client, starts_at=NOON - timedelta(hours=8))
    pauses.pause(session=paused, by=cast.tessa.person, at=NOON - timedelta(hours=1), reason="Lunch")
    gone = a_client(cast, f"Gone{number}")
    Agreement.objects.filter(organisation=gone.organisation).update(ends_on=date(2026, 10, 31), ended_by="client")
    grant(gone.account, 60)
    ended = Agreement.objects.get(organisation=gone.organisation)
    exception = HoursException.objects.create(technician=cast.tessa, kind="off", first_on=date(2027, 1, 4), last_on=date(2027, 1, 5))
    BusyFeed.objects.get_or_create(
        technician=cast.theo,
        defaults={"sealed_url": "sealed", "host": "calendar.example.com", "named_at": NOON, "due_at": NOON + timedelta(days=60)},
    )
    return {
        "exception": exception,
        "dated": dated,
        "refundable": refundable,
        "frozen": frozen,
        "spare": spare,
        "closed": closed,
        "paused": paused,
        "ended": ended,
    }
