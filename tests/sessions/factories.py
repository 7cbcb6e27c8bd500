"""Sessions for tests, made as rows at the stage a test begins with: nothing here goes through booking."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import count
from typing import Any

from credits import ledger
from credits.accounts import CreditAccount
from credits.ledger import LotSource, LotTerms, Voucher
from sessions import terms, worklogs
from sessions.cover import start_of
from sessions.models import Reservation, Session, State, Technician, WorkEntry
from tests.cast import NOON, Cast, Client

DAY_BEFORE = NOON - timedelta(days=7)
_numbers = count(1)


def minutes(number: int) -> timedelta:
    return timedelta(minutes=number)


def a_lot(account: CreditAccount, size: int, *, at: datetime = DAY_BEFORE) -> None:
    free = LotTerms.free(source=LotSource.GOODWILL, reason="for a test")
    ledger.grant(account=account, minutes=size, terms=free, voucher=Voucher(cause=f"test:lot:{next(_numbers)}", at=at))


def a_session(
    cast: Cast,
    client: Client,
    *,
    estimate: int = 60,
    technicians: Sequence[Technician] = (),
    starts_at: datetime = NOON,
    credit: int | None = None,
    **columns: Any,
) -> Session:
    """A scheduled session of Tessa, or of `technicians`, with its estimate held; `credit` minutes are granted first."""
    crew = list(technicians) or [cast.tessa]
    held = estimate * len(crew)
    if credit is None or credit:
        a_lot(client.account, held if credit is None else credit)
    frozen = terms.freeze(organisation=client.organisation, at=DAY_BEFORE)
    cause = f"test:session:{next(_numbers)}"
    rate = ledger.Rate(price_per_hour=frozen["price_per_hour"], vat_percent=frozen["vat_percent"])
    hold = ledger.claim(account=client.account, minutes=held, rate=rate, cause=cause, at=DAY_BEFORE)
    stage = {"state": State.SCHEDULED, "agreed_at": DAY_BEFORE, "title": "Disk is full", "purpose": cast.purpose, **frozen, **columns}
    session = Session.objects.create(
        organisation=client.organisation,
        account=client.account,
        hold=hold,
        cause=cause,
        estimate_minutes=estimate,
        technician_count=len(crew),
        starts_at=starts_at,
        ends_at=starts_at + minutes(estimate),
        requested_at=DAY_BEFORE,
        requested_by=client.requester,
        **stage,
    )
    for technician in crew:
        Reservation.objects.create(
            session=session, technician=technician, blocked_from=starts_at, blocked_until=starts_at + minutes(estimate)
        )
    return session


def a_started_session(cast: Cast, client: Client, **columns: Any) -> Session:
    """The same, in progress since its start."""
    session = a_session(cast, client, **columns)
    Session.objects.filter(pk=session.pk).update(state=State.IN_PROGRESS, started_at=session.starts_at)
    session.refresh_from_db()
    return session


def work(session: Session, technician: Technician, *, start: int = 0, length: int, corrects: WorkEntry | None = None) -> WorkEntry:
    """`technician` logs `length` minutes, from `start` minutes after the session's start, right when done."""
    began = start_of(session) + minutes(start)
    return worklogs.log(
        session=session,
        technician_person=technician.person,
        started_at=began,
        ended_at=began + minutes(length),
        note="Cleaned up",
        by=technician.person,
        at=began + minutes(length),
        corrects=corrects,
    )


def a_submitted_session(
    cast: Cast, client: Client, *, worked: Sequence[int] = (47,), submitted_at: datetime | None = None, **columns: Any
) -> Session:
    """The same, with stretches of Tessa's work one after another, submitted at the end of them or at `submitted_at`."""
    session = a_started_session(cast, client, **columns)
    end = 0
    for length in worked:
        work(session, cast.tessa, start=end, length=length)
        end += length
    at = submitted_at or start_of(session) + minutes(end)
    return worklogs.submit(session=session, summary="Removed old logs.", by=cast.tessa.person, at=at)


def entry_ids(session: Session) -> list[int]:
    return list(WorkEntry.objects.filter(session=session, live=True).order_by("started_at").values_list("pk", flat=True))


def account_of(session: Session) -> CreditAccount:
    return CreditAccount.objects.get(pk=session.account_id)


def postings(session: Session) -> list[tuple[str, int]]:
    """What the ledger says of the session's account, without the lots: kinds and minutes, in order."""
    entries = ledger.Entry.objects.filter(account=session.account_id).exclude(kind=ledger.EntryKind.GRANT).order_by("number")
    return [(entry.kind, entry.minutes) for entry in entries]
