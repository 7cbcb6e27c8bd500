"""Everything about cases that has an address, for the walk through every address (see `belongings.py`)."""

from cases.models import Message, Voice
from tests.cast import NOON, Cast, Client
from tests.journeys.belongings import Own
from tests.journeys.belongings_of_cases import portal_of_cases, reported
from tests.journeys.belongings_of_course import course_pages
from tests.journeys.belongings_of_desk import desk_pages
from tests.journeys.belongings_of_help import help_pages
from tests.journeys.belongings_of_on_call import on_call_pages


def cases_everywhere(cast: Cast, acme: Client) -> dict[str, Own]:
    """Cases of Acme's on both sides, what staff does about them, help, and who is on call."""
    things = reported(acme)
    facts = {"case": things.case, "voice": Voice.CLIENT, "author": acme.requester, "text": "Hi", "at": NOON}
    letter = Message.objects.create(html="<p>Hi</p>", cause=f"letter:{acme.account.pk}", **facts)
    found = portal_of_cases(cast, acme, things) | desk_pages(cast, acme) | help_pages(cast, acme)
    found |= course_pages(cast, acme) | on_call_pages(cast, acme)
    ids = {"case_id": things.case.pk, "message_id": letter.pk}
    return found | {"case-message-html": Own(ids, acme.requester, strangers=[cast.fia])}
