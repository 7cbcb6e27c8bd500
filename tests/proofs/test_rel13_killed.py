"""REL13, REL8. A restore that is killed (kill -9) wherever it may be is begun anew, and comes to the same end."""

import time

import pytest
from django.db import connection

from core.backup import folders, making, postgresql, restoring, unfinished
from core.backup.errors import BackupFailed
from tests.backup.places import another, differences, finish, here
from tests.cast import NOON
from tests.credits.posting import grant
from tests.proofs.dying import killed_at
from tests.proofs.sizes import say

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PLACES = {
    "sqlite": {"writing over": (restoring, "_write_over"), "putting files in place": (folders, "put_in_place")},
    "postgresql": {
        "emptying": (postgresql, "empty"),
        "the first file, while the database is on its way": (folders, "begin"),
        "loading": (postgresql, "load"),
        "putting files in place": (folders, "put_in_place"),
    },
}[connection.vendor]
PATIENCE_TRIES = 200


def test_rel13_killed_at_every_named_point_it_is_begun_anew_and_comes_to_the_same_end(acme, tmp_path):
    grant(acme.account, 480)
    place = here(tmp_path)
    place.folders["files"].mkdir(parents=True)
    (place.folders["files"] / "a").write_bytes(b"a file")
    making.make(tmp_path / "copy", place, secret=None, at=NOON)
    kills = 0
    with another(tmp_path) as empty:
        for point in [f"{when} {place}" for place in PLACES for when in ("before", "after")]:
            kills += killed_at(point, lambda: restored(tmp_path, empty), places=PLACES)
            assert unfinished.path(empty.var).exists(), point
        restored(tmp_path, empty)

        assert differences() == ["notices_outgoinghold"]
        assert {name: path.read_bytes() for name, path in folders.files_in(empty.folders["files"])} == {"a": b"a file"}
        assert not unfinished.path(empty.var).exists()
    say("REL13 killed", kills=kills)
    assert kills == 2 * len(PLACES)


def restored(folder, into):
    """Restore, as soon as what the killed one had begun is gone from the database."""
    for _ in range(PATIENCE_TRIES):
        try:
            return restoring.restore(folder / "copy", into, secret=None, replace=False, finish=finish)
        except BackupFailed as error:
            if "others are connected" not in str(error):
                raise
            time.sleep(0.1)
    raise TimeoutError
