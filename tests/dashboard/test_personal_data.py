"""What is kept about people: every table is decided about, copies are whole, and what is past its time goes (GDPR articles 5, 15, 20)."""

import json
import zipfile
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from django.apps import apps
from django.db import IntegrityError, transaction

from clients.models import ErasureState, ExportDownload, ExportState, PersonExport, Purge, Retention
from clients.privacy import archive, erasures, exports, retention
from core.errors import NotAllowed
from dashboard import privacy
from notices.models import IncomingMail, Notice
from people import keeping, personal
from people.personal import PersonalFile
from tests.cast import NOON
from tests.clients.leaving import EMAIL, MOBILE, NAME, leaving

A_DAY = timedelta(days=1)


@pytest.fixture
def asa(cast, acme, settings, tmp_path):
    """Åsa, who is named everywhere."""
    settings.MEDIA_ROOT = tmp_path
    return leaving(cast, acme)


def test_own_gdpr15_of_every_table_somebody_said_what_becomes_of_it():
    undecided = [
        model._meta.label
        for model in apps.get_models(include_auto_created=True)
        if personal.needs_decision(model) and personal.decision_of(model) is None
    ]

    assert undecided == []


def test_own_gdpr15_every_table_that_names_people_is_exported():
    unexported = [decision.label for decision in personal.decisions() if personal.people_columns(decision.model) and not decision.export]

    assert unexported == []


def test_own_gdpr15_what_is_left_out_or_kept_has_a_reason():
    bare = [each.label for each in personal.decisions() if not each.why and (not each.export or each.erasing == personal.Erasing.KEEP)]

    assert bare == []


def test_own_gdpr15_what_is_hidden_is_there_to_hide():
    for decision in personal.decisions():
        columns = {column.name for column in decision.model._meta.concrete_fields}
        assert set(decision.hidden) - columns <= {"webhook_secret", "token_hash"}, decision.label


@pytest.mark.django_db
def test_own_gdpr15_a_copy_holds_what_is_about_the_person_and_names_nobody_else(asa):
    asked = exports.ask(person=asa.person, by=asa.person, at=NOON)
    while not privacy.make_copies_due(at=NOON):
        assert PersonExport.objects.get(pk=asked.pk).done > 0

    made = PersonExport.objects.get(pk=asked.pk)
    with zipfile.ZipFile(exports.fetch(made, by=asa.person, at=NOON)) as packed:
        said = {name: packed.read(name) for name in packed.namelist()}
    account = json.loads(said["account.json"])["people.Person"][0]
    assert (account["name"], account["email"], account["mobile"]) == (NAME, EMAIL, MOBILE)
    assert "password" not in account
    assert {"about.json", "cases.json", "case-messages.json", "memberships.json", "notices.json", "session-log.json"} <= set(said)
    assert said[f"mails-sent-to-us/mail-{IncomingMail.objects.get().pk}.eml"].startswith(b"From: ")
    case = json.loads(said["cases.json"])["cases.Case"][0]
    assert (case["reporter"], case["opened_at"], "mail_token" in case) == ("you", "2026-11-18T11:00:00Z", False)
    assert not [name for name in said if b"Max Testsson" in said[name]]
    assert ExportDownload.objects.filter(export=made).count() == 1
    assert Notice.objects.filter(cause=f"copy:{made.pk}:ready", person=asa.person).count() == 1


@pytest.mark.django_db
def test_own_gdpr20_a_copy_is_made_in_steps_and_goes_on_after_a_kill(asa, monkeypatch):
    asked, parts = exports.ask(person=asa.person, by=asa.person, at=NOON), len(archive.parts(asa.person))
    assert exports.ask(person=asa.person, by=asa.person, at=NOON) == asked
    exports.make_due(at=NOON, most=5)
    halfway = PersonExport.objects.get(pk=asked.pk)
    make = exports._make
    monkeypatch.setattr(exports, "_make", lambda *_given: (_ for _ in ()).throw(OSError("full")))
    with pytest.RaisesGroup(pytest.RaisesExc(OSError, match="full")):
        exports.make_due(at=NOON, most=5)
    monkeypatch.setattr(exports, "_make", make)

    made = sum(exports.make_due(at=NOON, most=parts) for _ in range(2))

    assert (halfway.state, halfway.done, halfway.total, made) == ("asked", 5, parts, 1)


@pytest.mark.django_db
def test_own_gdpr15_what_comes_while_a_copy_is_made_is_in_it_and_nothing_bears_anothers_name(asa, monkeypatch):
    files, parts = {"b.txt": b"second", "d.txt": b"fourth"}, len(archive.parts(asa.person))

    def letters(_person):
        return [PersonalFile(name, partial(files.get, name)) for name in sorted(files)]

    monkeypatch.setitem(personal._said.files, "letters", letters)
    asked = exports.ask(person=asa.person, by=asa.person, at=NOON)
    exports.make_due(at=NOON, most=parts + 1)
    files |= {"a.txt": b"first", "c.txt": b""}

    made = [exports.make_due(at=NOON, most=1) for _ in range(3)]

    with zipfile.ZipFile(exports.fetch(PersonExport.objects.get(pk=asked.pk), by=asa.person, at=NOON)) as packed:
        said = {name: packed.read(name) for name in packed.namelist()}
    assert made == [0, 0, 1]
    assert {name: said.get(f"letters/{name}") for name in files} == files
    assert json.loads(said["account.json"])["people.Person"][0]["name"] == NAME


