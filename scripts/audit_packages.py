"""Whether weaknesses are known of what the product is made of: `make audit` asks PyPI about every pinned package.

PyPI answers with the advisories of the Python Packaging Advisory Database. What could not be asked counts as a failure:
silence is no good sign.
"""

import json
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from scripts.sbom import ROOT, Package, packages

PATIENCE_SECONDS = 20
ADDRESS = "https://pypi.org/pypi/{name}/{version}/json"
ACCEPTED: dict[str, str] = {}
"""Advisories that do not concern us, by id, each with the reason."""


def ask(package: Package) -> list[str]:
    """The advisories about this version, but for those withdrawn. Raises OSError or ValueError where PyPI cannot be asked."""
    address = ADDRESS.format(name=package.name, version=package.version)
    with urllib.request.urlopen(address, timeout=PATIENCE_SECONDS) as answer:  # noqa: S310  a constant address
        known = json.load(answer)["vulnerabilities"]
    return [f"{each['id']} {', '.join(each['aliases'])}".strip() for each in known if not each["withdrawn"] and each["id"] not in ACCEPTED]


def audit(names: list[Package], asked: Callable[[Package], list[str]] = ask) -> list[str]:
    """What is wrong: an advisory, or a package of which nothing could be learned."""

    def finding(package: Package) -> list[str]:
        try:
            return [f"{package.name} {package.version}: {advisory}" for advisory in asked(package)]
        except (OSError, ValueError, KeyError) as error:
            return [f"{package.name} {package.version}: could not be asked about ({type(error).__name__})"]

    with ThreadPoolExecutor(4) as asking:
        return [line for lines in asking.map(finding, names) for line in lines]


def main() -> int:
    """0 if every package was asked about and nothing is known of any."""
    names = list(
        {package.purl: package for lock in ("requirements-run.lock", "requirements.lock") for package in packages(ROOT / lock)}.values()
    )
    findings = audit(names)
    print("\n".join(findings) or f"Nothing is known of {len(names)} packages.")
    return 1 if findings or not names else 0


if __name__ == "__main__":
    sys.exit(main())
