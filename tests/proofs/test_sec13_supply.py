"""SEC13. What the product is made of is pinned and listed, and the repository holds no secret."""

import math
import re
import subprocess
import tomllib
from collections import Counter

import pytest
import yaml

from scripts import audit_packages, sbom
from tests.architecture.house import ROOT

DEPENDENCY = re.compile(r"^[A-Za-z0-9-]+")
PATTERNS = re.compile(
    r"-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----|\bAKIA[0-9A-Z]{16}\b"
    r"|\bsk_live_\w{16,}|\bgh[pousr]_\w{36}|\bxox[bp]-[\w-]{20,}|\bAIza[\w-]{35}"
)
NAMED = re.compile(r"""(?i)(?:secret|password|passwd|token|api_?key|private_?key)\w*["']?\s*[:=]\s*["']([\w+/=-]{20,})["']""")
FOR_TESTS = ("tests/", "static/vendor/", "requirements", "scripts/uv.lock.txt", "locale/")
"""Invented secrets, and files that are nothing but hashes: of these only what looks like a real key of a known service counts."""


def tracked():
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split("\0")
    return [name for name in listed if name and (ROOT / name).is_file()]


def entropy(text):
    return -sum(count / len(text) * math.log2(count / len(text)) for count in Counter(text).values())


def found_in(text, *, invented=False):
    named = [] if invented else [each for each in NAMED.findall(text) if entropy(each) > 3.8]
    return PATTERNS.findall(text) + named


def test_sec13_no_secret_is_kept_in_the_repository():
    found = {}
    for name in tracked():
        content = (ROOT / name).read_bytes()
        if b"\0" not in content[:8000] and (secrets := found_in(content.decode(errors="replace"), invented=name.startswith(FOR_TESTS))):
            found[name] = secrets
    assert found == {}
    assert [name for name in tracked() if name.endswith((".pem", ".key", ".env", ".sqlite3")) or name.startswith("deploy/secrets/")] == []


@pytest.mark.parametrize(
    "text", ["-----BEGIN " + "PRIVATE KEY-----", "AKIA" + "ABCDEFGHIJKLMNOP", 'API_KEY = "' + "q7Zp1xV9bK3mT5wR8yL2nC4d" + '"']
)
def test_sec13_the_search_finds_what_it_looks_for(text):
    assert found_in(text)


def test_sec13_what_runs_is_pinned_as_it_was_tested_and_holds_no_tool():
    runs, tested = (
        {package.purl: set(package.hashes) for package in sbom.packages(ROOT / name)}
        for name in ("requirements-run.lock", "requirements.lock")
    )
    names = {purl.split("/")[1].split("@")[0] for purl in runs}
    wanted = {
        DEPENDENCY.findall(each)[0].lower() for each in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    }

    assert {purl for purl, hashes in runs.items() if tested.get(purl) != hashes} == set()
    assert wanted - names == set()
    assert names & {"pytest", "mypy", "playwright", "ruff", "hypothesis"} == set()


def test_sec13_the_bill_of_materials_names_everything_once_with_its_hash():
    components = sbom.document()["components"]
    purls = [each["purl"] for each in components]

    assert len(purls) == len(set(purls)) > 80
    assert {"pkg:npm/htmx.org@2.0.11", "pkg:npm/%40event-calendar/build@5.10.1"} <= set(purls)
    assert all(each.get("externalReferences") or each.get("components") for each in components)


def test_sec13_an_audit_that_could_not_ask_fails():
    known = sbom.Package("known", "1", ("0",))
    silent = sbom.Package("silent", "2", ("0",))

    def asked(package):
        if package is silent:
            raise TimeoutError
        return ["GHSA-1"]

    assert audit_packages.audit([known, silent], asked) == ["known 1: GHSA-1", "silent 2: could not be asked about (TimeoutError)"]


def test_sec13_the_image_runs_as_nobody_and_installs_by_hash():
    last = (ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]

    assert re.search(r"^USER 10001:10001$", last, re.MULTILINE)
    assert "--require-hashes" in (ROOT / "Dockerfile").read_text()
    assert not re.search(r"\b(gcc|build-essential|-dev\b|uv\b)", last)
    assert "HEALTHCHECK" in last


def test_sec13_the_image_copies_the_database_that_it_is_run_with():
    last = (ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]

    (server,) = re.findall(r"^postgres:(\d+)-bookworm$", composed["database"]["image"])
    (client,) = re.findall(r"\bpostgresql-client-(\d+)\b", last)
    assert last.startswith("python:3.11-slim-bookworm\n")  # Debian 12, whose own PostgreSQL is 15
    assert server == client == "15"


def test_sec13_copies_are_sealed_and_made_by_a_role_that_only_reads_and_of_files_that_nothing_changes():
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    backup, restore = composed["backup"], composed["restore"]

    assert "--encrypt" in backup["command"][-1]
    assert "database_owner_url" not in backup["secrets"]
    assert backup["environment"]["DATABASE_URL_FILE"] == "/run/secrets/database_url"
    assert backup["volumes"] == ["files:/var/lib/tillgodo:ro", "${COPIES:-copies}:/copies"]
    assert restore["environment"]["DATABASE_URL_FILE"] == "/run/secrets/database_owner_url"
    assert restore["volumes"] == ["files:/var/lib/tillgodo", "${COPIES:-copies}:/copies:ro"]
    assert {service["environment"]["BACKUP_PASSPHRASE_FILE"] for service in (backup, restore)} == {"/run/secrets/backup_passphrase"}
    assert [service["profiles"] for service in (backup, restore)] == [["backup"], ["restore"]]
    assert re.search(r"install -d -o 10001 -g 10001 -m 700 .*/copies$", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    assert [
        name for name in ("backup", "restore") if f"docker compose run --rm {name} " not in (ROOT / "docs" / "backup.md").read_text()
    ] == []


def test_sec13_containers_keep_their_secrets_in_files_and_cannot_gain_rights():
    composed = yaml.safe_load((ROOT / "compose.yaml").read_text())

    for name, service in composed["services"].items():
        assert service["read_only"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "healthcheck" in service or name == "migrate", name
        assert name in ("database", "redis") or service["user"] == "10001:10001", name
        said = service.get("environment", {})
        assert not [
            each for each in said if re.search("SECRET|PASSWORD|KEY|TOKEN|_URL", each) and not each.endswith("_FILE") and each != "BASE_URL"
        ], name
    made = (ROOT / "deploy" / "make-secrets").read_text()
    assert [name for name in composed["secrets"] if f'keep("{name}"' not in made] == []
