"""Third-party assets are what the lock says, with their licences beside them."""

import base64
import hashlib
import json
from pathlib import Path

import pytest
from django.conf import settings

STATIC = Path(settings.ROOT) / "static"
LOCK = json.loads((STATIC / "vendor.lock.json").read_text())
LOCKED = {path: digest for asset in LOCK["assets"] for path, digest in asset["files"].items()}


@pytest.mark.parametrize("path", LOCKED)
def test_an_asset_is_the_one_that_was_locked(path):
    digest = hashlib.sha512((STATIC / path).read_bytes()).digest()

    assert LOCKED[path] == f"sha512-{base64.b64encode(digest).decode()}"


def test_nothing_is_vendored_that_the_lock_does_not_name():
    vendored = {str(path.relative_to(STATIC)) for path in (STATIC / "vendor").rglob("*") if path.is_file()}

    assert vendored == set(LOCKED)


@pytest.mark.parametrize("asset", LOCK["assets"], ids=lambda asset: asset["name"])
def test_every_asset_names_version_and_licence_and_keeps_its_text(asset):
    assert asset["version"]
    assert asset["licence"]
    assert asset["licence_file"] in asset["files"]


def test_no_asset_asks_for_a_file_that_is_not_shipped():
    asking = [path for path in LOCKED if path.endswith((".css", ".js")) and "sourceMappingURL" in (STATIC / path).read_text()]

    assert asking == []
