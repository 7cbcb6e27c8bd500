"""The pages of people: invited, changed, ended; and the page that an invitation's link opens (rules: People)."""

import re

import pytest
import time_machine
from django.core.management import CommandError, call_command
from django.test import Client as Browser
from django.urls import reverse

from clients import invitations
from clients.models import Invitation, MemberRole, Membership, StaffRole
from dashboard.whose import OWNERS, organisation_of
from notices.models import Notice
from people.models import Person
from tests.cast import NOON, PASSWORD, a_reader, an_owner

pytestmark = pytest.mark.django_db
JOIN = {"name": "Nils Nilsson", "language": "sv", "time_zone": "Europe/Oslo", "password": PASSWORD, "again": PASSWORD}


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


def text(response):
    return " ".join(response.content.decode().replace("\xa0", " ").split())


def invite(browser, client, email="nils@new.example", **fields):
    typed = {"email": email, "language": "sv", "role": "requester", "limit": "", "key": email[:30]} | fields
    return browser.post(reverse("people", args=[client.organisation.pk]), typed, follow=True)


def link():
    """The path in the latest mail of an invitation."""
    body = Notice.objects.filter(cause__startswith="sign-in:invitation:").latest("pk").body
    return re.search(r"http://[^/]+(/invitations/\S+/)", body).group(1)


def test_people_an_owner_invites_in_the_language_of_the_invited(acme, client_of):
    page = text(invite(client_of(an_owner(acme)), acme, limit="", role="approver"))

    assert "nils@new.example has been invited." in page
    notice = Notice.objects.get()
    assert (notice.address, notice.language, notice.cause) == (
        "nils@new.example",
        "sv",
        f"sign-in:invitation:{Invitation.objects.get().pk}:1",
    )
    assert "good until" in page


def test_people_who_owns_nothing_finds_no_page(acme, borealis, cast, client_of):
    an_owner(borealis)
    for person in (acme.approver, acme.requester, borealis.approver, cast.max, cast.fia):
        assert client_of(person).get(reverse("people", args=[acme.organisation.pk])).status_code == 404
    assert client_of(acme.approver).get(reverse("people-mine")).status_code == 403
    assert client_of(cast.ada).get(reverse("people", args=[acme.organisation.pk])).status_code == 200


def test_people_the_link_changes_nothing_when_it_is_opened_and_signs_in_when_it_is_sent(acme, client_of):
    invite(client_of(an_owner(acme)), acme)
    visitor, path = Browser(), link()
    session = visitor.session
    session["kept"] = "by the visitor"
    session.save()
    before = session.session_key

    opened = visitor.get(path)
    assert (opened.status_code, opened.headers["Cache-Control"]) == (200, "max-age=0, no-cache, no-store, must-revalidate, private")
    assert not Person.objects.filter(email="nils@new.example").exists()
    page = visitor.post(path, JOIN, follow=True)

    nils = Person.objects.get(email="nils@new.example")
    assert (page.wsgi_request.user, nils.language, nils.memberships.get().role) == (nils, "sv", "requester")
    assert visitor.session.session_key != before
    assert "kept" not in visitor.session
    assert Browser().get(path).status_code == 410


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"password": "kort", "again": "kort"}, 422),
        ({"password": "password", "again": "password"}, 422),
        ({"again": "something-else-long"}, 422),
        ({"time_zone": "Mars/Base"}, 422),
        ({"name": ""}, 422),
    ],
)
def test_people_what_is_wrong_is_said_and_nothing_is_made(acme, client_of, fields, status):
    invite(client_of(an_owner(acme)), acme)

    answer = Browser().post(link(), JOIN | fields)

    assert (answer.status_code, Person.objects.filter(email="nils@new.example").exists()) == (status, False)
    assert PASSWORD not in text(answer)


def test_people_somebody_known_signs_in_first_then_accepts(acme, borealis, client_of):
    invite(client_of(an_owner(acme)), acme, borealis.requester.email)
    path = link()

    first = Browser().get(path)
    assert (first.status_code, f"/accounts/login/?next={path}" in text(first), borealis.requester.email in text(first)) == (
        200,
        True,
        False,
    )
    assert Browser().post(path, JOIN).status_code == 409
    assert "You belong to Acme now." in text(client_of(borealis.requester).post(path, follow=True))


