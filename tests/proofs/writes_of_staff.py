"""The forms that the provider's people send (see `writes.py`)."""

import json
from datetime import timedelta
from typing import Any

from clients.domains import verify
from tests.cast import NOON
from tests.proofs import writes_of_agreements as agreements
from tests.proofs import writes_of_calendars as calendars
from tests.proofs.writes import KEY, Stage, Write
from tests.proofs.writes_of_clients import WEDNESDAY

FRIDAY = WEDNESDAY + timedelta(days=2)
WHY = {"reason": "As agreed by phone"}


def rows(stage: Stage) -> dict[str, Write]:
    """All of them."""
    return (
        calendars.rows(stage)
        | agreements.rows(stage)
        | at_the_desk(stage)
        | who_works_when(stage)
        | about_work(stage)
        | of_the_office(stage)
        | about_accounts(stage)
        | about_lots(stage)
    )


def at_the_desk(stage: Stage) -> dict[str, Write]:
    """What a technician or the account manager does to a session instead of the work."""
    tessa, things = stage.cast.tessa.person, stage.things
    coming, absent, waiting = ({"session_id": session.pk} for session in (things.coming, things.absent, things.waiting))
    return {
        "desk-session-start": Write(tessa, absent),
        "desk-session-call": Write(tessa, absent, WHY),
        "desk-session-instructions-look": Write(tessa, coming),
        "desk-session-note": Write(tessa, coming, {"text": "I call Siv", "key": KEY}, {"text": "I call Bo"}),
        "desk-session-miss": Write(tessa, absent, {"ground": "absent"}),
        "desk-session-move": Write(tessa, coming, WHY | {"starts_at": WEDNESDAY.isoformat()}),
        "desk-session-technician": Write(tessa, waiting, WHY | {"leaves": stage.cast.tessa.pk, "takes": stage.cast.theo.pk}),
        "desk-session-new": for_a_client(stage),
        "desk-session-call-off": Write(stage.cast.max, coming, WHY),
        "desk-session-allow": Write(stage.cast.max, waiting, WHY),
    }


def for_a_client(stage: Stage) -> Write:
    """What the account manager books on the client's behalf."""
    wish: dict[str, Any] = {"account": stage.client.account.pk, "purpose": stage.cast.purpose.pk, "minutes": 60, "technicians": 1}
    wish |= {"technician": stage.cast.tessa.pk, "title": "Disk", "starts_at": FRIDAY.isoformat(), "key": KEY}
    return Write(stage.cast.max, {"organisation_id": stage.client.organisation.pk}, wish, {"title": "Another disk"})


def who_works_when(stage: Stage) -> dict[str, Write]:
    """What a technician says about their own time."""
    tessa, hers = stage.cast.tessa.person, {"technician_id": stage.cast.tessa.pk}
    week = {f"day{day}": "08:00–17:00" for day in range(4)}
    shown = json.dumps({day: [("08:00:00", "17:00:00")] for day in range(5)})
    return {
        "desk-availability-week": Write(tessa, hers, week | {"shown": shown}, about="hours"),
        "desk-availability-except": Write(tessa, hers, {"kind": "off", "first_on": "2026-12-24"}, about="hours"),
        "desk-availability-restore": Write(tessa, hers, {"exception": stage.things.exception.pk}, about="hours"),
        "desk-availability-offer": Write(tessa, hers, {"country": "FI"}, about="hours"),
        "desk-availability-calendar": Write(tessa, hers, {"url": "https://calendar.example.org/tessa.ics"}, about="hours"),
        "desk-availability-forget": Write(stage.cast.theo.person, {"technician_id": stage.cast.theo.pk}),
    }


