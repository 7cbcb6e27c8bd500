"""Short ways to say what tests of acceptance say often."""

from datetime import datetime
from typing import Any

from credits.models import CreditAccount
from delivery import acceptance
from delivery.acceptance import Answer
from delivery.evidence import Evidence
from delivery.models import Acceptance, AcceptedBy, Estimate, PaysWith
from notices.models import Notice
from people.models import Person
from tests.cast import NOON, Cast, Client
from tests.delivery.scene import a_task, an_accepted, an_offered

ADDRESS = "192.0.2.7"


def offered(cast: Cast, client: Client, *lines: Any, **content: Any) -> Estimate:
    """A first estimate that the client has: 24 000 without VAT, 30 000 with VAT, unless other lines are given."""
    tessa = cast.tessa.person
    return an_offered(a_task(client, tessa), tessa, cast.max, *lines, **content)


def change(cast: Cast, client: Client, *lines: Any, **content: Any) -> Estimate:
    """A change estimate that the client has, of a task whose first 24 000 are accepted."""
    tessa = cast.tessa.person
    return an_offered(an_accepted(client, tessa, cast.max), tessa, cast.max, *lines, **content)


def an_answer(estimate: Estimate, *, language: str = "en", way: AcceptedBy = AcceptedBy.PAGE, **fields: Any) -> Answer:
    """A yes to what was shown in this language."""
    digest = fields.pop("digest", None) or estimate.documents.get(language=language).digest
    return Answer(way, language, digest, address=ADDRESS, **fields)


def on_credit(account: CreditAccount, minutes: int) -> dict[str, Any]:
    """Paid from this account."""
    return {"pays_with": PaysWith.CREDIT, "account": account, "minutes": minutes}


def yes(estimate: Estimate, by: Person, *, at: datetime = NOON, **fields: Any) -> Acceptance:
    """`by` accepts on the page."""
    return acceptance.accept(estimate, an_answer(estimate, **fields), by=by, at=at)


def by_phone(person: Person, *, said_at: datetime = NOON, words: str = "Yes, do it", **fields: Any) -> Evidence:
    """What they said by phone."""
    return Evidence(person, fields.pop("way", AcceptedBy.PHONE), said_at, words=words, **fields)


def told(word: str) -> list[str]:
    """Whom a mail went to whose subject begins like that, by the first part of the address."""
    return sorted(notice.address.split("@")[0] for notice in Notice.objects.filter(subject__startswith=word))


def figures(estimate: Estimate) -> tuple[str, str, Any, Any]:
    """The states of the estimate and its task, and what is accepted and workable."""
    current = Estimate.objects.select_related("task").get(pk=estimate.pk)
    return current.state, current.task.state, current.task.accepted_net, current.task.workable_net
