"""With what a copy is sealed, as the commands are told: by the environment, a file, or a question."""

from argparse import ArgumentParser
from getpass import getpass
from pathlib import Path
from typing import Any

from django.conf import settings

from core.backup.errors import BackupFailed
from core.backup.sealed import Secret


def add_secrets(parser: ArgumentParser) -> None:
    """The options of both commands."""
    parser.add_argument("--encrypt", action="store_true", help="sealed with BACKUP_PASSPHRASE, or a passphrase that is asked for")
    parser.add_argument("--key-file", type=Path, metavar="FILE", help="sealed with the key in FILE: 32 bytes in URL-safe base64")


def secret_of(options: dict[str, Any], *, twice: bool) -> Secret | None:
    """What the options say; a passphrase for a new copy is asked for twice. Raises BackupFailed."""
    if file := options["key_file"]:
        try:
            return Secret.key(file.read_text())
        except (OSError, UnicodeDecodeError) as error:
            raise BackupFailed(f"The key cannot be read: {error}") from error
    if not options["encrypt"]:
        return None
    passphrase = settings.BACKUP_PASSPHRASE or getpass("Passphrase: ")
    if twice and not settings.BACKUP_PASSPHRASE and getpass("Once more: ") != passphrase:
        raise BackupFailed("The two are not the same. Nothing was written.")
    return Secret.passphrase(passphrase)
