"""REL7. PostgreSQL is killed again and again under jobs that issue invoices and send mail: everything is done once in the end."""

from tests.proofs.crash_mails import mails_in
from tests.proofs.own_postgres import killed_under
from tests.proofs.sizes import SIZE, say

CLIENTS_A_KILL = 15


def test_rel7_a_database_that_is_killed_under_jobs_leaves_nothing_undone_or_done_twice(tmp_path):
    clients = CLIENTS_A_KILL * (SIZE.kills + 1)
    served, found = killed_under("REL7 jobs", "tests.proofs.due_load", str(clients), str(tmp_path))
    kills, sent = len(served), mails_in(tmp_path)
    doubled = [times for times in sent.values() if times > 1]
    say("REL7 jobs (a PostgreSQL of its own)", kills=kills, clients=clients, lost=found["lost"], mails=len(sent), doubled=len(doubled))

    assert (found["wrong"], found["findings"], found["waiting"]) == ([], [], 0)
    assert (found["numbers"], found["series"], found["papers"], found["expiries"]) == (clients + 1, clients + 1, clients + 1, clients)
    assert sent.keys() == set(found["told"])
    assert found["lost"] > 0
    assert len(doubled) <= kills
    assert set(doubled) <= {2}
