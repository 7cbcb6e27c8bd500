"""REL7. PostgreSQL is killed again and again under people who post to the ledger: what was acknowledged is there, once."""

from tests.proofs.own_postgres import killed_under
from tests.proofs.sizes import say

CLIENTS = 8
ANSWERS_AGAIN_SECONDS = 5


def test_rel7_a_database_that_is_killed_loses_and_doubles_nothing_that_was_acknowledged():
    served, found = killed_under("REL7", "tests.proofs.posting_load", str(CLIENTS))
    told = sorted(when for _cause, _minutes, when in found["told"])
    waits = [min((when for when in told if when > since), default=since) - since for since in served]
    figures = {name: found[name] for name in ("refused", "lost", "missing", "doubled", "untold", "off")}
    say("REL7 (a PostgreSQL of its own)", kills=len(served), acknowledged=len(told), answers_again=f"{max(waits):.2f} s", **figures)

    assert (found["missing"], found["doubled"], found["untold"], found["off"]) == (0, 0, 0, 0)
    assert (found["wrong"], found["findings"]) == ([], [])
    assert found["lost"] > 0
    assert len(told) > len(served)
    assert max(waits) <= ANSWERS_AGAIN_SECONDS
