"""An invitation as calendar programs read it (rule R4; RFC 5545, 5546): one event, one ORGANIZER, one ATTENDEE.

Pure: no database, no clock. Names and texts are finished, in their reader's language; whatever stands in them, none
can become a property of its own, or turn round the direction of what stands beside it.
"""

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from urllib.parse import quote

from icalendar import Calendar, Event, vCalAddress

from notices import vevents
from notices.vevents import Facts, printable

PRODUCT = "-//Tillgodo//Remote sessions//EN"
TURNING = re.compile("[\N{LEFT-TO-RIGHT EMBEDDING}-\N{RIGHT-TO-LEFT OVERRIDE}\N{LEFT-TO-RIGHT ISOLATE}-\N{POP DIRECTIONAL ISOLATE}]")
NOT_IN_ADDRESSES = re.compile(r'[\x00-\x20"%<>\\^`{|}\x7f]')


class Method(StrEnum):
    """What a calendar program is asked to do with an object (RFC 5546)."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"


@dataclass(frozen=True)
class Party:
    """Somebody in an invitation: a name, and an address of mail."""

    name: str
    address: str


class Partstat(StrEnum):
    """How an invitee has answered (PARTSTAT, RFC 5545)."""

    NEEDS_ACTION = "NEEDS-ACTION"
    ACCEPTED = "ACCEPTED"
    TENTATIVE = "TENTATIVE"
    DECLINED = "DECLINED"


def written(method: Method, facts: Facts, *, organizer: Party, attendee: Party, answer: Partstat) -> str:
    """The object as text, with CRLF line ends, folded at 75 octets."""
    event = vevents.event(replace(facts, summary=straight(facts.summary), description=straight(facts.description)))
    _invite(event, method, organizer, attendee, answer)
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", method.value)
    calendar.add_component(event)
    return str(calendar.to_ical(), "utf-8")


def straight(text: str) -> str:
    """The text without characters that turn round the direction of writing, which could make it look like another."""
    return TURNING.sub("", text)


def _invite(event: Event, method: Method, organizer: Party, attendee: Party, answer: Partstat) -> None:
    """Who asks, and whom. Who is no longer invited is not asked to answer."""
    event["organizer"] = _address(organizer)
    asked = _address(attendee)
    asked.params["CUTYPE"] = "INDIVIDUAL"
    asked.params["ROLE"] = "REQ-PARTICIPANT"
    asked.params["PARTSTAT"] = answer.value
    asked.params["RSVP"] = "TRUE" if method is Method.REQUEST else "FALSE"
    event["attendee"] = asked


def _address(party: Party) -> vCalAddress:
    """The address as a URI (RFC 6068), with the name on one line. Double quotes have no place in it (RFC 5545)."""
    address = vCalAddress("mailto:" + NOT_IN_ADDRESSES.sub(lambda found: quote(found[0]), party.address))
    address.params["CN"] = straight(" ".join(printable(party.name, keep="").split())).replace('"', "'")
    return address