def test_people_whatever_is_wrong_with_a_link_is_said_the_same(acme, borealis, client_of):
    anna = client_of(an_owner(acme))
    invite(anna, acme)
    withdrawn = link()
    anna.post(reverse("invitation-withdraw", args=[Invitation.objects.get().pk]))
    assert not Notice.objects.filter(cause__startswith="sign-in:invitation:").exists()
    invite(anna, acme, "other@new.example")
    other = link()

    said = {text(Browser().get(path)).replace(path, "") for path in (withdrawn, "/invitations/nothing/", "/invitations/" + "x" * 43 + "/")}
    stranger = client_of(borealis.approver).get(other)

    assert len(said) == 1
    assert "This invitation is not valid any more." in said.pop()
    assert (stranger.status_code, "Acme" in text(stranger), "other@new.example" in text(stranger)) == (409, False, False)


def test_people_a_role_is_changed_and_a_place_ended_on_its_page(acme, client_of):
    anna = client_of(an_owner(acme))
    rolf = Membership.objects.get(person=acme.requester)

    changed = anna.post(
        reverse("member", args=[rolf.pk]), {"role": "approver", "limit": "5 000,00", "is_owner": "on", "reason": "Decides now"}
    )
    refused = anna.post(reverse("member", args=[rolf.pk]), {"role": "requester", "limit": "5000", "reason": "Other work"})
    ended = anna.post(reverse("member-end", args=[rolf.pk]), {"reason": "Left us"}, follow=True)

    assert (changed.status_code, refused.status_code) == (302, 409)
    assert "Rolf Testsson no longer belongs to Acme." in text(ended)
    kept = Membership.history.filter(person=acme.requester).order_by("history_id").values_list("role", "history_change_reason")
    assert list(kept) == [("requester", None), ("approver", "Decides now"), ("approver", "Left us")]


@pytest.mark.parametrize("reason", ["", "  ", "x" * 101])
def test_people_nothing_is_changed_without_a_reason_that_others_can_read(cast, acme, client_of, reason):
    anna, ada, rolf = client_of(an_owner(acme)), client_of(cast.ada), Membership.objects.get(person=acme.requester)
    place = {"role": "reader", "limit": "", "reason": reason}
    fia = StaffRole.objects.get(person=cast.fia)

    answers = [
        anna.post(reverse("member", args=[rolf.pk]), place),
        anna.post(reverse("member-end", args=[rolf.pk]), {"reason": reason}),
        ada.post(reverse("desk-duty-give", args=[cast.fia.pk]), {"duty": "dispatcher", "reason": reason}),
        ada.post(reverse("desk-duty-take", args=[fia.pk]), {"reason": reason}),
    ]

    assert [answer.status_code for answer in answers] == [422] * 4
    assert "Say why: it is kept in the audit log." in text(answers[-1])
    assert (Membership.objects.get(pk=rolf.pk).role, StaffRole.objects.filter(person=cast.fia).count()) == ("requester", 1)


def test_people_the_last_owner_is_told_why_they_cannot_leave(acme, client_of):
    anna = an_owner(acme)
    answer = client_of(anna).post(reverse("member-end", args=[Membership.objects.get(person=anna).pk]), {"reason": "Leaves"})

    assert (answer.status_code, "Somebody has to look after the organisation’s people." in text(answer)) == (409, True)


def test_people_a_reader_sees_pages_and_no_word_of_booking(acme, client_of):
    lena = client_of(a_reader(acme))
    for name in ("home", "cases", "sessions", "credit", "deputies", "purchase-orders"):
        assert lena.get(reverse(name), follow=True).status_code == 200
    assert 'href="/sessions/new/"' not in text(lena.get(reverse("cases")))


