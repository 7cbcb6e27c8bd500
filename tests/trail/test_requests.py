"""What requests and commands leave in the audit log (proof SEC15)."""

import pwd
import subprocess
import sys
from types import SimpleNamespace

import pytest
from django.core.management import BaseCommand
from django.test import Client as Browser
from django.urls import reverse

from clients.models import Plan
from tests.architecture.house import ROOT
from tests.cases.opened import a_case, a_plan
from tests.journeys.belongings import browser_of
from tests.trail import addresses_told
from trail import commands
from trail.models import Entry, Kind, Whereabouts
from trail.things import BESIDES, BY_NUMBER, of_address, path_to_client

pytestmark = pytest.mark.django_db


def last(**asked):
    found = Entry.objects.filter(**asked).latest("pk")
    return found.kind, found.what, found.person_id, found.thing, found.number, found.organisation_id


def test_sec15_what_staff_does_for_a_client_is_told_apart_from_what_the_client_does(cast, acme):
    case = a_case(acme)
    browser_of(cast.tessa.person).post(reverse("desk-case-take", args=[case.pk]))
    browser_of(acme.requester).post(reverse("case-answer", args=[case.pk]), {"text": "More", "key": "k"})

    of_case = ("cases.case", case.pk, acme.organisation.pk)
    assert last(kind=Kind.BEHALF) == (Kind.BEHALF, "desk-case-take", cast.tessa.person.pk, *of_case)
    assert last(kind=Kind.CLIENT) == (Kind.CLIENT, "case-answer", acme.requester.pk, *of_case)


def test_sec15_what_was_not_done_is_not_told_of(cast, acme):
    case = a_case(acme)
    before = Entry.objects.count()

    wrong = browser_of(acme.requester).post(reverse("case-answer", args=[case.pk]), {"text": "", "key": "k"})
    read = browser_of(acme.requester).get(reverse("case", args=[case.pk]))

    assert (wrong.status_code, read.status_code, Entry.objects.count()) == (422, 200, before)


def test_sec15_whatever_is_made_is_found_where_one_is_led(acme):
    thing = {"quantity": "8", "unit": "hours", "key": "k", "shown_total": "12000.00"}
    browser_of(acme.approver).post(reverse("topup-new", args=[acme.account.pk]), thing)

    assert last(kind=Kind.CLIENT) == (
        Kind.CLIENT,
        "topup-new",
        acme.approver.pk,
        "credits.creditaccount",
        acme.account.pk,
        acme.organisation.pk,
    )


def test_sec15_a_file_that_is_carried_off_is_told_of_before_it_leaves(acme):
    browser_of(acme.approver).get(reverse("statement-csv", args=[acme.account.pk]))

    assert last(kind=Kind.DOWNLOAD)[1:] == (
        "statement-csv",
        acme.approver.pk,
        "credits.creditaccount",
        acme.account.pk,
        acme.organisation.pk,
    )
    assert Whereabouts.objects.filter(entry__kind=Kind.DOWNLOAD).count() == 1


def test_sec15_where_the_log_cannot_be_written_nothing_leaves(acme, monkeypatch):
    def fail(*_args, **_named):
        raise OSError("no room")

    monkeypatch.setattr("trail.middleware.write", fail)

    with pytest.raises(OSError, match="no room"):
        browser_of(acme.approver).get(reverse("statement-csv", args=[acme.account.pk]))


def test_sec15_a_want_of_right_is_told_of(cast):
    browser = browser_of(cast.max)
    cast.max.is_staff = True
    cast.max.save()

    assert browser.get(reverse("admin:clients_plan_changelist")).status_code == 403

    assert last(kind=Kind.REFUSED)[1:3] == ("admin:clients_plan_changelist", cast.max.pk)


def test_sec15_what_looks_like_nothing_to_who_may_not_see_it_is_told_of(acme, borealis):
    case, browser = a_case(acme), browser_of(borealis.requester)
    asked = [reverse("case", args=[case.pk]), reverse("desk-audit"), reverse("case", args=[2**64])]

    answers = [browser.get(path).status_code for path in asked]
    answers.append(browser.post(reverse("case-answer", args=[case.pk]), {"text": "Mine", "key": "k"}).status_code)

    refused = Entry.objects.filter(kind=Kind.REFUSED).order_by("pk")
    assert (answers, set(refused.values_list("person", flat=True))) == ([404] * 4, {borealis.requester.pk})
    assert list(refused.values_list("what", "thing", "number", "organisation")) == [
        ("case", "cases.case", case.pk, acme.organisation.pk),
        ("desk-audit", "", None, None),
        ("case", "cases.case", None, None),
        ("case-answer", "cases.case", case.pk, acme.organisation.pk),
    ]


def test_sec15_addresses_that_are_not_there_and_strangers_who_have_not_signed_in_fill_no_log(acme):
    case = a_case(acme)
    before = Entry.objects.count()

    nowhere = browser_of(acme.requester).get("/nowhere/12/")
    unknown = Browser().get(reverse("case", args=[case.pk]))

    assert (nowhere.status_code, unknown.status_code, Entry.objects.count()) == (404, 302, before)


def test_sec15_a_write_in_the_administration_leaves_the_act_and_the_change(cast):
    plan = a_plan()
    form = browser_of(cast.ada).post(reverse("admin:clients_plan_delete", args=[plan.pk]), {"post": "yes"})

    assert (form.status_code, Plan.objects.count()) == (302, 0)
    assert last(kind=Kind.ADMIN)[1:5] == ("admin:clients_plan_delete", cast.ada.pk, "clients.plan", plan.pk)
    assert last(kind=Kind.CHANGE, thing="clients.plan")[1:5] == ("removed", cast.ada.pk, "clients.plan", plan.pk)
    assert Entry.objects.filter(kind=Kind.CHANGE, thing="clients.plan").latest("pk").via == "admin:clients_plan_delete"


def test_sec15_a_command_is_told_of_with_the_account_that_ran_it(cast, monkeypatch):
    class Moves(BaseCommand):
        def handle(self, *_args, **_options):
            cast.provider.phone = "08-1234567"
            cast.provider.save()

    monkeypatch.setattr("django.core.management.load_command_class", lambda _app, _name: Moves())
    monkeypatch.setattr(commands, "get_commands", dict, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", lambda _number: SimpleNamespace(pw_name="deploy"))

    commands.CommandLine(["manage.py", "load_profile"]).fetch_command("load_profile").execute(
        force_color=False, no_color=False, skip_checks=True
    )

    change, command = Entry.objects.order_by("pk")[Entry.objects.count() - 2 :]
    assert (change.kind, change.via, change.operator) == (Kind.CHANGE, "load_profile", "deploy")
    assert (command.kind, command.what, command.person, command.operator) == (Kind.COMMAND, "load_profile", None, "deploy")


def test_sec15_the_command_line_is_djangos(tmp_path):
    said = subprocess.run([sys.executable, "manage.py", "check", "--help"], cwd=ROOT, capture_output=True, text=True, check=True)

    assert "usage: manage.py check" in said.stdout


def test_sec15_every_number_in_an_address_is_known_and_leads_to_its_client():
    unknown = addresses_told.unknown_numbers()
    ways = {label: path_to_client(label) for label in {*BY_NUMBER.values(), *BESIDES.values()}}

    assert unknown == set()
    assert {label for label, way in ways.items() if not way} == addresses_told.OF_NOBODY
    assert of_address("case", {"case_id": 2**70}).organisation is None
