"""What belongs to one installation: its database, the folders that matter, and the keys that are never kept with them."""

import hmac
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from django.conf import settings

SECRET_KEY = "SECRET_KEY"  # noqa: S105 - a name
SEALING = "SEALING_KEYS"


@dataclass(frozen=True)
class Installation:
    """One installation, so that a copy of it can be made, or it be made of a copy.

    `folders` maps the name that a folder has in archives to where it is.
    """

    alias: str
    var: Path
    folders: Mapping[str, Path]
    secret_key: str
    sealing_keys: Sequence[str]


def current() -> Installation:
    """That of the settings. Left out of VAR: the keys, which a copy must not hold, and what is collected or made anew."""
    return Installation(
        alias="default",
        var=settings.VAR,
        folders={"files": Path(settings.MEDIA_ROOT), "mail": Path(settings.MAIL_FOLDER)},
        secret_key=settings.SECRET_KEY,
        sealing_keys=settings.SEALING_KEYS,
    )


def version() -> str:
    """The product's own."""
    found: str = tomllib.loads((settings.ROOT / "pyproject.toml").read_text())["project"]["version"]
    return found


def fingerprints(installation: Installation, salt: bytes) -> dict[str, list[str]]:
    """By what the keys can be told apart, and nothing else: slow to try, with a salt of the archive."""
    sealing = [_fingerprint(key, salt) for key in installation.sealing_keys]
    return {SECRET_KEY: [_fingerprint(installation.secret_key, salt)], SEALING: sealing}


def missing_keys(installation: Installation, kept: Mapping[str, Sequence[str]], salt: bytes) -> list[str]:
    """The names of keys that the copy was made with and that the installation does not have."""
    ours = fingerprints(installation, salt)
    return [name for name in (SECRET_KEY, SEALING) if not all(_is_among(key, ours[name]) for key in kept.get(name, ()))]


def _fingerprint(key: str, salt: bytes) -> str:
    return Scrypt(salt=salt, length=16, n=2**14, r=8, p=1).derive(key.encode()).hex()


def _is_among(key: str, ours: Sequence[str]) -> bool:
    return any(hmac.compare_digest(key, other) for other in ours)
