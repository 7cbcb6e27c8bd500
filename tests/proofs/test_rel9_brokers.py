"""REL8, REL9. Two workers and two beats on a real broker: it loses everything, is cut off, and workers and beats are killed.

Every effect that was queued in the outbox and among what is due is there once in the end. A mail may go out twice where death
came between the server's word and our commit, with the same Message-ID.
"""

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from credits.audit import audit
from credits.ledger import Entry, EntryKind
from notices import outbox
from notices.delivery import message_id
from notices.models import Notice, NoticeState
from tests.cast import Client, a_client, a_provider
from tests.config.brokers import Broker, find
from tests.config.line import Line
from tests.config.processes import Crew, locked
from tests.credits.posting import figures, grant
from tests.left_out import cannot
from tests.proofs.sizes import SIZE, chance, say

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
LONG_AGO = datetime.now(tz=UTC) - timedelta(days=14)
EXPIRE = "expire credit whose last day is over"
SECONDS_A_MAIL = 0.1
"""So that there is a middle in which to die."""
TOMORROWS = "dashboard.jobs.run_of_the_next_release"


@pytest.fixture(params=["redis", "rabbitmq"])
def broker(request) -> Iterator[Broker]:
    try:
        found = find(request.param)
    except Exception as error:
        cannot(f"no {request.param} answers here: {error}")
    yield found
    found.clean_up()


@pytest.fixture
def line(broker) -> Iterator[Line]:
    line = Line(broker.url)
    yield line
    line.cut()


@pytest.fixture
def crew(broker, line, tmp_path) -> Iterator[Crew]:
    crew = Crew(broker, line.url, tmp_path, seconds_a_mail=SECONDS_A_MAIL)
    yield crew
    crew.dismiss()


def test_rel9_everything_queued_is_done_once_whatever_dies(broker, line, crew):
    clients = queued(SIZE.effects)
    begun = time.monotonic()
    broker.send_strange(TOMORROWS)
    dice, kills, lost = chance("REL9", broker.prefix[:4]), 0, 0
    workers, beats = [crew.worker(), crew.worker()], [crew.beat(), crew.beat()]
    for number in range(SIZE.kills):
        wanted = (number + 1) * SIZE.effects // (SIZE.kills + 2)
        crew.until(lambda wanted=wanted: pass_the_time() >= wanted)
        lost += broker.lose_everything()
        if number % 2:
            line.cut()
            time.sleep(0.2)
            line.mend()
        else:
            which = dice.randrange(2)
            workers[which].kill()
            workers[which] = crew.worker()
            beats[which].kill()
            beats[which] = crew.beat()
            kills += 1
    crew.until(lambda: pass_the_time() >= SIZE.effects and all(expired(client) for client in clients) and nothing_waits())
    seconds, sent = time.monotonic() - begun, Counter(crew.mails())
    doubled = [name for name, times in sent.items() if times > 1]
    say("REL9", broker=broker.url[:5], effects=SIZE.effects, kills=kills, messages_lost=lost, doubled=len(doubled), took=f"{seconds:.0f} s")

    assert sent.keys() == {message_id(notice) for notice in Notice.objects.all()}
    assert len(doubled) <= kills
    assert set(sent.values()) <= {1, 2}
    assert [expired(client) for client in clients] == [[-480]] * len(clients)
    assert [figures(client.account) for client in clients] == [(0, 0, 0, 0)] * len(clients)
    assert not Notice.objects.exclude(state=NoticeState.SENT).exists()
    assert audit().findings == []


@pytest.mark.parametrize("broker", ["redis"], indirect=True)
def test_rel9_a_message_that_is_handed_out_again_while_its_job_still_runs_does_nothing(broker, crew):
    (client,) = queued(0, late=1)
    soon = {"visibility_timeout": 1, "unacked_restore_interval": 1, "unacked_restore_throttle": 1}
    crew.worker(**soon)
    crew.worker(**soon)
    broker.send(EXPIRE)

    with locked(client.account):
        crew.until(lambda: crew.held_up() == 2)  # RabbitMQ hands out again what nobody acknowledged only when a connection ends
    crew.until(lambda: crew.succeeded(EXPIRE) >= 2)

    assert (expired(client), figures(client.account)) == ([-480], (0, 0, 0, 0))


def queued(notices: int, *, late: int = 3) -> list[Client]:
    """So many mails in the outbox, and clients whose credit's last day is over."""
    cast = a_provider()
    clients = [a_client(cast, f"Org{number}") for number in range(late)]
    for client in clients:
        grant(client.account, 480, expires_on=(LONG_AGO + timedelta(days=2)).date(), at=LONG_AGO)
    for number in range(notices):
        outbox.write(cause=f"test:{number}", person=clients[0].approver, subject=f"Word {number}", body="Hi", at=timezone.now())
    return clients


def expired(client) -> list[int]:
    """The minutes of each expiry."""
    return [entry.minutes for entry in Entry.objects.filter(account=client.account, kind=EntryKind.EXPIRY)]


def nothing_waits() -> bool:
    """Whether the outbox is empty, also of what the jobs themselves wrote."""
    return not Notice.objects.filter(state=NoticeState.WAITING).exists()


def pass_the_time() -> int:
    """How many mails are sent. Claims run out at once, as if their minute and a half had passed for whoever died with one.

    Those that are being sent at this moment are not taken away from their worker: that needs no clock (`core/alone.py`).
    """
    claimed = Notice.objects.filter(state=NoticeState.WAITING, attempts__gte=1, due_at__gt=timezone.now() + timedelta(minutes=1))
    if claimed.exists():
        claimed.update(due_at=timezone.now())
    return Notice.objects.filter(state=NoticeState.SENT).count()
