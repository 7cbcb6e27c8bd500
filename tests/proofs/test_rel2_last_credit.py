"""REL2. Credit for so many sessions, and twice as many clients who want one each at the same moment (rule C5)."""

from collections import Counter
from functools import partial

import pytest

from credits.audit import audit
from credits.ledger import Hold
from credits.models import CreditAccount
from tests.cast import a_client, a_provider
from tests.credits.posting import figures, grant, hold
from tests.proofs.crowd import Crowd
from tests.proofs.sizes import SIZE, say

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
AN_HOUR = 60


def test_c5_of_twice_as_many_as_there_is_credit_for_exactly_half_win():
    cast, won, lost = a_provider(), SIZE.last_credit, Counter[str]()
    for repeat in range(SIZE.last_credit_repeats):
        account = a_client(cast, f"Acme{repeat}").account
        grant(account, won * AN_HOUR)

        crowd = Crowd().seated(2 * won, partial(_take_one, account))

        lost += crowd.kinds()
        assert crowd.kinds() == {"answered": won, "NotEnoughCredit": won}
        assert figures(account) == (0, won * AN_HOUR, 0, won * AN_HOUR)
        assert crowd.most_inside >= 2

    say("REL2", clients=2 * won, repeats=SIZE.last_credit_repeats, of_each=dict(lost))
    assert audit().findings == []


def _take_one(account: CreditAccount, number: int) -> Hold:
    return hold(account, AN_HOUR, cause=f"{account.pk}:session:{number}")
