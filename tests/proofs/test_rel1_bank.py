"""REL1.

A bank: many clients move credit in every way while readers add everything up, and nothing is ever off (rules C5, C11,
C14, C15).
"""

import pytest

from tests.cast import a_provider
from tests.proofs.bank import Bank
from tests.proofs.crowd import Crowd
from tests.proofs.sizes import SIZE, say

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def test_c15_at_every_moment_opening_and_what_came_in_less_what_went_out_is_what_is_there():
    bank, crowd = Bank(a_provider(), organisations=SIZE.bank_organisations), Crowd()

    with bank.watched(SIZE.bank_readers):
        crowd.run(SIZE.bank_clients, lambda number: bank.serve(number, SIZE.bank_acts, crowd))

    done, refused = bank.done.total(), bank.refused.total()
    say("REL1", acts=done, refused=refused, looks=bank.looks, most_inside=crowd.most_inside, of_each=dict(bank.done))
    assert (crowd.errors, bank.errors) == ([], [])
    assert bank.seen == []
    assert bank.end() == []
    assert done + refused == SIZE.bank_clients * SIZE.bank_acts
    assert crowd.most_inside >= 2
    assert bank.looks >= 1
