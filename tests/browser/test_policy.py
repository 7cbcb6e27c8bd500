"""SEC9 in Chromium: in ordinary use, and with payloads in every text, no script but ours runs and the policy has nothing to report."""

from itertools import chain

import pytest
import time_machine

from people.models import Person
from tests.browser.cases import a_letter, a_queue
from tests.cast import NOON
from tests.proofs.sizes import SIZE, say
from tests.proofs.tags import payloads, tagged_texts

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
LISTEN = """
    window.reported = [];
    document.addEventListener("securitypolicyviolation", event => window.reported.push(`${event.violatedDirective} ${event.blockedURI}`));
    window.alert = words => window.reported.push(`alert ${words}`);
"""
PORTAL = ["/", "/cases/", "/cases/new/", "/credit/", "/sessions/", "/help/", "/me/"]
DESK = ["/desk/day/", "/desk/cases/", "/desk/week/", "/desk/clients/", "/desk/delivery/", "/desk/help/"]


@pytest.mark.parametrize("language", ["en", "sv"])
@pytest.mark.parametrize("said", [[], payloads(SIZE.tags)], ids=["ordinary", "hostile"])
def test_sec9_no_script_but_ours_runs_and_the_policy_reports_nothing(window_of, language, said):
    with time_machine.travel(NOON, tick=True):
        acme, disa, cases = a_queue()
        a_letter(cases[1], text="See below.", html="<p>See <b>below</b></p>")
        Person.objects.update(language=language)
        walks = {acme.requester: [*PORTAL, f"/cases/{cases[1].pk}/"], disa: [*DESK, f"/desk/cases/{cases[1].pk}/"]}
        reported, opened = [], 0
        for person, paths in walks.items():
            window = window_of(person, width=1280)
            window.page.context.add_init_script(LISTEN)
            with tagged_texts(said or [""]):
                for path in paths:
                    answer = window.page.goto(f"{window.url}{path}")
                    opened += answer.ok
                    reported += [f"{path}: {found}" for found in window.page.evaluate("window.reported")]
            reported += window.complaints

    say("SEC9 in Chromium", language=language, pages=opened, payloads=len(said), reported=reported)
    assert reported == []
    assert opened >= len(list(chain(*walks.values()))) - 2
