"""Erasing a person while the books stay as they are (GDPR article 17; rules C14, S8, M4)."""

from hashlib import sha256

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import IntegrityError, connection, transaction

from cases.models import CaseEvent, EventKind, Message
from clients import invitations
from clients.invitations import Wanted
from clients.members import Place
from clients.models import ErasedWord, Erasure, ErasureState, Invitation, MemberRole, Membership, StaffDuty, StaffRole
from clients.privacy import erasures, scrubbing
from core import failures
from core.errors import NotAllowed
from core.models import Failure
from credits.models import Entry
from notices.models import IncomingMail, Notice
from people.models import Person
from people.personal import Erasing, decision_of
from tests.cast import NOON, a_colleague, a_person
from tests.clients.leaving import EMAIL, NAME, NAMESAKE, OLD, Leaving, leaving
from tests.clients.naming import places_that_name

pytestmark = pytest.mark.django_db
ERASED = "erased-{number}@erased.invalid"
KEPT = {"credits.Entry.reason", "credits.Lot.reason"}


@pytest.fixture
def asa(cast, acme):
    """Who goes, and what there is of hers."""
    return leaving(cast, acme)


def agreed(cast, asa, also=""):
    erasure = erasures.ask(person=asa.person, by=asa.person, at=NOON)
    erasures.propose(erasure, also=also, by=cast.ada, at=NOON)
    return erasures.approve(erasure, by=asa.alva, at=NOON)


