"""What the audit log hears of by itself (rules C14, R3; proof SEC15)."""

import pytest
from django.contrib.auth.models import Group
from django.db import transaction
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Organisation, StaffDuty, StaffRole
from sessions import access
from sessions.models import AccessLook
from tests.cast import NOON, PASSWORD
from tests.journeys.belongings import browser_of
from tests.sessions.factories import a_session
from trail import entries, reading
from trail.models import Entry, Kind, Whereabouts
from trail.origin import Origin, coming_from

pytestmark = pytest.mark.django_db


def told(**asked):
    return list(Entry.objects.filter(**asked).order_by("pk").values_list("what", "person", "thing", "number", "organisation"))


def test_c14_a_row_of_history_and_its_entry_are_one_transaction(cast, acme):
    organisation = acme.organisation
    before = Entry.objects.count()

    with transaction.atomic():
        organisation.address = "Elsewhere"
        organisation._history_user, organisation._history_date, organisation._change_reason = cast.ada, NOON, "They moved"
        organisation.save()
        entry = Entry.objects.latest("pk")
        transaction.set_rollback(True)

    assert (entry.at, entry.kind, entry.what, entry.person, entry.organisation_id) == (
        NOON,
        Kind.CHANGE,
        "changed",
        cast.ada,
        organisation.pk,
    )
    assert Entry.objects.count() == before
    assert Organisation.history.filter(history_id=entry.source).count() == 0


def test_sec15_a_change_is_read_with_what_stood_before_after_and_why(cast, acme):
    organisation = acme.organisation
    organisation.address, organisation.deputy_manager = "Elsewhere 2", cast.ada
    organisation._history_user, organisation._change_reason = cast.ada, "They moved"
    organisation.save()

    (line,) = reading.lines([Entry.objects.latest("pk")])

    assert [(change.column, change.before, change.after) for change in line.changes.columns] == [
        ("Address", "", "Elsewhere 2"),
        ("Deputy account manager", "", "Ada Testsson"),
    ]
    assert (line.who, line.what, line.thing, line.changes.why) == (
        "Ada Testsson",
        "Changed",
        f"Organisation {organisation.pk}",
        "They moved",
    )


def test_sec15_a_role_that_is_given_and_taken_leaves_who_and_what(cast):
    role = StaffRole.objects.create(person=cast.max, duty=StaffDuty.FINANCE)
    number = role.pk
    role.delete()

    told_of = Entry.objects.filter(thing="clients.staffrole", number=number).order_by("pk")
    lines = reading.lines(told_of)

    assert [(line.what, [(change.before, change.after) for change in line.changes.columns]) for line in lines] == [
        ("Added", [("", "Max Testsson"), ("", "Finance")]),
        ("Removed", [("Max Testsson", ""), ("Finance", "")]),
    ]


def test_r3_a_look_at_access_instructions_is_in_the_log_once(cast, acme):
    session = a_session(cast, acme, access_arranged=False)
    access.write(session=session, text="ssh root@server", by=acme.requester, at=NOON)

    browser_of(acme.approver).post(reverse("session-instructions-look", args=[session.pk]))

    assert AccessLook.objects.count() == 1
    assert told(kind=Kind.LOOK) == [("instructions", acme.approver.pk, "support_sessions.session", session.pk, acme.organisation.pk)]
    assert Whereabouts.objects.get(entry__kind=Kind.LOOK).address == "127.0.0.1"


def test_sec15_sign_ins_and_sign_outs_are_told_of_with_the_network_address(cast):
    browser = Browser()
    browser.post(reverse("account_login"), {"login": cast.ada.email, "password": PASSWORD})
    browser.post(reverse("account_logout"))

    assert [what for what, *_rest in told(kind=Kind.SIGN_IN, person=cast.ada)] == ["signed-in", "signed-out"]
    assert set(Whereabouts.objects.filter(entry__kind=Kind.SIGN_IN).values_list("address", flat=True)) == {"127.0.0.1"}


def test_sec15_failed_sign_ins_name_whom_they_were_for_and_keep_nothing_that_was_typed(cast):
    browser = Browser()
    for login in (cast.ada.email.upper(), "my-password-by-mistake@x.example"):
        browser.post(reverse("account_login"), {"login": login, "password": "marked-wrong"})

    assert [(what, person) for what, person, *_rest in told(kind=Kind.FAILED)] == [
        ("wrong-password", cast.ada.pk),
        ("unknown-address", None),
    ]
    assert "mistake" not in str(list(Entry.objects.values()))


def test_sec15_failures_are_bounded_by_the_minute(cast, monkeypatch):
    monkeypatch.setattr(entries, "MOST_A_MINUTE", 2)
    for _number in range(5):
        entries.write_few(Kind.FAILED, "wrong-password", person=cast.ada.pk)

    assert [what for what, *_rest in told(kind=Kind.FAILED)] == ["wrong-password", "wrong-password", "more-not-written"]


def test_sec15_who_is_refused_often_hides_nobody_elses_refusals(cast, monkeypatch):
    monkeypatch.setattr(entries, "MOST_A_MINUTE", 2)
    for _number in range(5):
        entries.write_few(Kind.REFUSED, "case", person=cast.max.pk)

    entries.write_few(Kind.REFUSED, "case", person=cast.tessa.person.pk)

    assert [(what, person) for what, person, *_rest in told(kind=Kind.REFUSED)] == [
        *[("case", cast.max.pk)] * 2,
        ("more-not-written", cast.max.pk),
        ("case", cast.tessa.person.pk),
    ]


def test_sec15_who_guesses_often_from_one_address_hides_no_guess_from_another(cast, monkeypatch):
    monkeypatch.setattr(entries, "MOST_A_MINUTE", 2)
    for address in [*["192.0.2.7"] * 5, "192.0.2.8"]:
        with coming_from(Origin(address=address)):
            entries.write_few(Kind.FAILED, "unknown-address", person=None)

    written = Whereabouts.objects.filter(entry__kind=Kind.FAILED).order_by("pk").values_list("address", "entry__what")
    assert list(written) == [
        *[("192.0.2.7", "unknown-address")] * 2,
        ("192.0.2.7", "more-not-written"),
        ("192.0.2.8", "unknown-address"),
    ]


def test_sec15_what_a_person_may_do_is_told_of_and_a_password_without_its_value(cast):
    group = Group.objects.create(name="Readers")
    browser = browser_of(cast.ada)
    cast.max.is_staff = True
    cast.max.set_password("another-fine-password")
    cast.max.save()
    cast.max.groups.add(group)
    browser.post(
        reverse("account_change_password"), {"oldpassword": PASSWORD, "password1": "new-fine-words-1", "password2": "new-fine-words-1"}
    )

    of_max, of_ada = ("people.person", cast.max.pk, None), ("people.person", cast.ada.pk, None)
    assert told(thing="people.person", kind=Kind.CHANGE) == [("is_staff-on", None, *of_max), ("rights", None, *of_max)]
    assert told(kind=Kind.ACCESS) == [("password", None, *of_max), ("password", cast.ada.pk, *of_ada)]


def test_sec15_a_password_that_is_only_hashed_anew_is_no_change(cast, settings):
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher", "django.contrib.auth.hashers.MD5PasswordHasher"]

    Browser().post(reverse("account_login"), {"login": cast.ada.email, "password": PASSWORD})

    cast.ada.refresh_from_db()
    assert cast.ada.password.startswith("pbkdf2")
    assert told(kind=Kind.ACCESS) == []
