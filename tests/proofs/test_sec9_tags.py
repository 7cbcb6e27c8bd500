"""SEC9. Whatever anybody wrote anywhere, it is text: on every page, in every mail and on every paper (OWASP ASVS 5, 1.2.1, 3.2.2)."""

import re
from collections import Counter

import pytest
import time_machine
from django.template.loader import render_to_string
from django.urls import reverse

from notices.models import Notice
from tests.cast import NOON, Cast, Client
from tests.internet import trap
from tests.journeys.belongings import belongings, browser_of
from tests.proofs import addresses
from tests.proofs.sizes import SIZE, say
from tests.proofs.tags import faults, payloads, tagged_texts

SHOWN = re.compile(r"alert\(|evil\.example|127\.0\.0\.1:|passwd")
ROUNDS = max(1, SIZE.tags // 40)


@pytest.mark.django_db
@time_machine.travel(NOON, tick=False)
def test_sec9_whatever_is_written_stays_text_on_every_page_mail_and_paper(cast: Cast, acme: Client):
    own = belongings(cast, acme)
    wrong: dict[str, list[str]] = {}
    kinds, shown = Counter[str](), set[str]()

    with trap() as listening:
        said = payloads(SIZE.tags, listening.port)
        for number in range(ROUNDS):
            with tagged_texts(said[number * 7 :] + said[: number * 7]):
                for address, person, ids in visits(own, cast, acme):
                    try:
                        response = browser_of(person).get(reverse(address, kwargs=ids))
                    except Exception as error:
                        wrong |= {address: [repr(error)[:300]]}
                        continue
                    kind = response.headers.get("Content-Type", "").split(";")[0]
                    kinds[f"{response.status_code} {kind}"] += 1
                    if kind == "text/html" and not response.streaming:
                        page = response.content.decode()
                        shown |= {address} if SHOWN.search(page) else set()
                        wrong |= {address: found[:5]} if (found := faults(page)) else {}
                for notice in Notice.objects.all():
                    found = faults(render_to_string("notices/mail.html", {"notice": notice}))
                    wrong |= {f"mail {notice.subject[:60]}": found[:5]} if found else {}

    say("SEC9", payloads=len(said), answers=dict(kinds), pages_that_show_one=len(shown), connections=listening.visits)
    assert wrong == {}
    assert listening.visits == 0
    assert len(shown) > 40
    assert kinds["200 application/pdf"] >= 6 * ROUNDS
    assert {kind for kind in kinds if kind.startswith("5")} <= {"503 text/plain"}  # /readyz: no job runs here


def visits(own, cast, acme):
    """Every address that can be opened, and who opens it with which ids."""
    everybody = (acme.approver, cast.max, cast.fia, cast.ada)
    for address in addresses.ours():
        if address.name in own:
            if not own[address.name].acts_only:
                yield address.name, own[address.name].person, own[address.name].ids
        elif not address.ids:
            yield from ((address.name, person, {}) for person in everybody)


def test_sec9_the_control_what_is_not_escaped_is_seen():
    telling = [payload for payload in payloads(200) if payload.startswith("<")]

    missed = [payload for payload in telling if not faults(f"<!doctype html><html><body><p>{payload}</p></body></html>")]

    assert len(telling) > 40
    assert missed == []