def about_work(stage: Stage) -> dict[str, Write]:
    """Working time, from asking for more of it to submitting it."""
    tessa, running, entry = stage.cast.tessa.person, {"session_id": stage.things.running.pk}, {"entry_id": stage.things.worked.pk}
    logged = {"technician": tessa.pk, "on": "2026-11-18", "begins": "10:30", "ends": "10:40", "note": "Logs read"}
    asked = {"account": stage.client.account.pk, "purpose": stage.cast.purpose.pk, "worker": stage.cast.tessa.pk, "title": "Disk"}
    return {
        "desk-session-log": Write(tessa, running, logged, about="running"),
        "desk-session-pause": Write(tessa, running, WHY, about="running"),
        "desk-session-abort": Write(tessa, running, WHY | {"fault": "client", "summary": "Half done"}, about="running"),
        "desk-session-submit": Write(tessa, running, {"summary": "Done"}, about="running"),
        "desk-work-correct": Write(tessa, entry, logged, about="running"),
        "desk-work-take-back": Write(tessa, entry, WHY, about="running"),
        "desk-session-resume": Write(tessa, {"session_id": stage.things.paused.pk}),
        "desk-session-consent": Write(tessa, {"session_id": stage.things.coming.pk}, WHY | {"minutes": "120"}),
        "desk-session-reopen": Write(tessa, {"session_id": stage.things.submitted.pk}, WHY),
        "desk-unplanned": Write(tessa, {}, asked | WHY | {"minutes": 30, "when": "asked", "key": KEY}, {"title": "Another disk"}),
    }


def of_the_office(stage: Stage) -> dict[str, Write]:
    """Payments, disputes, penalties, ends and mails."""
    cast, things = stage.cast, stage.things
    paid = {"paid_on": "2026-11-18", "amount": "12000", "payment_reference": "BG 1"}
    return {
        "desk-topup": Write(cast.fia, {"top_up_id": things.top_up.pk}, paid),
        "desk-dispute": Write(cast.max, {"dispute_id": things.dispute.pk}, {"act": "uphold", "reason": "See the note"}),
        "desk-penalty": Write(cast.max, {"entry_id": things.penalty.pk}, WHY | {"act": "waive"}),
        "desk-winding-up": Write(cast.max, {"agreement_id": things.ended.pk}, WHY),
        "desk-mail-retry": Write(cast.ada, {"pk": things.notice.pk}),
        **about_mail(stage),
        "desk-mail-in-retry": Write(cast.ada, {"pk": things.mail_in.pk}, about="mail in"),
    }


def about_mail(stage: Stage) -> dict[str, Write]:
    """What is decided about a mail that is held, and about whose mail counts as the client's."""
    organisation = stage.client.organisation
    named = verify(organisation, f"acme{organisation.pk}.example", by=stage.cast.max, at=NOON)
    opened = {"act": "open", "reporter": f"{organisation.pk}:{stage.client.requester.pk}"}
    new = {"domain": f"new{organisation.pk}.example"}
    return {
        "desk-held-mail": Write(stage.cast.ada, {"pk": stage.things.mail_in.pk}, opened, about="mail in"),
        "desk-client-domain": Write(stage.cast.max, {"organisation_id": organisation.pk}, new, about="domains"),
        "desk-domain-forget": Write(stage.cast.max, {"domain_id": named.pk}),
    }


def about_accounts(stage: Stage) -> dict[str, Write]:
    """What the account manager does about a client's accounts."""
    anas, spare, closed = ({"account_id": account.pk} for account in (stage.client.account, stage.things.spare, stage.things.closed))
    added = WHY | {"direction": "add", "minutes": 30, "key": KEY, "act": "carry-out"}
    return {
        "desk-account-adjust": Write(stage.cast.max, anas, added, {"minutes": 60}),
        "desk-account-close": Write(stage.cast.max, spare, WHY, about="spare"),
        "desk-account-reopen": Write(stage.cast.max, closed, WHY),
    }


def about_lots(stage: Stage) -> dict[str, Write]:
    """What the account manager does about a client's lots."""
    dated, paid, frozen = ({"lot_id": lot.pk} for lot in (stage.things.dated, stage.things.refundable, stage.things.frozen))
    why = WHY | {"key": KEY}
    refunded = why | {"minutes": 60, "act": "carry-out", "shown_total": "1500.00"}
    return {
        "desk-lot-extend": Write(stage.cast.max, dated, why | {"expires_on": "2027-12-31"}, {"expires_on": "2028-12-31"}),
        "desk-lot-freeze": Write(stage.cast.max, paid, why),
        "desk-lot-unfreeze": Write(stage.cast.max, frozen, why),
        "desk-lot-refund": Write(stage.cast.max, paid, refunded, {"minutes": 30, "shown_total": "750.00"}),
    }
