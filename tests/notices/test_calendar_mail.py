"""A mail with something for the calendar, as RFC 6047 wants it (rules M4, R4)."""

from email import message_from_bytes, message_from_file, policy

import pytest
from django.core import mail
from django.db import IntegrityError, transaction

from notices import delivery, outbox
from notices.models import Notice
from notices.outbox import CalendarPart
from tests.cast import NOON, a_person

ICS = "BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nX-NAME:Åsa 🙂\r\nEND:VCALENDAR\r\n"
PART = CalendarPart("REQUEST", ICS, "booking@provider.example")


def a_notice(person, *, calendar=PART, body="See https://provider.example/x?a=1&b=2\n\n<b>you</b> then."):
    return outbox.write(cause="session:1:booked", person=person, subject="Booked", body=body, at=NOON, calendar=calendar)


def delivered():
    delivery.deliver_due(at=NOON)
    (message,) = mail.outbox
    return message_from_bytes(message.message().as_bytes(linesep="\r\n"), policy=policy.SMTP)


def tree(message):
    kind = message.get_content_type()
    return (kind, [tree(part) for part in message.iter_parts()]) if message.is_multipart() else kind


def test_r4_text_html_and_calendar_are_alternatives_and_the_file_comes_after(acme):
    a_notice(acme.approver)

    assert tree(delivered()) == (
        "multipart/mixed",
        [("multipart/alternative", ["text/plain", "text/html", "text/calendar"]), "application/ics"],
    )


@pytest.mark.parametrize("method", ["REQUEST", "CANCEL"])
def test_r4_the_method_is_that_of_the_object_and_its_bytes_arrive_as_they_are(acme, method):
    ics = ICS.replace("REQUEST", method)
    a_notice(acme.approver, calendar=CalendarPart(method, ics, "booking@provider.example"))

    message = delivered()

    part = next(part for part in message.walk() if part.get_content_type() == "text/calendar")
    (file,) = message.iter_attachments()
    assert (part.get_param("method"), part.get_content_charset(), part["Content-Transfer-Encoding"]) == (method, "utf-8", "8bit")
    assert part.get_payload(decode=True) == file.get_payload(decode=True) == ics.encode()
    assert (file.get_filename(), file.get_content_type()) == ("invite.ics", "application/ics")


def test_r4_it_comes_from_the_organizer_to_the_one_attendee_under_a_stable_id(acme):
    notice = a_notice(acme.approver)

    message = delivered()

    assert (message["From"], message["To"]) == ("Example Support <booking@provider.example>", "anna@acme.example")
    assert message["Message-ID"] == f"<notice-{notice.pk}.{int(NOON.timestamp())}@127.0.0.1>"
    assert message["Auto-Submitted"] == "auto-generated"


def test_m4_the_html_is_the_text_escaped_with_its_links_and_nothing_from_elsewhere(acme):
    a_notice(acme.approver)

    message = delivered()

    html = message.get_body(("html",)).get_content()
    assert '<a href="https://provider.example/x?a=1&amp;b=2" rel="nofollow">https://provider.example/x?a=1&amp;b=2</a>' in html
    assert "&lt;b&gt;you&lt;/b&gt; then." in html
    assert '<html lang="en">' in html
    assert not [word for word in ("<img", "<link", "<script", "src=", "style=") if word in html]


def test_m4_a_plain_notice_stays_plain_and_comes_from_the_provider(acme):
    a_notice(acme.approver, calendar=None)

    message = delivered()

    assert (tree(message), message["From"]) == ("text/plain", "Example Support <support@provider.example>")


def test_m4_the_embedded_default_writes_it_to_the_folder_whole(acme, settings, tmp_path):
    settings.EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    settings.EMAIL_FILE_PATH = str(tmp_path)
    a_notice(acme.approver)

    delivery.deliver_due(at=NOON)

    (written,) = tmp_path.iterdir()
    with written.open() as file:
        message = message_from_file(file, policy=policy.default)
    (file,) = message.iter_attachments()
    assert file.get_payload(decode=True) == ICS.encode()


def test_r4_each_gets_the_object_that_is_theirs(cast, acme, tmp_path, settings):
    (tmp_path / "t.subject.txt").write_text("S")
    (tmp_path / "t.body.txt").write_text("B")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    bo = a_person("Bo")

    outbox.compose(cause="x", people=[acme.approver, bo], template="t", context={}, at=NOON, extras={bo.pk: PART})

    assert list(Notice.objects.order_by("pk").values_list("person", "method", "sender")) == [
        (acme.approver.pk, "", ""),
        (bo.pk, "REQUEST", "booking@provider.example"),
    ]


def test_m4_as_many_queries_for_many_people_as_for_one(acme, tmp_path, settings, django_assert_num_queries):
    (tmp_path / "t.subject.txt").write_text("S")
    (tmp_path / "t.body.txt").write_text("B")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path]}]
    people = [acme.approver, acme.requester, *(a_person(f"Guest{number}") for number in range(5))]

    with django_assert_num_queries(5):
        outbox.compose(cause="x", people=people, template="t", context={}, at=NOON)
    with django_assert_num_queries(2):
        again = outbox.compose(cause="x", people=people, template="t", context={}, at=NOON)

    assert [notice.person for notice in again] == people
    assert Notice.objects.count() == len(people)


@pytest.mark.parametrize("columns", [{"method": "PUBLISH"}, {"sender": ""}, {"calendar": ""}])
def test_r4_the_database_refuses_an_object_without_method_or_organizer(acme, columns):
    notice = a_notice(acme.approver)

    with pytest.raises(IntegrityError), transaction.atomic():
        Notice.objects.filter(pk=notice.pk).update(**columns)


def test_r4_the_operator_sees_that_something_for_the_calendar_goes_with_it(cast, acme, client_of):
    notice = a_notice(acme.approver)

    shown = client_of(cast.ada).get(f"/desk/mail/{notice.pk}/").content.decode()

    assert "booking@provider.example" in shown
    assert "an invitation" in shown
    assert "(REQUEST)" in shown
