"""SEC5, what goes out. Whatever stands in a title, a name or a text, it is no property of an invitation (rule R4).

Line breaks of every kind, whole objects, control characters and those that turn the direction of writing, lines that
are folded inside of characters of several bytes: icalendar and ical.js read one event from each object, with the
properties that were written and no other, and the same as what was put in.
"""

import random
import re
from datetime import timedelta

import pytest
from icalendar import Calendar

from clients.models import Organisation, Provider
from notices import invitation_objects
from notices.invitation_objects import Method, Partstat, Party
from notices.vevents import Facts, Status
from people.models import Person
from sessions import attendance, changes
from sessions.models import Purpose
from tests.cast import NOON
from tests.proofs.sizes import SEED, SIZE, say
from tests.readers import reading
from tests.sessions.booked import book
from tests.sessions.invited import sent

OBJECT = "END:VEVENT\r\nBEGIN:VEVENT\r\nUID:evil\r\nATTENDEE:mailto:evil@evil.example\r\nEND:VEVENT"
PAYLOADS = {
    "CR LF": "\r\nATTENDEE:mailto:evil@evil.example",
    "LF": "\nX-EVIL:1",
    "CR": "\rX-EVIL:1",
    "an object": f"\r\n{OBJECT}",
    "escaped": "\\nX-EVIL:1\\;\\,\\\\",
    "folded": "\r\n X-EVIL:1\r\n\tX-EVIL:2",
    "next line": "\x85X-EVIL:1",
    "line separator": "\u2028X-EVIL:1",
    "paragraph separator": "\u2029X-EVIL:1",
    "vertical tab, form feed": "\x0bX-EVIL:1\x0cX-EVIL:2",
    "separators": "\x1cX-EVIL:1\x1dX-EVIL:2\x1eX-EVIL:3",
    "control": "\x01\x07\x1b[31m\x7f\x9b",
    "turned round": "\u202eevil\u202c\u2066evil\u2069",
    "quotes": '";X-EVIL=1:mailto:evil@evil.example;CN="',
    "circumflex": "^n^'^^",
    "emoji": "👩‍👩‍👧‍👦🇸🇪🙂" * 5,
    "many bytes": "åäö€𝔘" * 9,
    "colons": ";VALUE=DATE:20000101",
}
EXPECTED = sorted(
    ["attendee", "description", "dtend", "dtstamp", "dtstart", "organizer", "sequence", "status", "summary", "transp", "uid", "url"],
)
HARMFUL = re.compile("[\x00-\x09\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")
AROUND = ["calscale", "method", "prodid", "version"]


@pytest.fixture
def spoil(cast, acme):
    """Puts a text into everything that has a name and goes into an invitation."""

    def spoiled(text):
        for model in (Organisation, Person, Provider):
            for row in model._default_manager.all():
                model._default_manager.filter(pk=row.pk).update(name=f"{row.name[:12]}{text}"[:110])
        Purpose.objects.update(name_en=f"Processes{text}"[:110], prepare_en=f"A backup{text}")
        acme.account.organisation.refresh_from_db()
        for thing in (acme.organisation, acme.approver, acme.requester, cast.max, cast.purpose):
            thing.refresh_from_db()

    return spoiled


@pytest.mark.parametrize("text", PAYLOADS.values(), ids=PAYLOADS.keys())
def test_nothing_that_was_typed_becomes_a_property(cast, acme, spoil, text):
    spoil(text)
    session = book(cast, acme, credit=480, title=f"Disk{text}"[:120])
    mails = sent(at=NOON)
    attendance.invite(session=session, person=acme.approver, by=acme.requester, at=NOON)
    mails += sent(at=NOON)
    changes.cancel(session=session, shown_minutes=0, by=acme.requester, at=NOON, reason=f"Never mind{text}")
    mails += sent(at=NOON)

    raws = [mail.ics for mail in mails if mail.part]

    say("SEC5 mails", objects=len(raws), text=repr(text)[:40])
    assert len(raws) == 8
    assert [wrong for raw in raws for wrong in faults(raw)] == []


def test_texts_at_random_are_read_as_they_were_written_by_icalendar_and_ical_js():
    chance = random.Random(SEED)
    texts = [noise(chance) for _ in range(max(60, SIZE.payloads * 20))]
    raws = [an_object(text) for text in texts]

    assert [wrong for raw in raws for wrong in faults(raw)] == []
    read = [object_["ical_js"] for object_ in reading.in_node(raws)]
    ours = [Calendar.from_ical(raw).walk("VEVENT") for raw in raws]
    assert [len(object_["events"]) for object_ in read] == [len(events) for events in ours] == [1] * len(raws)
    assert {tuple(object_["events"][0]["properties"]) for object_ in read} == {tuple(EXPECTED)}
    assert {tuple(object_["properties"]) for object_ in read} == {tuple(AROUND)}
    assert [object_["events"][0]["summary"] for object_ in read] == [
        str(Calendar.from_ical(raw).walk("VEVENT")[0]["summary"]) for raw in raws
    ]
    say("SEC5 noise", objects=len(raws), longest=max(map(len, raws)))


def faults(raw):
    """What is wrong with an object: lines, folds, events, properties, or parties that were not put there."""
    text = raw.decode()
    (event,) = Calendar.from_ical(raw).walk("VEVENT")
    return [
        *(f"a line that ends with less than CR LF: {line!r}" for line in text.split("\r\n") if re.search(r"[\r\n]", line)),
        *(f"{len(line)} octets" for line in raw.split(b"\r\n") if len(line) > 75),
        *(
            f"{character!r} in it"
            for character in text
            if character in "\u202e\u202c\u2066\u2069\x85\u2028\u2029" or 0x7F <= ord(character) < 0xA0
        ),
        *(f"{character!r} in it" for character in text if ord(character) < 0x20 and character not in "\r\n"),
        *([] if sorted(name.lower() for name in event) == EXPECTED else [f"properties {sorted(event)}"]),
        *([] if len(re.findall(r"^BEGIN:VEVENT\r$", text, re.MULTILINE)) == 1 else ["another event"]),
        *([] if not isinstance(event["attendee"], list) and "evil" not in str(event["attendee"]) else ["another attendee"]),
    ]


def an_object(text):
    facts = Facts(
        uid="1@tillgodo",
        sequence=0,
        stamp=NOON,
        starts_at=NOON,
        ends_at=NOON + timedelta(hours=1),
        status=Status.CONFIRMED,
        summary=f"Disk{text}",
        description=f"What to prepare:\n{text}",
        url="https://provider.example/sessions/1/",
    )
    organizer, attendee = Party(f"Support{text}", "support@provider.example"), Party(f"Rolf{text}", "rolf@acme.example")
    return invitation_objects.written(Method.REQUEST, facts, organizer=organizer, attendee=attendee, answer=Partstat.NEEDS_ACTION).encode()


def noise(chance):
    """Some hundred characters of the kinds that do harm, and letters between them."""
    bits = [*PAYLOADS.values(), "\x00", "a", " ", "å", "€", "𝔘", "BEGIN:VALARM", "END:VCALENDAR", "\r\n", "\n", ":", ";", ",", '"', "\\"]
    return "".join(chance.choice(bits) for _ in range(chance.randrange(1, 40)))
