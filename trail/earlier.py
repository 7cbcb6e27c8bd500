"""What happened before there was an audit log, or past its ears: history that was written in bulk, looks that nobody told it of."""

from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from sessions.models import AccessLook
from trail.changes import histories
from trail.models import Entry, Kind
from trail.things import of_row
from trail.watching import CHANGES, SESSION

AT_ONCE = 500


def tell() -> int:
    """Write an entry for each row of history and each look that has none; returns how many."""
    return sum(_tell_of(sort, history) for sort, history in histories().items()) + _tell_of_looks()


def _tell_of(sort: str, history: Any) -> int:
    told = Entry.objects.filter(thing=sort, source=OuterRef("history_id"))
    return _in_portions(history.objects.filter(~Exists(told)).order_by("history_id"), _of_history)


def _tell_of_looks() -> int:
    told = Entry.objects.filter(
        kind=Kind.LOOK, thing=SESSION, number=OuterRef("session_id"), person=OuterRef("person_id"), at=OuterRef("at")
    )
    return _in_portions(AccessLook.objects.filter(~Exists(told)).select_related("session").order_by("pk"), _of_look)


def _in_portions(rows: QuerySet[Any], entry_of: Any) -> int:
    written = 0
    while True:
        with transaction.atomic():
            made = Entry.objects.bulk_create([entry_of(row) for row in rows.all()[:AT_ONCE]])
        written += len(made)
        if len(made) < AT_ONCE:
            return written


def _of_history(row: Any) -> Entry:
    thing = of_row(row.instance)
    return Entry(
        at=row.history_date,
        kind=Kind.CHANGE,
        what=CHANGES[row.history_type],
        person_id=row.history_user_id,
        organisation_id=thing.organisation,
        thing=thing.label,
        number=thing.number,
        source=row.history_id,
    )


def _of_look(look: AccessLook) -> Entry:
    return Entry(
        at=look.at,
        kind=Kind.LOOK,
        what="instructions",
        person_id=look.person_id,
        organisation_id=look.session.organisation_id,
        thing=SESSION,
        number=look.session_id,
    )
