"""What the product is made of, as a CycloneDX 1.6 document: `make sbom` writes var/sbom.cdx.json.

It names what requirements-run.lock installs, with every hash, and what static/vendor.lock.json vendors. The same sources
give the same document.
"""

import json
import re
import tomllib
from base64 import b64decode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
LOCK = ROOT / "requirements-run.lock"
VENDORED = ROOT / "static" / "vendor.lock.json"
PLACE = ROOT / "var" / "sbom.cdx.json"
PINNED = re.compile(r"^(?P<name>[A-Za-z0-9._-]+)(\[[^\]]*\])?==(?P<version>[^\s;\\]+)")
HASH = re.compile(r"--hash=sha256:([0-9a-f]{64})")


@dataclass(frozen=True)
class Package:
    """One package of a lock, with the SHA-256 of every file it may come as."""

    name: str
    version: str
    hashes: tuple[str, ...]

    @property
    def purl(self) -> str:
        """Its package URL."""
        return f"pkg:pypi/{self.name.lower().replace('_', '-')}@{self.version}"


def packages(lock: Path = LOCK) -> Iterator[Package]:
    """What a lock names, in its order. Raises ValueError for a package without a hash."""
    for block in re.split(r"\n(?=[A-Za-z0-9])", lock.read_text()):
        pinned = PINNED.match(block)
        if pinned:
            hashes = tuple(HASH.findall(block))
            if not hashes:
                raise ValueError(f"{pinned['name']} has no hash in {lock.name}")
            yield Package(pinned["name"], pinned["version"], hashes)


def document() -> dict[str, Any]:
    """The bill of materials."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "component": {
                "type": "application",
                "name": project["name"],
                "version": project["version"],
                "licenses": [{"license": {"id": project["license"]}}],
            }
        },
        "components": [*map(_package, packages()), *_vendored()],
    }


def _package(package: Package) -> dict[str, Any]:
    """A wheel and a source have different hashes, and one name: all of them are listed as places to get it from."""
    files = [{"type": "distribution", "url": package.purl, "hashes": [{"alg": "SHA-256", "content": each}]} for each in package.hashes]
    return {
        "type": "library",
        "bom-ref": package.purl,
        "name": package.name,
        "version": package.version,
        "purl": package.purl,
        "externalReferences": files,
    }


def _vendored() -> Iterator[dict[str, Any]]:
    for asset in json.loads(VENDORED.read_text())["assets"]:
        purl = f"pkg:npm/{asset['name'].replace('@', '%40')}@{asset['version']}"
        yield {
            "type": "library",
            "bom-ref": purl,
            "name": asset["name"],
            "version": asset["version"],
            "purl": purl,
            "licenses": [{"license": {"name": asset["licence"]}}],
            "components": [_file(name, said) for name, said in asset["files"].items()],
        }


def _file(name: str, said: str) -> dict[str, Any]:
    content = b64decode(said.removeprefix("sha512-")).hex()
    return {"type": "file", "name": name, "hashes": [{"alg": "SHA-512", "content": content}]}


def main() -> None:
    """Write it."""
    PLACE.parent.mkdir(exist_ok=True)
    PLACE.write_text(json.dumps(document(), indent=1) + "\n")
    print(f"{len(document()['components'])} components in {PLACE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
