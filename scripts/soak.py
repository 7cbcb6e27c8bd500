"""The proofs with their large numbers, on SQLite and on PostgreSQL: `make soak`. It takes hours, and writes a report.

`ARGS` are words that proofs have in their names (`rel7 rel9`); without any all run. The report, `var/soak-<time>.md`, holds
what docs/reliability.md quotes: date, commit, size of the machine, and the figures that each proof prints. DATABASE_URL names
the PostgreSQL database whose name the tests' own begins with; its user may create databases.
"""

import os
import platform
import re
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
POSTGRESQL = "postgres://postgres@127.0.0.1/tillgodo_soak"
PROOFS = ("tests/proofs", "tests/journeys/test_hostile_input.py", "tests/browser/test_policy.py", "tests/invoicing/test_check_invoices.py")
FIGURES = re.compile(r"^(REL|SEC|SPD)\d+\b.* seed \d+: ")


def main(words: list[str]) -> int:
    """Run all on one database after the other, and report. 0 if everything held."""
    begun = datetime.now(tz=UTC)
    report = ROOT / "var" / f"soak-{begun:%Y%m%d-%H%M}.md"
    report.parent.mkdir(exist_ok=True)
    size = os.environ.get("PROOF_SIZE", "large")
    written = [f"# Proofs, {size} numbers", "", f"{begun:%Y-%m-%d %H:%M} UTC, commit {_commit()}, {_machine()}", ""]
    failed = 0
    for name, database in (("SQLite", ""), ("PostgreSQL", os.environ.get("DATABASE_URL") or POSTGRESQL)):
        since = time.monotonic()
        lines, code = _run(words, size, database)
        failed += code != 0
        last = lines[-1] if lines else "nothing was said"
        written += [f"## {name}: {last}, {(time.monotonic() - since) / 60:.0f} min", ""]
        written += [f"- {line}" for line in lines[:-1]] + [""]
        report.write_text("\n".join(written))
    print(f"\n{report} has the figures.")
    return 1 if failed else 0


def _run(words: list[str], size: str, database: str) -> tuple[list[str], int]:
    """The lines with figures, and pytest's last one; and how it ended."""
    command = [str(Path(sys.executable).parent / "pytest"), "-q", "-p", "no:cacheprovider", "-rP", *PROOFS]
    command += ["-k", " or ".join(words)] if words else []
    ours = {"PROOF_SIZE": size, "EVERYTHING": "1"} | ({"DATABASE_URL": database} if database else {})
    found: list[str] = []
    last = ""
    with subprocess.Popen(command, cwd=ROOT, env=os.environ | ours, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as run:
        for line in run.stdout or ():
            print(line, end="", flush=True)
            found += [line.strip()] if FIGURES.match(line) else []
            last = line.strip(" =\n") or last
    return [*found, last], run.returncode


def _commit() -> str:
    return subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=False).stdout.strip()


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return f"{os.cpu_count()} cores, {memory:.0f} GiB, Python {platform.python_version()}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