def books():
    """Every byte of the ledger."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT * FROM credits_entry ORDER BY id")
        return sha256(repr(cursor.fetchall()).encode()).hexdigest()


def test_own_gdpr17_nothing_names_an_erased_person_but_the_books(cast, acme, asa):
    before, ledger = places_that_name(*OLD, but=NAMESAKE), books()
    assert {"cases.Message.text", "notices.IncomingMail.raw", "notices.Notice.calendar", "admin.LogEntry.object_repr"} <= before

    erasure = agreed(cast, asa)
    done = erasures.carry_on_due(at=NOON)

    erasure.refresh_from_db()
    assert (done, erasure.state, ErasedWord.objects.count()) == (1, ErasureState.DONE, 0)
    assert places_that_name(*OLD, but=NAMESAKE) <= KEPT
    assert all(decision_of(Entry._meta.apps.get_model(place.rpartition(".")[0])).erasing == Erasing.KEEP for place in KEPT)
    assert Entry.objects.filter(reason__contains=NAME).exists()
    assert books() == ledger
    call_command("audit", verbosity=0)


def test_own_gdpr17_what_was_written_stays_with_a_number_and_namesakes_stay_whole(cast, asa):
    agreed(cast, asa)
    erasures.carry_on_due(at=NOON)

    person, number = Person.objects.get(pk=asa.person.pk), asa.person.pk
    new, address = f"Erased person {number}", f"erased-{number}@erased.invalid"
    said = Message.objects.get(cause="said:1")
    assert (person.name, person.email, person.mobile, person.is_active) == (new, address, "", False)
    assert (
        Message.objects.filter(case=asa.case).order_by("pk").first().text == f"I am {new}, {address}, not {NAMESAKE}.\nCall erased.\n{new}"
    )
    assert (said.text, said.html) == (f"{NAMESAKE}, {address} and {new}", f"<a href='mailto:{address}'>{new}</a>")
    assert CaseEvent.objects.get(reason=f"{new} called").facts == {"who": [new, address]}


def test_s8_gdpr17_her_mail_is_emptied_whole_and_its_fingerprint_stays(cast, asa):
    digest = IncomingMail.objects.get().digest

    agreed(cast, asa)
    erasures.carry_on_due(at=NOON)

    mail = IncomingMail.objects.get()
    assert (bytes(mail.raw), mail.digest) == (b"", digest)


def test_m4_gdpr17_with_the_second_yes_she_is_signed_out_and_gets_no_word(cast, asa):
    agreed(cast, asa)

    assert not Session.objects.exists()
    assert not Membership.objects.filter(person=asa.person).exists()
    assert Notice.objects.get(cause="told:2").state == "failed"
    assert not Person.objects.get(pk=asa.person.pk).has_usable_password()


def test_own_gdpr17_a_job_that_dies_goes_on_where_it_was_and_does_nothing_twice(cast, asa, monkeypatch):
    monkeypatch.setattr(scrubbing, "ROWS", 40)
    monkeypatch.setattr(scrubbing, "ROWS_TO_READ", 1)
    erasure = agreed(cast, asa)
    seen: list[object] = []
    go_on = scrubbing.go_on

    def dies(*given):
        place = go_on(*given)
        if len(seen) % 3 == 1:
            seen.append(None)
            raise KeyboardInterrupt
        seen.append(place)
        return place

    monkeypatch.setattr(scrubbing, "go_on", dies)
    state: str = ErasureState.RUNNING
    while state == ErasureState.RUNNING:
        try:
            state = erasures.step(erasure.pk, at=NOON)
        except KeyboardInterrupt:
            continue
    found = Erasure.objects.get(pk=erasure.pk)

    assert None in seen
    assert len(seen) > 5
    assert places_that_name(*OLD, but=NAMESAKE) <= KEPT
    assert erasures.step(found.pk, at=NOON) == ErasureState.DONE


def test_own_gdpr17_no_link_that_was_sent_brings_an_erased_person_back(cast, acme, asa):
    EmailAddress.objects.create(user=asa.person, email="asa@home.example")
    for email in (EMAIL, "asa@home.example"):
        wanted = Wanted(email=email, language="sv", place=Place(MemberRole.REQUESTER))
        Membership.objects.filter(person=asa.person).delete()
        invitations.invite_member(organisation=acme.organisation, wanted=wanted, key=email, by=cast.ada, at=NOON)

    agreed(cast, asa)

    assert not Invitation.objects.filter(closed_at=None).exists()
    assert erasures.carry_on_due(at=NOON) == 1
    assert places_that_name(*OLD, "asa@home.example", but=NAMESAKE) <= KEPT


def test_own_gdpr17_an_erasure_that_fails_keeps_no_other_waiting(cast, asa, monkeypatch):
    first, second = agreed(cast, asa), agreed(cast, Leaving(a_person("Bo"), asa.alva, asa.case))
    go_on = scrubbing.go_on

    def stumbles(erasure, looked_for):
        if erasure.pk == first.pk:
            raise ValueError
        return go_on(erasure, looked_for)

    monkeypatch.setattr(scrubbing, "go_on", stumbles)
    with failures.of_job("erasures", NOON), pytest.raises(ExceptionGroup):
        erasures.carry_on_due(at=NOON)

    assert list(Erasure.objects.order_by("pk").values_list("pk", "state")) == [(first.pk, "running"), (second.pk, "done")]
    assert Failure.objects.get().thing == f"clients.erasure:{first.pk}"


def test_own_gdpr17_structured_texts_are_read_as_what_they_say(cast, asa):
    facts = {"who": [NAMESAKE, EMAIL], "said": f"Hello\n{EMAIL}\n{NAME}", NAME: 1, "deep": [{"quoted": f'"{NAME}", Öst{NAME}'}]}
    CaseEvent.objects.create(case=asa.case, kind=EventKind.NOTED, by=cast.max, at=NOON, reason="structured", facts=facts)
    new, address = f"Erased person {asa.person.pk}", f"erased-{asa.person.pk}@erased.invalid"

    agreed(cast, asa)
    erasures.carry_on_due(at=NOON)

    assert CaseEvent.objects.get(reason="structured").facts == {
        "who": [NAMESAKE, address],
        "said": f"Hello\n{address}\n{new}",
        new: 1,
        "deep": [{"quoted": f'"{new}", Öst{NAME}'}],
    }


def test_own_gdpr17_another_name_goes_too(cast, asa):
    Message.objects.create(case=asa.case, cause="said:2", text="She was Åsa Berg then", voice="staff", author=cast.max, at=NOON)

    agreed(cast, asa, also="Åsa Berg")
    erasures.carry_on_due(at=NOON)

    assert places_that_name("Åsa Berg") == set()


def test_own_gdpr17_two_administrators_have_to_agree_and_neither_is_who_goes(cast, asa):
    StaffRole.objects.create(person=asa.person, duty=StaffDuty.ADMINISTRATOR)
    erasure = erasures.ask(person=asa.person, by=asa.person, at=NOON)

    with pytest.raises(NotAllowed):
        erasures.propose(erasure, also="", by=cast.max, at=NOON)
    with pytest.raises(erasures.SameAdministrator):
        erasures.propose(erasure, also="", by=asa.person, at=NOON)
    with pytest.raises(erasures.ErasureMoved):
        erasures.approve(erasure, by=asa.alva, at=NOON)
    erasures.propose(erasure, also="", by=cast.ada, at=NOON)
    for wrong in (cast.ada, asa.person):
        with pytest.raises(erasures.SameAdministrator):
            erasures.approve(erasure, by=wrong, at=NOON)
    with pytest.raises(IntegrityError), transaction.atomic():
        Erasure.objects.filter(pk=erasure.pk).update(state="running", approved_by=cast.ada, approved_at=NOON)


def test_own_gdpr17_who_has_duties_hands_them_over_first(cast, acme):
    alva = a_colleague("Alva", StaffDuty.ADMINISTRATOR)
    erasure = erasures.ask(person=acme.approver, by=acme.approver, at=NOON)
    managing = erasures.ask(person=cast.max, by=cast.max, at=NOON)

    with pytest.raises(erasures.StillHasDuties, match="only approver of Acme"):
        erasures.propose(erasure, also="", by=cast.ada, at=NOON)
    with pytest.raises(erasures.StillHasDuties, match="Acme is looked after by them"):
        erasures.propose(managing, also="", by=cast.ada, at=NOON)
    Membership.objects.filter(person=acme.requester).update(role=MemberRole.APPROVER)
    erasures.propose(erasure, also="", by=cast.ada, at=NOON)
    Membership.objects.filter(person=acme.requester).update(role=MemberRole.REQUESTER)

    with pytest.raises(erasures.StillHasDuties):
        erasures.approve(erasure, by=alva, at=NOON)


def test_own_gdpr12_a_request_is_answered_within_a_month(cast, asa):
    asked = erasures.ask(person=asa.person, by=asa.person, at=NOON.replace(month=1, day=31))

    assert erasures.due_on(asked.asked_at).isoformat() == "2026-02-28"
    assert erasures.ask(person=asa.person, by=cast.ada, at=NOON) == asked
    with pytest.raises(erasures.ReasonMissing):
        erasures.refuse(asked, reason=" ", by=cast.ada, at=NOON)
    assert erasures.refuse(asked, reason="A dispute is open", by=cast.ada, at=NOON).state == ErasureState.REFUSED


CHANGES = {
    "nothing runs": ("UPDATE cases_message SET text = REPLACE(text, 'Öberg', 'X')", False),
    "by something else": ("UPDATE cases_message SET text = REPLACE(text, 'Åsa Öberg', 'Somebody')", False),
    "something else": ("UPDATE cases_message SET text = 'We never said that'", False),
    "another column": ("UPDATE cases_message SET text = REPLACE(text, 'Åsa Öberg', 'Erased person {number}'), author_id = NULL", False),
    "a row goes": ("DELETE FROM cases_message", False),
    "the ledger": ("UPDATE credits_entry SET reason = REPLACE(reason, 'Åsa Öberg', 'Erased person {number}')", False),
    "half of a mail": ("UPDATE notices_incomingmail SET raw = SUBSTR(raw, 1, 3)", False),
    "a mail's fingerprint": ("UPDATE notices_incomingmail SET digest = 'x'", False),
    "history": ("UPDATE clients_historicalinvitation SET email = 'somebody@else.example'", False),
    "when it was so": ("UPDATE clients_historicalinvitation SET history_date = '2020-01-01'", False),
    "a word of history": (f"UPDATE clients_historicalinvitation SET email = REPLACE(email, '{EMAIL}', '{ERASED}')", True),
    "a word is replaced": ("UPDATE cases_message SET text = REPLACE(text, 'Åsa Öberg', 'Erased person {number}')", True),
}


def refused(statement):
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
    except IntegrityError:
        return True
    return False


def test_c14_a_text_that_never_changes_changes_only_by_a_word_of_a_running_erasure(cast, asa):
    number = asa.person.pk
    statements = {name: statement.format(number=number) for name, (statement, _may) in CHANGES.items()}
    with_none = {name: refused(statement) for name, statement in statements.items()}
    agreed(cast, asa)

    running = {name: not refused(statement) for name, statement in statements.items()}

    assert set(with_none.values()) == {True}
    assert running == {name: may for name, (_statement, may) in CHANGES.items()}


def test_c14_a_word_says_nothing_but_the_number_of_who_is_erased(cast, asa):
    erasure, number = agreed(cast, asa), asa.person.pk
    stands = [
        f"Erased person {number}",
        f"erased-{number}@erased.invalid",
        "erased",
        f"(Erased person {number}",
        f"Erased person {number},",
    ]
    others = ["bob@evil.example", f"Erased person {number}. Not", f"Not erased-{number}@erased.invalid", ""]

    def comes_in(new):
        try:
            with transaction.atomic():
                ErasedWord.objects.create(erasure=erasure, old=f"instead of {new}", new=new)
        except IntegrityError:
            return False
        return True

    assert [comes_in(new) for new in stands] == [True] * len(stands)
    assert [comes_in(new) for new in others] == [False] * len(others)


def test_c14_a_word_that_outlives_its_erasure_changes_nothing(cast, asa):
    agreed(cast, asa)

    Erasure.objects.update(state=ErasureState.DONE, closed_at=NOON)

    assert ErasedWord.objects.exists()
    assert refused(CHANGES["a word is replaced"][0].format(number=asa.person.pk))


def test_c14_no_word_comes_in_but_of_an_erasure_that_two_agreed_to(cast, asa):
    erasure = erasures.ask(person=asa.person, by=asa.person, at=NOON)

    with pytest.raises(IntegrityError), transaction.atomic():
        ErasedWord.objects.create(erasure=erasure, old="never", new="always")
    agreed(cast, asa)
    with pytest.raises(IntegrityError), transaction.atomic():
        ErasedWord.objects.filter(old=NAME).update(old="never")
