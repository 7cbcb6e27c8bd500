"""Who joins by an invitation is signed in like everybody else, and ending all sign-ins ends every one there is (rules: People)."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.core.management import call_command
from django.test import Client as Browser
from django.urls import reverse

from clients import invitations
from clients.invitations import Wanted
from clients.members import Place
from clients.models import MemberRole, StaffDuty
from notices.models import Notice
from people.models import Person
from sign_in import lifetimes
from tests.cast import NOON, PASSWORD, an_owner
from tests.sign_in.signing_in import an_app, is_in, sign_in
from trail.models import Entry, Kind

EMAIL = "nils@new.example"
JOIN = {"name": "Nils Nilsson", "language": "sv", "time_zone": "Europe/Oslo", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as travelled:
        yield travelled


def link(client, email=EMAIL):
    """An invitation to a place with the client, as its link."""
    wanted = Wanted(email, "sv", Place(MemberRole.REQUESTER))
    sent = invitations.invite_member(organisation=client.organisation, wanted=wanted, key=email, by=an_owner(client), at=NOON)
    return reverse("invitation", args=[sent.token])


def joined(path):
    """A browser in which somebody has joined by the link."""
    browser = Browser()
    assert browser.post(path, JOIN).headers["Location"] == "/"
    return browser


def nils():
    return Person.objects.get(email=EMAIL)


def unlisted(browser):
    """The same browser, whose sign-in now stands in no list."""
    UserSession.objects.filter(session_key=browser.session.session_key).delete()
    return browser


def test_people_who_joined_is_listed_logged_and_out_with_the_browser(acme, clock):
    browser = joined(link(acme))

    row = UserSession.objects.get()
    logged = Entry.objects.filter(kind=Kind.SIGN_IN).values_list("what", "person")
    assert (row.user, row.session_key) == (nils(), browser.session.session_key)
    assert list(logged) == [("signed-in", nils().pk)]
    assert browser.cookies["sessionid"]["max-age"] == ""
    assert not Notice.objects.filter(address=EMAIL, cause__startswith="security:").exists()


def test_people_who_joined_and_walked_away_is_out_after_the_idle_time(acme, clock, settings):
    browser = joined(link(acme))
    clock.shift(settings.SESSION_IDLE - timedelta(minutes=1))
    used = is_in(browser)

    clock.shift(settings.SESSION_IDLE)

    assert (used, is_in(browser)) == (True, False)


def test_people_a_sign_in_of_which_nobody_knows_since_when_is_over(acme):
    browser = sign_in(acme.approver)
    session = browser.session
    del session[lifetimes.SINCE]
    session.save()

    assert not is_in(browser)


def test_people_who_joined_elsewhere_is_ended_from_here(acme, clock):
    there = joined(link(acme))
    here = sign_in(nils())

    here.post(reverse("sign-ins-end"))

    assert [is_in(browser) for browser in (here, there)] == [True, False]


def test_people_ending_all_others_ends_those_in_no_list_and_keeps_this_one_listed(acme):
    here, there = sign_in(acme.approver), unlisted(sign_in(acme.approver))

    for _twice in range(2):
        here.post(reverse("sign-ins-end"))

    assert [is_in(browser) for browser in (here, there)] == [True, False]
    assert UserSession.objects.get().session_key == here.session.session_key
    assert "This device" in here.get(reverse("security")).content.decode()


def test_people_the_same_form_ends_all_others_once_and_a_fresh_one_again(acme):
    here = sign_in(acme.approver)

    def rounds(*shown):
        for each in shown:
            here.post(reverse("sign-ins-end"), {"round": each})
        acme.approver.refresh_from_db()
        return acme.approver.sign_in_round

    assert (rounds("0"), rounds("0", "0"), rounds("1"), rounds("nonsense")) == (1, 1, 2, 3)
    assert is_in(here)


def test_people_another_password_and_forgotten_factors_end_those_in_no_list(acme):
    here, there = sign_in(acme.approver), unlisted(sign_in(acme.approver))
    new = {"oldpassword": PASSWORD, "password1": "correct horse battery staple", "password2": "correct horse battery staple"}
    here.post(reverse("account_change_password"), new)
    after = [is_in(here), is_in(there)]
    unlisted(here)

    call_command("forget_factors", acme.approver.email)

    assert (after, is_in(here)) == ([True, False], False)


def test_people_staff_who_join_are_led_to_a_second_factor_first(cast, clock, settings):
    settings.STAFF_SECOND_FACTOR = True
    sent = invitations.invite_colleague(email=EMAIL, of=frozenset({StaffDuty.FINANCE}), language="sv", key="k", by=cast.ada, at=NOON)

    browser = joined(reverse("invitation", args=[sent.token]))

    assert [browser.get(path).url for path in ("/", "/desk/")] == ["/me/security/"] * 2


def test_people_a_link_opens_no_account_that_is_there_and_asks_for_its_factor(acme, borealis, clock):
    path = link(acme, borealis.requester.email)
    an_app(borealis.requester)
    browser = Browser()
    refused = browser.post(path, JOIN).status_code

    asked = browser.post(reverse("account_login"), {"login": borealis.requester.email, "password": PASSWORD, "next": path})

    assert (refused, asked.headers["Location"]) == (409, reverse("mfa_authenticate"))
    assert not is_in(browser)
    assert not acme.organisation.memberships.filter(person=borealis.requester).exists()
