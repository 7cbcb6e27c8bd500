"""Every form of the product, filled in as its page would: who sends it where, and what stands in it.

A new address that takes POST fails `test_rel5_once.py` until it has a row here. A row is made from one stage: a client
of its own, its own technician, and something at every stage of its life (`tests/journeys/belongings.py`). A form that
carries a key says in `other` how the same key could come with another body.
"""

from dataclasses import dataclass, field, replace
from types import SimpleNamespace
from typing import Any

from django.urls import reverse

from notices.models import Notice, NoticeState
from people.models import Person
from sessions.models import WorkEntry
from tests.cast import Cast, Client, a_client, a_technician, at_stockholm
from tests.journeys.belongings import at_every_stage
from tests.sessions.booked import TUESDAY
from tests.sessions.factories import a_lot

KEY = "the-same-key"
WEDNESDAY = at_stockholm(2026, 11, 25, 9)


@dataclass(frozen=True)
class Write:
    """A form, filled in. `other` are the fields that differ when the same key comes with another body."""

    person: Person
    ids: dict[str, Any] = field(default_factory=dict)
    typed: dict[str, Any] = field(default_factory=dict)
    other: dict[str, Any] = field(default_factory=dict)

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
    return Stage(cast, client, things)


def rows(stage: Stage) -> dict[str, Write]:
    """A row for every address that takes POST."""
    return about_credit(stage) | about_bookings(stage) | about_hours(stage) | at_the_desk(stage) | about_work(stage) | of_the_office(stage)


def about_credit(stage: Stage) -> dict[str, Write]:
    """Ordering credit and taking the order back."""
    anna, account = stage.client.approver, stage.client.account
    order = {"quantity": "8", "unit": "hours", "key": KEY, "shown_total": "12000.00"}
    return {
        "topup-new": Write(anna, {"account_id": account.pk}, order, {"quantity": "16", "shown_total": "24000.00"}),
        "topup-cancel": Write(anna, {"top_up_id": stage.things.top_up.pk}),
        "preferences": Write(anna, {}, {"name": "Anna Andersson", "language": "sv", "time_zone": "Europe/Oslo"}),
    }


def about_bookings(stage: Stage) -> dict[str, Write]:
    """Booking a session and changing it."""
    rolf, coming = stage.client.requester, stage.things.coming
    wish = {"account": stage.client.account.pk, "purpose": stage.cast.purpose.pk, "title": "Disk", "minutes": 60, "technicians": 1}
    booking = wish | {"technician": "", "starts_at": TUESDAY.isoformat(), "key": KEY}
    free = {"shown_minutes": 0, "start": coming.start_number, "reason": ""}
    session = {"session_id": coming.pk}
    return {
        "session-new": Write(rolf, {}, booking, {"title": "Another disk"}),
        "session-access": Write(rolf, session),
        "session-postpone": Write(rolf, session, free | {"starts_at": WEDNESDAY.isoformat()}),
        "session-cancel": Write(rolf, session, free),
    }


def about_hours(stage: Stage) -> dict[str, Write]:
    """What the client says about hours."""
    anna, submitted, silent = stage.client.approver, stage.things.submitted, stage.things.silent
    return {
        "session-confirm": Write(anna, {"session_id": submitted.pk}, {"shown": f"{submitted.round}:{submitted.charged_minutes}"}),
        "session-dispute": Write(anna, {"session_id": submitted.pk}, _claim(submitted)),
        "session-contest": Write(anna, {"session_id": silent.pk}, _claim(silent)),
        "consent": Write(anna, {"consent_id": stage.things.asked.pk}, {"answer": "give"}),
    }


def at_the_desk(stage: Stage) -> dict[str, Write]:
    """What a technician or the account manager does to a session instead of the work."""
    tessa, coming, absent = stage.cast.tessa.person, {"session_id": stage.things.coming.pk}, {"session_id": stage.things.absent.pk}
    why = {"reason": "As agreed by phone"}
    return {
        "desk-session-start": Write(tessa, absent),
        "desk-session-call": Write(tessa, absent, why),
        "desk-session-miss": Write(tessa, absent, {"ground": "absent"}),
        "desk-session-move": Write(tessa, coming, why | {"starts_at": WEDNESDAY.isoformat()}),
        "desk-session-call-off": Write(stage.cast.max, coming, why),
        "desk-session-allow": Write(stage.cast.max, {"session_id": stage.things.waiting.pk}, why),
    }


def about_work(stage: Stage) -> dict[str, Write]:
    """Working time, from asking for more of it to submitting it."""
    tessa, running, entry = stage.cast.tessa.person, {"session_id": stage.things.running.pk}, {"entry_id": stage.things.worked.pk}
    logged = {"technician": tessa.pk, "on": "2026-11-18", "begins": "10:30", "ends": "10:40", "note": "Logs read"}
    why = {"reason": "It was the other disk"}
    return {
        "desk-session-log": Write(tessa, running, logged),
        "desk-session-consent": Write(tessa, {"session_id": stage.things.coming.pk}, why | {"minutes": "120"}),
        "desk-session-submit": Write(tessa, running, {"summary": "Done"}),
        "desk-session-reopen": Write(tessa, {"session_id": stage.things.submitted.pk}, why),
        "desk-work-correct": Write(tessa, entry, logged),
        "desk-work-take-back": Write(tessa, entry, why),
    }


def of_the_office(stage: Stage) -> dict[str, Write]:
    """Payments, disputes and mails."""
    failed = stage.things.notice
    Notice.objects.filter(pk=failed.pk).update(state=NoticeState.FAILED)
    paid = {"paid_on": "2026-11-18", "amount": "12000", "payment_reference": "BG 1"}
    return {
        "desk-topup": Write(stage.cast.fia, {"top_up_id": stage.things.top_up.pk}, paid),
        "desk-dispute": Write(stage.cast.max, {"dispute_id": stage.things.dispute.pk}, {"act": "uphold", "reason": "See the note"}),
        "desk-mail-retry": Write(stage.cast.ada, {"pk": failed.pk}),
    }


def _claim(session: Any) -> dict[str, Any]:
    return {f"line_{WorkEntry.objects.get(session=session).pk}": "10", "reason": "Only ten minutes of it were ours"}
