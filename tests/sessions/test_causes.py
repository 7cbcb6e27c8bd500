"""What stands behind a line of the ledger, told to who may see it (rule C14)."""

import pytest

from credits.causes import Told
from sessions import causes
from tests.cast import NOON
from tests.sessions.factories import a_session

pytestmark = pytest.mark.django_db


def test_c14_a_cause_is_told_by_the_title_of_its_session(cast, acme, django_assert_num_queries):
    session = a_session(cast, acme, starts_at=NOON, title="Disk is full")
    asked = {f"session:{session.pk}:hold", f"session:{session.pk}:settlement:1", "session:999999:hold", "session:x", "session"}

    told = causes.told(asked, acme.requester)

    assert told == {
        f"session:{session.pk}:hold": Told("Disk is full", f"/sessions/{session.pk}/"),
        f"session:{session.pk}:settlement:1": Told("Disk is full", f"/sessions/{session.pk}/"),
    }


def test_c14_nobody_is_told_of_what_they_may_not_see(cast, acme, borealis):
    session = a_session(cast, acme, starts_at=NOON)

    assert causes.told([f"session:{session.pk}:hold"], borealis.approver) == {}
