"""Everything about cases that has an address, for the walk through every address (see `belongings.py`)."""

from cases.models import Message, Voice
from tests.cast import NOON, Cast, Client
from tests.journeys.belongings import Own
from tests.journeys.belongings_of_audit import audit_pages
from tests.journeys.belongings_of_bank import bank_pages
from tests.journeys.belongings_of_books import book_pages
from tests.journeys.belongings_of_cases import portal_of_cases, reported
from tests.journeys.belongings_of_course import course_pages
from tests.journeys.belongings_of_debts import debt_pages
from tests.journeys.belongings_of_delivery import delivery_pages
from tests.journeys.belongings_of_desk import desk_pages
from tests.journeys.belongings_of_failures import failure_pages
from tests.journeys.belongings_of_figures import figures_pages
from tests.journeys.belongings_of_help import help_pages
from tests.journeys.belongings_of_invoicing import invoicing_pages
from tests.journeys.belongings_of_on_call import on_call_pages
from tests.journeys.belongings_of_orders import order_pages
from tests.journeys.belongings_of_overdue import overdue_pages
from tests.journeys.belongings_of_payouts import payout_pages
from tests.journeys.belongings_of_people import people_pages
from tests.journeys.belongings_of_plan_fees import plan_fee_pages
from tests.journeys.belongings_of_privacy import privacy_pages
from tests.journeys.belongings_of_sending import sending_pages
from tests.journeys.belongings_of_sign_ins import sign_in_pages
from tests.journeys.belongings_of_visits import visit_pages


def cases_everywhere(cast: Cast, acme: Client) -> dict[str, Own]:
    """Cases of Acme's on both sides, what staff does about them, help, and who is on call."""
    things = reported(acme)
    facts = {"case": things.case, "voice": Voice.CLIENT, "author": acme.requester, "text": "Hi", "at": NOON}
    letter = Message.objects.create(html="<p>Hi</p>", cause=f"letter:{acme.account.pk}", **facts)
    found = portal_of_cases(cast, acme, things) | desk_pages(cast, acme) | help_pages(cast, acme)
    found |= course_pages(cast, acme) | on_call_pages(cast, acme) | visit_pages(cast, acme) | delivery_pages(cast, acme)
    found |= invoicing_pages(cast, acme)
    found |= bank_pages(cast, acme)
    found |= book_pages(cast, acme)
    found |= debt_pages(cast, acme)
    found |= overdue_pages(cast, acme)
    found |= failure_pages(cast, acme)
    found |= figures_pages(cast, acme)
    found |= sending_pages(cast, acme)
    found |= payout_pages(cast, acme)
    found |= order_pages(cast, acme)
    found |= plan_fee_pages(cast, acme)
    found |= audit_pages(cast, acme)
    found |= sign_in_pages(cast, acme)
    found |= people_pages(cast, acme)
    found |= privacy_pages(cast, acme)
    ids = {"case_id": things.case.pk, "message_id": letter.pk}
    return found | {"case-message-html": Own(ids, acme.requester, strangers=[cast.fia])}
