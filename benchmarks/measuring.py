"""One run: from the durable server to the table of ratios and the audit."""
# ruff: noqa: T201 - it reports on the terminal

import argparse
import json
import os
import platform
import statistics
from datetime import UTC, datetime
from pathlib import Path

import django

from benchmarks import calendars, comparisons, database, open_clocks, papers, preload, profiling, units
from benchmarks.comparisons import Result
from credits import audit

RESULTS = Path(__file__).parent / "results"
WITHOUT_HISTORY = frozenset({"SPD5", "SPD8", "SPD9", "SPD10"})
"""These do nothing that a long history of the ledger makes slower or quicker."""
SHORT = preload.Size(accounts=50, entries=1_000, long=0)


def run(options: argparse.Namespace, address: str, *, fill: bool) -> int:
    """Fill the database where it is new, then measure or profile in it. 0 unless the audit found something wrong."""
    size = _size(options)
    facts = _facts(options, size, address)
    print("\n".join(f"{name:20} {value}" for name, value in facts.items()), flush=True)
    if fill:
        print(f"\nWriting a history of {size.accounts:,} + {size.long} accounts …", flush=True)
        preload.fill(size)
    calendars.fill(options.seed)
    if options.profile:
        print("\n".join(profiling.report(units.clients(range(1, min(comparisons.SOME, size.accounts) + 1)))))
    else:
        _measure(options, address, size, facts)
    found = audit.audit()
    print(f"\nThe audit of {found.figures['entries']:,} entries found {len(found.findings)} faults.", *found.findings[:5], sep="\n  ")
    return 1 if found.findings else 0


def _measure(options: argparse.Namespace, address: str, size: preload.Size, facts: dict[str, str]) -> None:
    print(f"\n{'':5} {'unit':48} {'ours/s':>8} {'limit/s':>8} {'ratio':>6} {'target':>6}")
    results = []
    for comparison in comparisons.every(size, address=address, seed=options.seed, only=options.only):
        results.append(comparisons.run(comparison, rounds=options.rounds, seconds=options.seconds))
        print(_line(results[-1]), flush=True)
    if "SPD5" in (options.only or ["SPD5"]):
        print(*(f"SPD5  {line}" for line in open_clocks.report()), sep="\n", flush=True)
    if "SPD10" in (options.only or ["SPD10"]):
        print(*(f"SPD10 {line}" for line in papers.report()), sep="\n", flush=True)
    RESULTS.mkdir(exist_ok=True)
    path = RESULTS / f"{datetime.now(UTC):%Y%m%dT%H%M%SZ}.json"
    path.write_text(json.dumps({"facts": facts, "results": [_as_json(result) for result in results]}, indent=1))
    print(f"\nWritten to {path}.")


def _size(options: argparse.Namespace) -> preload.Size:
    """The history that is asked for; a short one where nothing that is measured reads it."""
    if options.only and set(options.only) <= WITHOUT_HISTORY:
        return SHORT
    return preload.Size(accounts=options.accounts, entries=options.entries, long=options.long)


def _facts(options: argparse.Namespace, size: preload.Size, address: str) -> dict[str, str]:
    """What the figures depend on. Raises NotDurable where commits could be lost."""
    return {
        **{f"PostgreSQL {name}": value for name, value in database.checked_durable(address).items()},
        "Python, Django": f"{platform.python_version()}, {django.get_version()}",
        "cores": str(os.cpu_count()),
        "accounts, entries": f"{size.accounts:,} with {size.entries:,}, and {size.long} with 10,000 each",
        "rounds": f"{options.rounds} of {options.seconds:g} s each, seed {options.seed}",
    }


def _line(result: Result) -> str:
    asked = result.comparison
    ours, limit = statistics.median(result.ours), statistics.median(result.limit)
    target = "" if asked.target is None else f"{asked.target:.3f}"
    return f"{asked.name:5} {asked.unit:48} {ours:8,.0f} {limit:8,.0f} {result.ratio:6.3f} {target:>6} {result.verdict}".rstrip()


def _as_json(result: Result) -> dict[str, object]:
    asked = result.comparison
    return {
        "name": asked.name,
        "unit": asked.unit,
        "clients": asked.clients,
        "ours_per_second": [round(rate, 1) for rate in result.ours],
        "limit_per_second": [round(rate, 1) for rate in result.limit],
        "ratio": round(result.ratio, 3),
        "target": asked.target and round(asked.target, 3),
    }