@pytest.mark.django_db
def test_own_gdpr15_a_copy_that_cannot_be_made_keeps_no_other_waiting(cast, asa, monkeypatch):
    for person in (asa.person, cast.max):
        exports.ask(person=person, by=person, at=NOON)
    parts = archive.parts

    def stumbles(person):
        if person == asa.person:
            raise ValueError
        return parts(person)

    monkeypatch.setattr(archive, "parts", stumbles)
    with pytest.raises(ExceptionGroup):
        exports.make_due(at=NOON, most=500)

    assert list(PersonExport.objects.order_by("pk").values_list("state", flat=True)) == ["asked", "ready"]


@pytest.mark.django_db
def test_own_gdpr15_only_the_person_fetches_a_copy_and_after_its_days_nobody(cast, asa):
    asked = exports.ask(person=asa.person, by=cast.ada, at=NOON)
    exports.make_due(at=NOON, most=500)
    made = PersonExport.objects.get(pk=asked.pk)
    with pytest.raises(NotAllowed):
        exports.fetch(made, by=cast.ada, at=NOON)
    with pytest.raises(NotAllowed):
        exports.ask(person=asa.person, by=cast.max, at=NOON)
    path = Path(exports.fetch(made, by=asa.person, at=NOON))

    retention.purge_due(at=NOON + 15 * A_DAY)

    made.refresh_from_db()
    assert (made.state, path.exists()) == (ExportState.GONE, False)
    with pytest.raises(exports.ExportGone):
        exports.fetch(made, by=asa.person, at=NOON)


@pytest.mark.django_db
def test_own_gdpr17_who_is_erased_has_no_copy_left(cast, asa):
    exports.ask(person=asa.person, by=asa.person, at=NOON)
    exports.make_due(at=NOON, most=500)
    path = Path(exports.fetch(PersonExport.objects.get(), by=asa.person, at=NOON))
    wish = privacy.ask_for_erasure(person=asa.person, by=asa.person, at=NOON)
    privacy.propose(wish, also="", by=cast.ada, at=NOON)

    assert erasures.approve(wish, by=asa.alva, at=NOON).state == ErasureState.RUNNING
    assert not path.exists()


@pytest.mark.django_db
def test_own_gdpr5_what_is_past_its_time_goes_once_and_no_more_than_that(asa):
    notices, mails = keeping.find("notices"), keeping.find("incoming-mail")
    later = NOON + 366 * A_DAY
    IncomingMail.objects.update(state="handled", outcome="Read", handled_at=NOON)
    foreseen = {row.kind.name: (row.count, row.oldest) for row in retention.outlook(at=later)}

    first = retention.purge_due(at=later)

    sent = Notice.objects.get(cause="told:1")
    assert (foreseen[notices.name], foreseen[mails.name]) == ((1, NOON), (0, None))
    assert (sent.subject, sent.body, sent.address) == ("", "", EMAIL)
    assert Notice.objects.get(cause="told:2").body == "It waits"
    assert [(step.kind, step.rows) for step in Purge.objects.filter(kind="notices")] == [("notices", 1)]
    assert (first >= 1, retention.purge_due(at=later)) == (True, 0)
    retention.purge_due(at=NOON + 731 * A_DAY)
    assert bytes(IncomingMail.objects.get().raw) == b""


@pytest.mark.django_db
def test_s8_gdpr5_no_mail_is_emptied_but_by_a_purge_of_its_age(asa):
    def empties():
        try:
            with transaction.atomic():
                IncomingMail.objects.update(raw=b"")
                transaction.set_rollback(True)
        except IntegrityError:
            return False
        return True

    without = empties()
    Purge.objects.create(kind="incoming-mail", before=NOON, started_at=NOON + A_DAY)
    too_young = empties()
    Purge.objects.create(kind="incoming-mail", before=NOON + A_DAY, started_at=NOON + 2 * A_DAY)

    assert (without, too_young, empties()) == (False, False, True)


@pytest.mark.django_db
def test_own_gdpr5_days_are_settled_with_a_reason_by_an_administrator_and_kept_with_history(cast):
    kinds = {kind.name: kind for kind in keeping.kinds()}
    notices, books = kinds["notices"], kinds["books"]
    with pytest.raises(NotAllowed):
        retention.settle(kind=notices, days=10, reason="Enough", by=cast.max)
    with pytest.raises(retention.ReasonMissing):
        retention.settle(kind=notices, days=10, reason=" ", by=cast.ada)
    with pytest.raises(retention.DaysOutOfRange):
        retention.settle(kind=notices, days=0, reason="Enough", by=cast.ada)
    with pytest.raises(retention.NothingToSet):
        retention.settle(kind=books, days=10, reason="Enough", by=cast.ada)

    for days in (10, 10, None):
        retention.settle(kind=notices, days=days, reason="Enough", by=cast.ada)

    assert (retention.days_of(notices), Retention.history.count()) == (None, 2)
    assert retention.purge_due(at=NOON + 9999 * A_DAY) == 0
