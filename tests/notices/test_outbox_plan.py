"""What is withdrawn is found by how its cause begins, however many notices were ever written (rule M4, REL15)."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from notices import outbox
from notices.models import Notice

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite reads them all: LIKE has no index there"),
]


@pytest.fixture
def many(acme):
    """Some thousands that wait for their hour, and one that is to be withdrawn."""
    told = {
        "person": acme.approver,
        "address": "anna@acme.example",
        "language": "en",
        "written_at": timezone.now(),
        "due_at": timezone.now(),
    }
    Notice.objects.bulk_create([Notice(cause=f"session:{number}:start:1:reminder:60", **told) for number in range(5_000)])
    Notice.objects.create(cause="session:77777:start:1:reminder:60", **told)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE notices_notice")


def test_m4_what_would_be_wrong_now_is_withdrawn_by_an_index(many):
    with CaptureQueriesContext(connection) as asked:
        assert outbox.withdraw_all(prefix="session:77777:start:1:reminder:") == 1
    found = next(query["sql"] for query in asked.captured_queries if query["sql"].startswith("SELECT") and "LIKE" in query["sql"])

    with connection.cursor() as cursor:
        cursor.execute(f"EXPLAIN {found}")
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "notice_by_cause" in plan, plan
    assert Notice.objects.count() == 5_000
