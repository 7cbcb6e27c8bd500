"""Everyone chooses what they are told, by kind and channel; what matters always comes (rule M4)."""

import pytest
from django.db import IntegrityError, transaction
from django.template import TemplateDoesNotExist
from django.template.loader import get_template
from django.urls import reverse

from notices import choices, outbox
from notices.kinds import KIND_OF, Kind
from notices.models import Channel, Notice, NotificationChoice
from tests.cast import NOON

pytestmark = pytest.mark.django_db
LOW = "credits/mail/low_balance"


def compose(template, *people, cause="c"):
    account = {"available_minutes": 60, "pk": 1}
    context = {"account": account, "level": 120}
    return outbox.compose(cause=cause, people=people, template=template, context=context, at=NOON)


def test_m4_every_kind_has_texts_that_exist():
    assert set(KIND_OF.values()) == set(Kind)
    for template in KIND_OF:
        try:
            get_template(f"{template}.body.txt")
        except TemplateDoesNotExist:  # pragma: no cover
            pytest.fail(template)


def test_m4_what_is_chosen_away_is_not_written_and_the_rest_is(acme):
    choices.choose(person=acme.approver, wanted={kind: frozenset({Channel.EMAIL}) for kind in Kind if kind != Kind.BALANCE})

    compose(LOW, acme.approver, acme.requester)
    outbox.write(cause="d", person=acme.approver, subject="Always", body="Always", at=NOON)

    assert set(Notice.objects.values_list("cause", "address")) == {("c", acme.requester.email), ("d", acme.approver.email)}


def test_m4_a_text_comes_to_who_asked_for_it_and_has_a_number(acme, settings):
    settings.SMS_URL = "https+form://user:password@gateway.example/send?from=Support"
    anna = acme.approver
    anna.mobile = "+46701234567"
    anna.save()
    choices.choose(person=anna, wanted={Kind.BALANCE: frozenset({Channel.SMS})})

    compose(LOW, anna)

    notice = Notice.objects.get()
    assert (notice.channel, notice.address, notice.body) == ("sms", "+46701234567", notice.subject)


def test_m4_without_a_gateway_a_choice_of_texts_falls_away(acme):
    anna = acme.approver
    NotificationChoice.objects.create(person=anna, kind=Kind.BALANCE, channel=Channel.SMS, wanted=True)
    compose(LOW, anna)
    assert [notice.channel for notice in Notice.objects.all()] == ["email"]


def test_m4_the_page_keeps_what_is_ticked_and_names_what_always_comes(acme, client_of):
    browser = client_of(acme.approver)
    browser.post(reverse("notifications"), {"case_words-email": "on"})
    page = browser.get(reverse("notifications")).content.decode()

    assert choices.choices_of(acme.approver) == {kind: frozenset({Channel.EMAIL} if kind == Kind.CASE_WORDS else ()) for kind in Kind}
    assert "Penalties, credit that expires, invoices and their reminders" in page


def test_m4_one_query_for_many_people_and_none_for_what_always_comes(acme, django_assert_num_queries):
    with django_assert_num_queries(1):
        choices.ways(LOW, [acme.approver, acme.requester])
    with django_assert_num_queries(0):
        choices.ways("sessions/mail/booked", [acme.approver, acme.requester])


def test_m4_only_known_kinds_and_channels_are_kept_in_the_database(acme):
    for wrong in ({"kind": "penalties", "channel": "email"}, {"kind": "balance", "channel": "webhook"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            NotificationChoice.objects.create(person=acme.approver, wanted=False, **wrong)
