"""What compose.yaml hands to the containers, and how long it waits for them to end (scripts/deployment.py asks compose itself)."""

import re

import pytest
import yaml
from django.conf import settings

from config import serving
from core.environment import VARIABLES
from scripts.deployment import OF_THE_IMAGE

COMPOSED = yaml.safe_load((settings.ROOT / "compose.yaml").read_text())
OURS = {name: service for name, service in COMPOSED["services"].items() if service.get("user") == "10001:10001"}


def test_everything_that_runs_our_image_is_ours():
    assert {name for name, service in COMPOSED["services"].items() if "tillgodo" in service["image"]} == set(OURS)


@pytest.mark.parametrize("name", OURS)
def test_every_variable_that_can_be_named_reaches_the_container(name):
    service = OURS[name]
    said = service["environment"]
    fixed = {
        variable.name for variable in VARIABLES if variable.name in said and not said[variable.name].startswith(f"${{{variable.name}:")
    }
    files = {path for each, path in said.items() if each.endswith("_FILE")}

    assert service["env_file"] == [".env"]  # where it says nothing below, what stands there is what the container has
    assert fixed == OF_THE_IMAGE
    assert files == {f"/run/secrets/{secret}" for secret in service["secrets"]}


def test_what_the_image_keeps_for_itself_is_what_the_image_says():
    image = (settings.ROOT / "Dockerfile").read_text().split("\nFROM ")[-1]
    said = OURS["web"]["environment"]

    assert {name: re.findall(rf"\b{name}=(\S+)", image) for name in sorted(OF_THE_IMAGE - {"PORT"})} == {
        name: [said[name]] for name in sorted(OF_THE_IMAGE - {"PORT"})
    }
    assert said["WEB_BIND"].endswith(f":{said['PORT']}")


def test_behind_the_proxies_of_deploy_people_have_addresses_of_their_own():
    """Each of the two sets X-Forwarded-For, and is the only one."""
    assert OURS["web"]["environment"]["TRUSTED_PROXIES"] == "${TRUSTED_PROXIES:-1}"
    assert "proxy_set_header X-Forwarded-For $remote_addr;" in (settings.ROOT / "deploy" / "nginx.conf").read_text()
    assert "X-Forwarded-For" not in (settings.ROOT / "deploy" / "Caddyfile").read_text()  # Caddy sets it by itself, and believes nobody
    assert "TRUSTED_PROXIES=1\n" in (settings.ROOT / "docs" / "running.md").read_text()


def seconds(said):
    """Of how compose and systemd say it: 40, 40s, 11m, 11min."""
    number, unit = re.fullmatch(r"(\d+)(|s|m|min)", said).groups()
    return int(number) * (60 if unit.startswith("m") else 1)


def test_who_is_told_to_end_may_finish_what_it_has_begun():
    waits = {name: seconds(service.get("stop_grace_period", "10s")) for name, service in OURS.items()}
    units = {
        path.stem: [seconds(said) for said in re.findall(r"^TimeoutStopSec=(\S+)$", path.read_text(), re.MULTILINE)]
        for path in (settings.ROOT / "deploy" / "systemd").glob("*.service")
    }

    assert min(waits["web"], *units["tillgodo-web"]) > serving.graceful_timeout
    assert min(*(waits[name] for name in OURS if name.startswith("worker")), *units["tillgodo-worker@"]) > settings.JOB_TIME_LIMIT
