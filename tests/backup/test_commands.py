"""The commands that copy and restore: what they ask, say and refuse (rel13)."""

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import OperationalError, connection

from core.backup import installation, unfinished
from tests.backup.places import here
from tests.cast import a_provider

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The installation of the commands, in a folder of the test."""
    found = here(tmp_path)
    monkeypatch.setattr(installation, "current", lambda: found)
    return found


def test_rel13_a_copy_is_made_sealed_verified_and_refused_where_it_does_not_fit(place, tmp_path, capsys, settings, monkeypatch):
    a_provider()
    settings.BACKUP_PASSPHRASE = "a passphrase of some length"
    call_command("backup", tmp_path / "copy", encrypt=True)
    call_command("backup", tmp_path / "copy", encrypt=True, verify=True)
    said = capsys.readouterr().out
    assert "is written" in said
    assert "is whole and fits this installation" in said
    assert place.secret_key.encode() not in (tmp_path / "copy").read_bytes()

    with pytest.raises(CommandError, match="The archive is sealed"):
        call_command("restore", tmp_path / "copy")
    with pytest.raises(CommandError, match="There is something in this installation already"):
        call_command("restore", tmp_path / "copy", encrypt=True)
    monkeypatch.setattr("builtins.input", lambda _question: "no")
    with pytest.raises(CommandError, match="Nothing has changed"):
        call_command("restore", tmp_path / "copy", encrypt=True, replace=True)
    monkeypatch.setattr(installation, "current", lambda: here(tmp_path, sealing_keys=["another"]))
    with pytest.raises(CommandError, match=r"other keys \(SEALING_KEYS\)"):
        call_command("restore", tmp_path / "copy", encrypt=True, replace=True, no_input=True)
    settings.BACKUP_PASSPHRASE = "another passphrase altogether"
    with pytest.raises(CommandError, match="does not open"):
        call_command("backup", tmp_path / "copy", encrypt=True, verify=True)


def test_rel13_a_copy_that_fails_leaves_the_last_one(place, tmp_path, monkeypatch):
    (tmp_path / "copy").write_text("the last one")

    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.backup.making._put_files", fails)

    with pytest.raises(CommandError, match="No space left on device"):
        call_command("backup", tmp_path / "copy")
    assert (tmp_path / "copy").read_text() == "the last one"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["copy", "default"]


def test_rel13_nothing_is_served_and_no_database_opens_while_a_restore_is_unfinished(client, settings, tmp_path):
    settings.VAR = tmp_path
    unfinished.put(tmp_path, {})
    connection.close()

    answer = client.get("/")

    assert (answer.status_code, answer["Retry-After"]) == (503, "120")
    assert "This is being restored from a copy" in answer.text
    with pytest.raises(OperationalError, match="being restored"):
        connection.ensure_connection()
    unfinished.take(tmp_path)
    assert client.get("/").status_code == 302
