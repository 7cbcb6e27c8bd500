"""People in the administration: nobody's password is chosen for them, and no address changes in silence (rule M4, rules: People)."""

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.test import Client as Browser
from django.urls import NoReverseMatch, reverse

from notices.models import Notice
from people.models import Person
from tests.cast import NOON, PASSWORD
from tests.sign_in.signing_in import again, asks_for_a_code, is_in, link_in, mail_to, sign_in

LIST, ADD = "/admin/people/person/", "/admin/people/person/add/"
NEW = "correct horse battery staple"
NILS = {"email": "Nils@New.example", "name": "Nils Nilsson", "mobile": "", "language": "sv", "time_zone": "Europe/Oslo"}


@pytest.fixture
def clock():
    with time_machine.travel(NOON, tick=False) as travelled:
        yield travelled


@pytest.fixture
def ada(cast, clock):
    """An administrator who has shown that it is them."""
    return again(sign_in(cast.ada))


def page_of(person):
    return reverse("admin:people_person_change", args=[person.pk])


def typed(person, **changed):
    said = {name: getattr(person, name) for name in ("email", "name", "mobile", "language", "time_zone")}
    return said | {"is_active": "on"} | changed


def ticked(*people, action="send_links"):
    return {"action": action, "_selected_action": [person.pk for person in people]}


def test_people_nobodys_password_is_chosen_or_seen_there(ada, acme):
    page = ada.get(page_of(acme.approver))
    ada.post(page_of(acme.approver), typed(acme.approver, password=NEW, password1=NEW, password2=NEW, name="Anna B"))

    anna = Person.objects.get(pk=acme.approver.pk)
    assert (anna.name, anna.check_password(PASSWORD)) == ("Anna B", True)
    assert "password" not in page.context["adminform"].form.fields
    assert anna.password not in page.content.decode()
    assert ada.get(f"{LIST}{anna.pk}/password/").status_code in (302, 404)
    with pytest.raises(NoReverseMatch):
        reverse("admin:auth_user_password_change", args=[anna.pk])
    assert ada.get(LIST, {"password__startswith": anna.password[:12]}).status_code == 400


def test_people_who_is_made_there_chooses_a_password_by_a_link(ada):
    ada.post(ADD, NILS | {"password": NEW, "password1": NEW, "password2": NEW})
    nils = Person.objects.get(email="nils@new.example")
    usable = nils.has_usable_password()

    ada.post(LIST, ticked(nils))
    browser = Browser()
    page = browser.get(link_in(mail_to(nils)), follow=True)
    browser.post(page.redirect_chain[-1][0], {"password1": NEW, "password2": NEW})

    assert usable is False
    assert is_in(sign_in(nils, password=NEW))


def test_people_links_are_sent_to_who_may_sign_in_and_not_without_end(ada, acme, borealis):
    Person.objects.filter(pk=acme.requester.pk).update(is_active=False)

    said = [ada.post(LIST, ticked(acme.approver, acme.requester), follow=True).content.decode() for _ in range(6)]

    assert ["1 link was sent." in html for html in said] == [True] * 5 + [False]
    assert "What is left was not sent." in said[5]
    assert set(Notice.objects.filter(cause__startswith="sign-in:").values_list("address", flat=True)) == {acme.approver.email}
    assert Notice.objects.filter(cause__startswith="sign-in:").count() == 5


def test_m4_another_address_is_told_to_both_and_ends_all_sign_ins(ada, acme):
    browser = sign_in(acme.approver)

    ada.post(page_of(acme.approver), typed(acme.approver, email="Anna.B@Acme.example"))

    told = Notice.objects.filter(subject="You sign in with another address now").order_by("pk")
    assert [notice.address for notice in told] == ["anna@acme.example", "anna.b@acme.example"]
    assert {notice.person for notice in told} == {acme.approver}
    assert "from anna@acme.example to anna.b@acme.example" in told[0].body
    assert not is_in(browser)
    assert is_in(sign_in(Person.objects.get(pk=acme.approver.pk)))


def test_m4_what_is_no_other_address_ends_and_tells_nothing(ada, acme):
    browser = sign_in(acme.approver)

    ada.post(page_of(acme.approver), typed(acme.approver, email="ANNA@acme.example", name="Anna B"))

    assert is_in(browser)
    assert not Notice.objects.filter(cause__startswith="security:address").exists()


def test_m4_an_administrator_who_changes_their_own_address_stays_here_and_nowhere_else(ada, cast):
    elsewhere = sign_in(cast.ada)

    ada.post(page_of(cast.ada), typed(cast.ada, email="ada.b@provider.example"))

    assert [is_in(ada), is_in(elsewhere)] == [True, False]


def test_sec11_the_address_of_before_opens_nothing_though_a_link_was_sent_there(ada, acme):
    asks = Browser()
    asks.post(reverse("account_reset_password"), {"email": acme.approver.email})
    early = link_in(mail_to(acme.approver))
    noted = EmailAddress.objects.count()
    EmailAddress.objects.create(user=acme.approver, email=acme.approver.email)  # as older links left it

    ada.post(page_of(acme.approver), typed(acme.approver, email="new@acme.example"))
    asks.post(reverse("account_reset_password"), {"email": acme.approver.email})

    assert (noted, EmailAddress.objects.count()) == (0, 0)
    assert "does not work any more" in Browser().get(early, follow=True).content.decode()
    assert "There is no account with this address." in Notice.objects.latest("pk").body
    assert not is_in(sign_in(acme.approver))


def test_sec11_a_code_that_went_to_the_address_of_before_opens_nothing(ada, acme):
    browser, code = asks_for_a_code(acme.approver)

    ada.post(page_of(acme.approver), typed(acme.approver, email="new@acme.example"))
    page = browser.post(reverse("account_confirm_login_code"), {"code": code}, follow=True)

    assert "This account has another address now." in page.content.decode()
    assert not is_in(browser)


def test_sec11_who_changes_people_shows_first_that_it_is_them(cast, acme, clock):
    browser = sign_in(cast.ada)
    pages = [ADD, page_of(acme.approver), reverse("admin:people_person_delete", args=[acme.approver.pk])]
    opened = [browser.get(path).headers["Location"] for path in pages]
    sent = [browser.post(pages[1], typed(acme.approver, name="X")), browser.post(LIST, ticked(acme.approver))]

    assert opened == [f"/accounts/reauthenticate/?next={path.replace('/', '%2F')}" for path in pages]
    assert [answer.headers["Location"] for answer in sent] == [
        f"/accounts/reauthenticate/?next={path.replace('/', '%2F')}" for path in (pages[1], LIST)
    ]
    assert "Nothing has been saved" in browser.get(LIST).content.decode()
    assert not Notice.objects.exists()
    assert Person.objects.get(pk=acme.approver.pk).name == acme.approver.name
    assert again(browser).get(pages[1]).status_code == 200
