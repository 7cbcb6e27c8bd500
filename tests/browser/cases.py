"""A client with a plan and cases in the queue, and the keys of the desk, for the browser tests of cases."""

from cases import words
from cases.models import Message
from cases.words import Said
from tests.cases.opened import a_case, a_dispatcher, a_plan, bind
from tests.cast import NOON, a_client, a_provider

WIDTHS = [390, 1280]


def a_queue(**members):
    """Acme with a plan, a dispatcher, and three cases: the gravest comes first in the queue."""
    acme = a_client(a_provider(), **members)
    bind(acme, a_plan(solution={1: 480, 2: 960, 3: 2400}))
    disa = a_dispatcher()
    subjects = {3: "Pictures are grey", 1: "Nothing is delivered", 2: "Export stops"}
    cases = {priority: a_case(acme, priority=priority, subject=subject) for priority, subject in subjects.items()}
    return acme, disa, cases


def a_letter(case, *, text, html=""):
    """A mail of the reporter's in the case."""
    words.client_says(case, Said(text, html=html), by=case.reporter, at=NOON, cause="browser:letter")
    return Message.objects.get(case=case, text=text)
