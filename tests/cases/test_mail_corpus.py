"""Every mail of the corpus ends where it must, nothing is lost, and the next mail is dealt with (rule S8)."""

import pytest

from cases.models import Case, CaseEvent, EventKind, Message, Voice
from notices import mailroom
from notices.models import IncomingMail, MailState
from tests.cases.mail_corpus import CORPUS, HELD, IGNORED, JOINS, NEW, NOTED, mail
from tests.cast import NOON

pytestmark = pytest.mark.django_db
ENDED = {MailState.HANDLED, MailState.HELD, MailState.IGNORED}


def ends(scene, row, fresh):
    """Where the first of the mails went."""
    said = Message.objects.filter(mail=row).first()
    if said is not None and said.voice == Voice.CLIENT:
        return JOINS if said.case_id == scene.number else NEW
    if (
        fresh
        and CaseEvent.objects.filter(pk__in=fresh, case=scene.number, internal=True, kind__in=[EventKind.NOTED, EventKind.BOUNCED]).exists()
    ):
        return NOTED
    return {MailState.HELD: HELD, MailState.IGNORED: IGNORED}.get(row.state, row.state)


@pytest.mark.parametrize("specimen", CORPUS, ids=lambda specimen: specimen.name)
def test_s8_each_mail_of_the_corpus_ends_where_it_must(scene, specimen, caplog):
    before = set(CaseEvent.objects.values_list("pk", flat=True))
    raws = list(specimen.make(scene))

    rows = [mailroom.receive(raw=raw, source="pipe", at=NOON) for raw in raws]
    mailroom.handle_due(at=NOON)

    kept = {row.pk: row for row in IncomingMail.objects.all()}
    fresh = set(CaseEvent.objects.values_list("pk", flat=True)) - before
    assert [bytes(kept[row.pk].raw) for row in rows] == raws
    assert {row.state for row in kept.values()} <= ENDED
    assert ends(scene, kept[rows[0].pk], fresh) == specimen.ends
    assert specimen.says in "".join(Message.objects.filter(mail__in=kept).values_list("text", flat=True))
    assert [record.getMessage() for record in caplog.records if record.name == "notices.mailroom" and record.exc_info] == []
    assert is_dealt_with_next()


def is_dealt_with_next():
    mailroom.receive(raw=mail(subject="The next one", identifier="<next@acme.example>"), source="pipe", at=NOON)
    mailroom.handle_due(at=NOON)
    return Case.objects.filter(subject="The next one").exists()