def test_people_duties_are_given_and_taken_at_the_desk(cast, client_of):
    ada, fia = client_of(cast.ada), cast.fia
    given = ada.post(reverse("desk-duty-give", args=[fia.pk]), {"duty": "dispatcher", "reason": "Helps out"}, follow=True)
    own = ada.post(reverse("desk-duty-give", args=[cast.ada.pk]), {"duty": "finance", "reason": "Helps out"})
    taken = ada.post(
        reverse("desk-duty-take", args=[StaffRole.objects.get(person=fia, duty="dispatcher").pk]), {"reason": "Done"}, follow=True
    )
    last = ada.post(reverse("desk-duty-take", args=[StaffRole.objects.get(person=cast.ada).pk]), {"reason": "Done"})

    assert "Fia Testsson has the duty: Dispatcher." in text(given)
    assert (own.status_code, last.status_code) == (409, 409)
    assert "Fia Testsson no longer has the duty: Dispatcher." in text(taken)
    assert client_of(cast.max).get(reverse("desk-people")).status_code == 404


def test_people_the_first_owner_is_invited_from_the_command_line(db, capsys):
    call_command("create_owner", "Olga@provider.example", language="en")
    first = capsys.readouterr().out
    call_command("create_owner", "olga@provider.example", language="en")
    path = re.search(r"(/invitations/\S+/)", capsys.readouterr().out).group(1)

    assert Browser().get(re.search(r"(/invitations/\S+/)", first).group(1)).status_code == 410
    assert Browser().post(path, JOIN | {"name": "Olga"}).status_code == 302
    olga = Person.objects.get(email="olga@provider.example")
    assert (olga.is_superuser, [role.duty for role in olga.staff_roles.all()]) == (True, ["administrator"])
    call_command("create_owner", "olga@provider.example")
    assert "is an administrator already" in capsys.readouterr().out
    with pytest.raises(CommandError, match="There is an administrator already"):
        call_command("create_owner", "second@provider.example")
    call_command("create_owner", "second@provider.example", force=True)
    assert Invitation.objects.filter(closed_at=None).get().email == "second@provider.example"


def test_people_several_organisations_are_worked_for_one_at_a_time(acme, borealis, client_of):
    anna = acme.approver
    Membership.objects.create(person=anna, organisation=borealis.organisation, role=MemberRole.APPROVER)
    browser = client_of(anna)
    assert "All organisations" in text(browser.get("/"))

    home = text(browser.post(reverse("organisation-choose"), {"organisation": borealis.organisation.pk}, follow=True))
    assert "<small>You work for</small>Borealis" in home
    assert [account.organisation for account in _accounts(browser)] == [borealis.organisation]

    page = text(browser.get(reverse("statement", args=[acme.account.pk])))
    assert "<small>You work for</small>Acme" in page
    assert [account.organisation for account in _accounts(browser)] == [acme.organisation]
    assert browser.post(reverse("organisation-choose"), {"organisation": 999}).status_code == 404
    browser.post(reverse("organisation-choose"), {"organisation": "0"})
    assert len(_accounts(browser)) == 2


def _accounts(browser):
    return [facts.account for facts in browser.get("/").context["home"].accounts]


def test_people_a_choice_of_an_organisation_that_is_left_is_forgotten(acme, borealis, client_of):
    anna = acme.approver
    place = Membership.objects.create(person=anna, organisation=borealis.organisation, role=MemberRole.APPROVER)
    browser = client_of(anna)
    browser.post(reverse("organisation-choose"), {"organisation": borealis.organisation.pk})

    place.delete()

    assert "Borealis" not in text(browser.get("/"))


def test_people_a_link_that_was_renewed_is_counted(acme, client_of, settings):
    settings.INVITATIONS_PER_HOUR = 1
    anna = client_of(an_owner(acme))
    invite(anna, acme)
    answer = anna.post(
        reverse("people", args=[acme.organisation.pk]), {"email": "b@new.example", "language": "sv", "role": "reader", "key": "other"}
    )

    assert (answer.status_code, "You have sent many invitations" in text(answer)) == (409, True)
    assert invitations.visible_to(Person.objects.get(pk=acme.approver.pk)).count() == 1


def test_people_every_id_of_the_portal_leads_to_an_organisation():
    for model, path in OWNERS.values():
        assert model._default_manager.values_list(path).query.get_compiler("default").as_sql()[0], path
    assert organisation_of({"session_id": 999_999}) is None
    assert organisation_of({"slug": "x"}) is None
    assert organisation_of({"organisation_id": 7}) == 7
