"""SEC14. While two people of one client ask for what costs much as fast as the proxy lets them, others wait hardly longer than before.

Each of the two over several connections at once, so that all that the proxy lets through comes.

On a real web server, by turns: a minute in which the others are alone, and a minute in which they are not. With small numbers only that
nobody meets an error; times are compared in the large run alone, on a machine that does nothing else.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from itertools import cycle, repeat
from pathlib import Path

import pytest
from django.urls import reverse
from django.utils import timezone

from sessions import feeds
from tests.cast import Client, a_client, a_provider
from tests.credits.posting import grant, worked
from tests.proofs.sizes import LARGE, SIZE, chance, say
from tests.proofs.web import Answers, Browser, a_web, session_of

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
EVERY_SECONDS = 0.25
CONNECTIONS = 4
MOST_TIMES_LONGER = 1.5
PROXY = Path(__file__).resolve().parents[2] / "deploy" / "nginx.conf"


def what_costs(client: Client) -> list[str]:
    """Papers, exports, open times, a calendar: what a page of theirs leads to."""
    token = feeds.make_feed(person=client.approver, at=timezone.now())
    of_account = [reverse(name, args=[client.account.pk]) for name in ("statement-pdf", "statement-csv", "statement-xlsx")]
    return [*of_account, reverse("session-new"), reverse("calendar-feed", args=[token])]


def what_is_looked_at(client: Client) -> list[str]:
    """The pages that everybody has open."""
    return [reverse("home"), reverse("statement", args=[client.account.pk]), reverse("sessions"), reverse("preferences")]


def let_through() -> int:
    """How many requests a second the proxy lets one address make (deploy/nginx.conf)."""
    (found,) = re.findall(r"limit_req_zone .* rate=(\d+)r/s;", PROXY.read_text())
    return int(found)


def asking(browser: Browser, paths: Sequence[str], over: threading.Event, pauses: Iterator[float]) -> Callable[[], None]:
    """Somebody who asks for one path after the other, each so long after the one before or when that is answered, until it is over.

    For every path at least once, however slow the machine is.
    """

    def ask() -> None:
        following = time.monotonic()
        for asked, (path, pause) in enumerate(zip(cycle(paths), pauses, strict=False)):
            if over.wait(max(0.0, following - time.monotonic())) and asked >= len(paths):
                return
            following = max(following, time.monotonic()) + pause
            browser.look(path)

    return ask


def of_people(number: int) -> Iterator[float]:
    """Seconds between one look and the next, never the same: two who fall into step slow each other in one minute and not in the next."""
    dice = chance("SEC14", number)
    while True:
        yield dice.uniform(0.5, 1.5) * EVERY_SECONDS


def at_once(asks: Sequence[Callable[[], None]], over: threading.Event) -> None:
    """All of them, for as long as a round lasts."""
    people = [threading.Thread(target=ask) for ask in asks]
    for person in people:
        person.start()
    over.wait(SIZE.neighbour_seconds)
    over.set()
    for person in people:
        person.join()


def test_sec14_others_wait_hardly_longer_while_one_client_asks_for_all_it_can(tmp_path, monkeypatch):
    monkeypatch.setenv("PROOF_LIMITED", "1")
    if SIZE is not LARGE:
        for kind in ("PAPERS", "EXPORTS", "SEARCHES"):
            monkeypatch.setenv(f"{kind}_A_MINUTE", "1")  # so that the second export of one round of paths is refused
    cast = a_provider()
    greedy, calm = a_client(cast, "Acme"), a_client(cast, "Borealis")
    for client in (greedy, calm):
        grant(client.account, 6_000)
        for _ in range(40):
            worked(client.account, 60)
    costly, pages = what_costs(greedy), what_is_looked_at(calm)
    theirs, ours = ([session_of(person) for person in (client.approver, client.requester)] for client in (greedy, calm))
    alone, beside, asked = Answers(), Answers(), Answers()
    with a_web(tmp_path) as web:
        rounds = [(Answers(), theirs)] + [(alone, []), (beside, theirs)] * SIZE.neighbour_rounds  # at first everything is loaded
        for answers, others in rounds:
            over = threading.Event()
            looking = [asking(Browser(web.port, session, answers), pages, over, of_people(n)) for n, session in enumerate(ours)]
            pause = CONNECTIONS * len(theirs) / let_through()
            pressing = [asking(Browser(web.port, session, asked), costly, over, repeat(pause)) for session in CONNECTIONS * others]
            at_once([*looking, *pressing], over)

    times = beside.p95() / alone.p95()
    shown = {str(status): number for status, number in sorted(asked.statuses.items())}
    say("SEC14 neighbours", p95=f"{alone.p95():.3f} s, beside {beside.p95():.3f} s: {times:.2f} times", asked=shown)
    assert (set(alone.statuses), set(beside.statuses), set(asked.statuses)) == ({200}, {200}, {200, 429})
    assert (alone.unanswered, beside.unanswered, asked.unanswered) == (0, 0, 0)
    if SIZE is LARGE:
        assert times <= MOST_TIMES_LONGER
