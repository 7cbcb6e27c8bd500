from itertools import count

from core.models import Failure
from tests.cast import NOON, Cast, Client
from tests.journeys.belongings import Own

_things = count(1)


def failure_pages(cast: Cast, acme: Client) -> dict[str, Own]:
    """What failed for good, which is for administrators only."""
    ids = {"letter": f"failure:{a_failure().pk}"}
    others = [acme.approver, acme.requester, cast.tessa.person, cast.max, cast.fia]
    return {
        "desk-failure-retry": Own(ids, cast.ada, acts_only=True, strangers=others),
        "desk-failure-give-up": Own(ids, cast.ada, strangers=others),
    }


def a_failure(**facts: object) -> Failure:
    """An invoice whose documents could not be made five times in a row."""
    standing = {"job": "make the documents of invoices", "thing": f"invoicing.invoice:{next(_things)}", "attempts": 5, "since": NOON}
    standing |= {"last_at": NOON, "retry_at": NOON, "last_error": "OSError: No space left on device"}
    return Failure.objects.create(**standing | facts)
