"""Erasing a person and keeping the books: asked for, proposed, agreed to by a second administrator, carried out in steps (GDPR article 17).

With the second yes the person is gone from the product at once: they cannot sign in, their own rows are removed, their row bears a
number for a name. Then a job goes through every table and replaces what names them. It can be killed at any time: how far it
is stands in the row, in the transaction of the step. What is kept as it is, and why, the apps have said (`people.personal`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from time import monotonic

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrPromise

from clients.access import has_duty
from clients.models import ErasedWord, Erasure, ErasureState, StaffDuty
from clients.privacy import exports, scrubbing, words
from clients.privacy.deadlines import month_after
from core.batches import each
from core.errors import DomainError, NotAllowed
from people import duties, personal
from people.models import Person
from people.personal import Erasing

SECONDS_AT_ONCE = 20.0
MOST_SPELLINGS = 10


class StillHasDuties(DomainError):
    """Others would miss the person; `duties` say what has to be done first."""

    def __init__(self, standing: Sequence[str]) -> None:
        super().__init__(*standing)
        self.duties = list(standing)

    @property
    def message(self) -> str | StrPromise:
        """What has to be done first."""
        first = _("Something has to be handed over first. Nothing has changed.")
        return f"{first} {' '.join(self.duties)}"


class SameAdministrator(DomainError):
    """Two people have to agree, and neither is the one who goes."""

    message = _("Another administrator has to agree: not the one who proposed it, and not the person themselves. Nothing has changed.")


class ErasureMoved(DomainError):
    """It is not at the turn that this belongs to."""

    message = _("This erasure has gone on meanwhile. Nothing has changed; look at it again.")


class SpellingUnclear(DomainError):
    """A spelling that would be found everywhere."""

    message = _("Another spelling is a name of two words or more, or an address; ten of them at most. Nothing has changed.")


class ReasonMissing(DomainError):
    """Nobody said why."""

    message = _("Say why, for the person is told. Nothing has changed.")


@dataclass(frozen=True)
class Foreseen:
    """What becomes of one kind of data: how many rows are about the person, and what is done to them, and why."""

    title: str
    erasing: Erasing
    count: int
    why: str


@transaction.atomic
def ask(*, person: Person, by: Person, at: datetime) -> Erasure:
    """Ask for `person` to be erased: themselves, or an administrator for them. The same wish again is the first. Raises NotAllowed."""
    if by != person and not has_duty(by, StaffDuty.ADMINISTRATOR):
        raise NotAllowed
    try:
        with transaction.atomic():
            return Erasure.objects.create(person=person, asked_by=by, asked_at=at)
    except IntegrityError:
        return Erasure.objects.exclude(state=ErasureState.REFUSED).get(person=person)


@transaction.atomic
def propose(erasure: Erasure, *, also: str, by: Person, at: datetime) -> Erasure:
    """Propose it after a look at what it would do; `also` are other spellings, one a line.

    Raises NotAllowed, SameAdministrator, ErasureMoved, StillHasDuties, SpellingUnclear.
    """
    found = _locked(erasure, by)
    if found.state == ErasureState.PROPOSED and found.proposed_by_id == by.pk and found.also == _lines(also):
        return found
    _at_turn(found, ErasureState.ASKED)
    _can_go(found.person, at)
    found.also, found.state, found.proposed_by, found.proposed_at = _lines(also), ErasureState.PROPOSED, by, at
    found.save(update_fields=["also", "state", "proposed_by", "proposed_at"])
    return found


@transaction.atomic
def approve(erasure: Erasure, *, by: Person, at: datetime) -> Erasure:
    """The second yes: the person is gone from the product, and the rest begins. It cannot be taken back.

    Raises NotAllowed, SameAdministrator, ErasureMoved, StillHasDuties.
    """
    found = _locked(erasure, by)
    if found.state in {ErasureState.RUNNING, ErasureState.DONE} and found.approved_by_id == by.pk:
        return found
    _at_turn(found, ErasureState.PROPOSED)
    if by.pk == found.proposed_by_id:
        raise SameAdministrator
    person = Person.objects.select_for_update(of=("self",)).get(pk=found.person_id)
    _can_go(person, at)
    looked_for = _words(found, person)
    found.also, found.state, found.approved_by, found.approved_at = "", ErasureState.RUNNING, by, at
    found.save(update_fields=["also", "state", "approved_by", "approved_at"])
    ErasedWord.objects.bulk_create(ErasedWord(erasure=found, old=old, new=new) for old, new in looked_for.items())
    exports.drop_all_of(person, at=at)
    personal.leave(person, at=at)
    _pseudonymise(person)
    return found


@transaction.atomic
def refuse(erasure: Erasure, *, reason: str, by: Person, at: datetime) -> Erasure:
    """Say no, with the reason the person is told (article 12(4)). Raises NotAllowed, SameAdministrator, ErasureMoved, ReasonMissing."""
    found = _locked(erasure, by)
    if not reason.strip():
        raise ReasonMissing
    if found.state == ErasureState.REFUSED and found.refusal == reason.strip():
        return found
    _at_turn(found, ErasureState.ASKED, ErasureState.PROPOSED)
    found.state, found.refusal, found.closed_at, found.also = ErasureState.REFUSED, reason.strip(), at, ""
    found.save(update_fields=["state", "refusal", "closed_at", "also"])
    return found


def carry_on_due(*, at: datetime, seconds: float = SECONDS_AT_ONCE) -> int:
    """Go on with erasures that were agreed to, step by step, for some seconds; returns how many came to their end.

    Each gets one step at least, and one that raises keeps no other waiting (`core.batches.each`).
    """
    ends = monotonic() + seconds

    def go_on(erasure: Erasure) -> bool:
        while (state := step(erasure.pk, at=at)) == ErasureState.RUNNING and monotonic() < ends:
            pass
        return state == ErasureState.DONE

    return each(Erasure.objects.filter(state=ErasureState.RUNNING).order_by("pk"), go_on)


@transaction.atomic
def step(pk: int, *, at: datetime) -> str:
    """Some hundred rows more of one erasure. Returns its state."""
    found = Erasure.objects.select_for_update(of=("self",)).get(pk=pk)
    if found.state != ErasureState.RUNNING:
        return str(found.state)
    place, changed = scrubbing.go_on(found, scrubbing.spellings_of(found))
    found.replaced += changed
    if place is None:
        found.words.all().delete()
        found.state, found.closed_at, found.table, found.row = ErasureState.DONE, at, "", 0
    else:
        found.table, found.row = place.table, place.row
    found.save(update_fields=["replaced", "state", "closed_at", "table", "row"])
    return str(found.state)


def progress(erasure: Erasure) -> tuple[int, int]:
    """How many tables are done, and how many there are."""
    labels = [model._meta.label for model in scrubbing.tables()]
    if erasure.state == ErasureState.DONE:
        return len(labels), len(labels)
    return sum(label < erasure.table for label in labels), len(labels)


def foreseen(person: Person) -> list[Foreseen]:
    """What would become of what is kept about `person`, by table, kept things last. One query a table."""
    found = [
        Foreseen(str(decision.model._meta.verbose_name_plural), decision.erasing, count, str(decision.why))
        for decision in personal.decisions()
        if (decision.export or decision.erasing == Erasing.KEEP)
        and not decision.label.partition(".")[2].startswith("Historical")
        and (count := decision.model._base_manager.filter(decision.rows_of(person)).count())
    ]
    order = [Erasing.REMOVE, Erasing.REPLACE, Erasing.KEEP]
    return sorted(found, key=lambda row: (order.index(row.erasing), row.title))


def is_name_searched(person: Person) -> bool:
    """Whether the person's name is looked for in texts: of two words or more, and nobody else's."""
    return words.is_searched(person.name) and not Person.objects.filter(name__iexact=person.name).exclude(pk=person.pk).exists()


def due_on(asked_at: datetime) -> date:
    """The last day to answer: one month after it was asked for (article 12(3))."""
    return month_after(asked_at.date())


def _locked(erasure: Erasure, by: Person) -> Erasure:
    if not has_duty(by, StaffDuty.ADMINISTRATOR):
        raise NotAllowed
    if by.pk == erasure.person_id:
        raise SameAdministrator
    return Erasure.objects.select_for_update(of=("self",)).get(pk=erasure.pk)


def _at_turn(erasure: Erasure, *states: ErasureState) -> None:
    if erasure.state not in states:
        raise ErasureMoved


def _can_go(person: Person, at: datetime) -> None:
    if standing := duties.standing(person, at=at):
        raise StillHasDuties(standing)


def _lines(also: str) -> str:
    """The other spellings, one a line. Raises SpellingUnclear."""
    lines = [" ".join(line.split()) for line in also.splitlines() if line.strip()]
    if len(lines) > MOST_SPELLINGS or not all("@" in line or words.is_searched(line) for line in lines):
        raise SpellingUnclear
    return "\n".join(lines)


def _words(erasure: Erasure, person: Person) -> dict[str, str]:
    """What is looked for and what takes its place, as long as the erasure runs."""
    email, name = words.new_email(person.pk), words.new_name(person.pk)
    addresses = {person.email, *personal.other_addresses(person)}
    also = erasure.also.splitlines()
    found = {said: email for said in [*addresses, *also] if "@" in said}
    found |= {said: name for said in also if "@" not in said}
    if is_name_searched(person):
        found[person.name] = name
    return found | ({person.mobile: "erased"} if person.mobile else {})


def _pseudonymise(person: Person) -> None:
    """The row stays, for what points to it; nothing in it names anybody. Language and time zone name nobody, and stay."""
    person.name, person.email, person.mobile = words.new_name(person.pk), words.new_email(person.pk), ""
    person.is_active = person.is_staff = person.is_superuser = False
    person.last_login = None
    person.set_unusable_password()
    person.save(update_fields=["name", "email", "mobile", "is_active", "is_staff", "is_superuser", "last_login", "password"])
    person.groups.clear()
    person.user_permissions.clear()
