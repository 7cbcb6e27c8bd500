"""The forms that clients send (see `writes.py`)."""

from typing import Any

from sessions.models import WorkEntry
from tests.cast import at_stockholm
from tests.proofs.writes import KEY, Stage, Write
from tests.sessions.booked import TUESDAY

WEDNESDAY = at_stockholm(2026, 11, 25, 9)
FIRST_FRIDAY = {"ordinal": 1, "weekday": 4, "every_months": 1, "first_on": "2027-02-01", "at_clock": "09:00", "time_zone": "Europe/Oslo"}


def rows(stage: Stage) -> dict[str, Write]:
    """All of them."""
    return about_credit(stage) | about_accounts(stage) | about_bookings(stage) | about_hours(stage) | about_themselves(stage)


def about_credit(stage: Stage) -> dict[str, Write]:
    """Ordering credit, agreeing to an order, and taking one back."""
    anna, account = stage.client.approver, stage.client.account
    order = {"quantity": "8", "unit": "hours", "key": KEY, "shown_total": "12000.00"}
    return {
        "topup-new": Write(anna, {"account_id": account.pk}, order, {"quantity": "16", "shown_total": "24000.00"}),
        "topup-cancel": Write(anna, {"top_up_id": stage.things.top_up.pk}),
        "topup-approval": Write(anna, {"top_up_id": stage.things.order.pk}),
    }


def about_accounts(stage: Stage) -> dict[str, Write]:
    """How accounts are arranged, and what moves between them."""
    anna, account, transfer = stage.client.approver, stage.client.account, {"transfer_id": stage.things.transfer.pk}
    moved = {"source": account.pk, "target": stage.things.transfer.target_id, "size": "0,5", "reason": "They need it more", "key": KEY}
    return {
        "account-new": Write(anna, {}, {"name": "Another", "reference": "", "limit": ""}),
        "account": Write(anna, {"account_id": account.pk}, {"name": "IT", "reference": "PO 77", "limit": "40"}),
        "transfer-new": Write(anna, {}, moved, {"size": "1"}),
        "transfer-approve": Write(anna, transfer),
        "transfer-decline": Write(anna, transfer),
    }


def about_bookings(stage: Stage) -> dict[str, Write]:
    """Booking a session and changing it."""
    rolf, coming = stage.client.requester, stage.things.coming
    wish = {"account": stage.client.account.pk, "purpose": stage.cast.purpose.pk, "title": "Disk", "minutes": 60, "technicians": 1}
    booking = wish | {"technician": "", "starts_at": TUESDAY.isoformat(), "key": KEY}
    free = {"shown_minutes": 0, "shown_held": 60, "start": coming.start_number, "reason": ""}
    session = {"session_id": coming.pk}
    return {
        "session-new": Write(rolf, {}, booking, {"title": "Another disk"}),
        "series-new": Write(rolf, {}, wish | FIRST_FRIDAY | {"technician": "", "key": KEY}, {"title": "Another series"}),
        "series-end": Write(rolf, {"series_id": stage.things.series.pk}),
        "session-access": Write(rolf, session),
        "session-instructions": Write(rolf, session, {"instructions": "VPN, then ask Siv"}),
        "session-instructions-look": Write(rolf, session),
        "session-agenda": Write(rolf, session, {"title": "Disk two", "description": "The small one"}),
        "session-note": Write(rolf, session, {"text": "Siv is at hand", "key": KEY}, {"text": "Bo is at hand"}),
        "session-attendees": Write(rolf, session, {"act": "invite", "person": stage.client.approver.pk}),
        "session-postpone": Write(rolf, session, free | {"starts_at": WEDNESDAY.isoformat()}),
        "session-cancel": Write(rolf, session, free),
        "session-keep": Write(rolf, {"session_id": stage.things.declined.pk}),
    }


def about_hours(stage: Stage) -> dict[str, Write]:
    """What the client says about hours and penalties."""
    anna, submitted, silent = stage.client.approver, stage.things.submitted, stage.things.silent
    return {
        "session-confirm": Write(anna, {"session_id": submitted.pk}, {"shown": f"{submitted.round}:{submitted.charged_minutes}"}),
        "session-dispute": Write(anna, {"session_id": submitted.pk}, _claim(submitted)),
        "session-contest": Write(anna, {"session_id": silent.pk}, _claim(silent)),
        "consent": Write(anna, {"consent_id": stage.things.asked.pk}, {"answer": "give"}),
        "late-work": Write(anna, {"late_work_id": stage.things.late.pk}, {"answer": "accept"}),
        "penalty": Write(anna, {"entry_id": stage.things.penalty.pk}, {"reason": "We called in time"}),
    }


def about_themselves(stage: Stage) -> dict[str, Write]:
    """What people settle for themselves, and who stands in for them."""
    anna, deputyship = stage.client.approver, stage.things.deputyship
    stand_in = {"organisation": stage.client.organisation.pk, "deputy": stage.client.requester.pk}
    days = {"first_on": "2027-01-01", "last_on": "2027-01-31"}
    return {
        "deputies": Write(anna, {}, stand_in | days),
        "deputy-end": Write(deputyship.approver, {"deputyship_id": deputyship.pk}),
        "my-calendar-make": Write(anna),
        "my-calendar-drop": Write(stage.client.requester),
        "preferences": Write(anna, {}, {"name": "Anna Andersson", "language": "sv", "time_zone": "Europe/Oslo"}),
    }


def _claim(session: Any) -> dict[str, Any]:
    return {f"line_{WorkEntry.objects.get(session=session).pk}": "10", "reason": "Only ten minutes of it were ours"}
