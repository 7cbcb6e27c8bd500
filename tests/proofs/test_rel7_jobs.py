"""REL7. PostgreSQL is killed again and again under jobs that issue invoices and send mail: everything is done once in the end."""

import json
import os
import subprocess
import sys

from django.conf import settings

from tests.left_out import cannot
from tests.proofs.crash_mails import mails_in
from tests.proofs.own_postgres import killed_again_and_again, own_postgres
from tests.proofs.sizes import SIZE, say

CLIENTS_A_KILL = 15


def test_rel7_a_database_that_is_killed_under_jobs_leaves_nothing_undone_or_done_twice(tmp_path):
    clients = CLIENTS_A_KILL * (SIZE.kills + 1)
    with own_postgres() as server:
        if server is None:
            cannot("the programs of PostgreSQL are not here")
        jobs = subprocess.Popen(
            [sys.executable, "-m", "tests.proofs.due_load", str(clients), str(tmp_path)],
            cwd=settings.ROOT,
            env=os.environ | {"DATABASE_URL": server.address, "LOG_LEVEL": "CRITICAL"},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert jobs.stdout is not None
            assert jobs.stdout.readline() == "READY\n"
            kills = len(killed_again_and_again(server, "REL7 jobs"))
            said, _ = jobs.communicate(input="", timeout=600)
        finally:
            jobs.kill()
            jobs.communicate()
    found, sent = json.loads(said), mails_in(tmp_path)
    doubled = [times for times in sent.values() if times > 1]
    say("REL7 jobs (a PostgreSQL of its own)", kills=kills, clients=clients, lost=found["lost"], mails=len(sent), doubled=len(doubled))

    assert (found["wrong"], found["findings"], found["waiting"]) == ([], [], 0)
    assert (found["numbers"], found["series"], found["papers"], found["expiries"]) == (clients + 1, clients + 1, clients + 1, clients)
    assert sent.keys() == set(found["told"])
    assert found["lost"] > 0
    assert len(doubled) <= kills
    assert set(doubled) <= {2}
