"""What comes in by mail is kept first, then led on; nothing is lost, and no mail keeps another waiting (rule S8)."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, transaction

from core.errors import NotAllowed
from notices import mailroom
from notices.mailroom import MailNotHeld, MailTooLarge, Outcome, handle_due, receive, receive_head
from notices.models import IncomingMail, MailState, Notice
from tests.cast import NOON
from tests.notices import mails
from tests.racing import race

LATER = NOON + timedelta(days=1)


@pytest.fixture
def routes(monkeypatch):
    """The routes, so that a test can have its own for a while."""
    monkeypatch.setattr(mailroom, "_ROUTES", {})
    return mailroom._ROUTES


@pytest.fixture
def taken_in(db):
    def take_in(raw=None, at=NOON):
        return receive(raw=mails.ordinary() if raw is None else raw, source="pipe", at=at)

    return take_in


def now(mail):
    mail.refresh_from_db()
    return mail.state, mail.route, mail.outcome


def test_s8_a_mail_is_kept_byte_for_byte_before_it_is_read(taken_in):
    mail = IncomingMail.objects.get(pk=taken_in(b"\xff\0 no mail at all").pk)

    assert (bytes(mail.raw), mail.size, mail.source, mail.state) == (b"\xff\0 no mail at all", 17, "pipe", MailState.WAITING)
    assert (mail.subject, mail.received_at) == ("", NOON)


def test_s8_the_same_bytes_again_are_the_same_mail(taken_in):
    first, again, other = taken_in(), taken_in(at=LATER), taken_in(mails.ordinary(body="Another"))

    assert (again.pk, again.received_at) == (first.pk, NOON)
    assert other.pk != first.pk


def test_a_mail_that_is_too_large_is_refused_whole(db, monkeypatch):
    monkeypatch.setattr(mailroom, "LARGEST", 100)

    with pytest.raises(MailTooLarge):
        receive(raw=b"x" * 101, source="pipe", at=NOON)
    assert not IncomingMail.objects.exists()


def test_the_head_of_one_that_stays_elsewhere_is_held(db):
    mail = receive_head(head=mails.ordinary(body=""), source="imap", at=NOON)

    assert now(mail) == (MailState.HELD, "", mailroom.TOO_LARGE)
    assert mail.subject == "A question"


@pytest.mark.parametrize("name", mails.MADE)
def test_s8_every_mail_ends_where_it_belongs_and_is_all_there(cast, name):
    raw = mails.bytes_of(name)
    mail = receive(raw=raw, source="pipe", at=NOON)

    assert handle_due(at=NOON) == 1

    mail.refresh_from_db()
    assert (mail.state, bool(mail.outcome), bytes(mail.raw) == raw) == (mails.MADE[name][1], True, True)
    assert not Notice.objects.exists()


def test_a_route_takes_what_it_knows_and_says_what_it_did(taken_in, routes):
    mailroom.register("question", lambda mail: mail.subject == "A question", lambda *_: Outcome(MailState.HANDLED, "Answered."))
    mine, other = taken_in(), taken_in(mails.ordinary().replace(b"A question", b"Else"))

    assert handle_due(at=NOON) == 2

    assert (now(mine), now(other)) == ((MailState.HANDLED, "question", "Answered."), (MailState.HELD, "", mailroom.UNKNOWN))
    assert (mine.sender, mine.subject, mine.message_id, mine.handled_at) == ("rolf@acme.example", "A question", "<a1@acme.example>", NOON)


def test_the_lowest_floor_is_asked_first(taken_in, routes):
    for name in ("upper", "lower"):  # an upper floor is installed, and so gets ready, before a lower one
        mailroom.register(name, lambda _: True, lambda *_: Outcome(MailState.HANDLED, "Done."))
    mail = taken_in()

    handle_due(at=NOON)

    assert now(mail)[1] == "lower"


def test_whoever_takes_the_rest_is_asked_last_whatever_their_floor(taken_in, routes):
    for register, name in ((mailroom.register, "upper"), (mailroom.register_last, "lower, for the rest")):
        register(name, lambda _: True, lambda *_: Outcome(MailState.HANDLED, "Done."))
    mail = taken_in()

    handle_due(at=NOON)

    assert now(mail)[1] == "upper"


def test_a_mail_of_our_own_reaches_no_route(taken_in, routes):
    mailroom.register("everything", lambda _: True, lambda *_: Outcome(MailState.HANDLED, "Done."))
    mail = taken_in(mails.bytes_of("our own, come back"))

    handle_due(at=NOON)

    assert now(mail)[:2] == (MailState.IGNORED, "")


def test_s8_a_poisonous_mail_stops_nobody_and_is_held_in_the_end(taken_in, routes):
    def poisoned(mail, row, at):
        IncomingMail.objects.filter(pk=row.pk).update(route="half done")
        if mail.subject == "Poison":
            raise RecursionError("too\ndeep")
        return Outcome(MailState.HANDLED, "Done.")

    mailroom.register("r", lambda _: True, poisoned)
    poison, good = taken_in(mails.ordinary().replace(b"A question", b"Poison")), taken_in()

    done = [handle_due(at=NOON + timedelta(days=day)) for day in range(7)]

    assert done == [1, 0, 0, 0, 0, 0, 0]
    assert now(good)[0] == MailState.HANDLED
    assert (*now(poison), poison.attempts) == (MailState.HELD, "", "RecursionError: too deep", mailroom.MOST_ATTEMPTS)


def test_what_failed_is_tried_again_after_a_pause(taken_in, routes):
    failing = [DatabaseError("deadlock")]

    def handle(*_):
        if failing:
            raise failing.pop()
        return Outcome(MailState.HANDLED, "Done.")

    mailroom.register("r", lambda _: True, handle)
    mail = taken_in()

    assert [handle_due(at=NOON), handle_due(at=NOON + timedelta(seconds=30)), handle_due(at=NOON + timedelta(minutes=3))] == [0, 0, 1]
    assert now(mail) == (MailState.HANDLED, "r", "Done.")


def test_s8_a_mail_that_kills_the_process_is_held_in_the_end(taken_in, routes):
    def die(*_):
        raise KeyboardInterrupt

    mailroom.register("r", lambda _: True, die)
    mail = taken_in()
    for day in range(mailroom.MOST_ATTEMPTS):
        with pytest.raises(KeyboardInterrupt):
            handle_due(at=NOON + timedelta(days=day))

    assert handle_due(at=NOON + timedelta(days=9)) == 0
    assert now(mail) == (MailState.HELD, "", mailroom.NEVER_CAME_BACK)


def test_a_held_mail_can_be_handled_again(cast, taken_in):
    mail = taken_in()
    handle_due(at=NOON)

    again = mailroom.retry(mail=mail, by=cast.ada, at=LATER)

    assert (again.state, again.outcome, handle_due(at=LATER)) == (MailState.WAITING, "", 1)
    assert now(mail)[0] == MailState.HELD


def test_only_a_held_one_and_only_by_an_administrator(cast, taken_in):
    mail = taken_in()

    with pytest.raises(MailNotHeld):
        mailroom.retry(mail=mail, by=cast.ada, at=NOON)
    with pytest.raises(NotAllowed):
        mailroom.retry(mail=mail, by=cast.max, at=NOON)


def test_only_administrators_see_mails(cast, acme, taken_in):
    taken_in()

    assert [mailroom.visible_to(person).count() for person in (cast.ada, cast.max, acme.approver)] == [1, 0, 0]


def test_the_database_keeps_what_came_in_as_it_came(taken_in):
    mail = taken_in()

    with pytest.raises(DatabaseError), transaction.atomic():
        IncomingMail.objects.filter(pk=mail.pk).update(raw=b"other")


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_s8_many_who_bring_and_handle_the_same_mail_do_it_once(routes):
    acted = []

    def handle(_mail, row, _at):
        acted.append(row.pk)
        return Outcome(MailState.HANDLED, "Done.")

    mailroom.register("r", lambda _: True, handle)

    def bring_and_handle(_number):
        return receive(raw=mails.ordinary(), source="pipe", at=NOON).pk, handle_due(at=NOON)

    outcome = race(8, bring_and_handle)

    assert (outcome.errors, len({pk for pk, _ in outcome.results}), len(acted)) == ([], 1, 1)
    assert outcome.most_inside >= 2
    assert sum(done for _, done in outcome.results) == 1
