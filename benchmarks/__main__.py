"""`make bench`: measure, print a table of ratios, write the figures to `benchmarks/results/`, and audit the ledger.

A quick run: `make bench ARGS="--accounts 500 --entries 50000 --rounds 3 --seconds 1"`. With `--profile` it says where
the time goes instead. TEST_DATABASE_URL names a PostgreSQL server and a superuser of it; else 127.0.0.1:5432 is asked.
"""

import argparse
import os
import sys
import tempfile

import django

from benchmarks import database

SERVER = os.environ.get("TEST_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")


def main() -> int:
    """Make the database, and measure in it. 0 unless the audit found something wrong afterwards."""
    options = _options()
    address = database.address_of(SERVER, options.database)
    kept = options.reuse and database.exists(SERVER, options.database)
    if not kept:
        database.create(SERVER, options.database)
    with tempfile.TemporaryDirectory(prefix="tillgodo-bench-") as var:
        os.environ |= {"TILLGODO_VAR": var, "DATABASE_URL": address, "DJANGO_SETTINGS_MODULE": "config.settings"}
        django.setup()
        from benchmarks import measuring  # noqa: PLC0415 - models can be imported only now

        return measuring.run(options, address, fill=not kept)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--accounts", type=int, default=10_000, help="ordinary accounts")
    parser.add_argument("--entries", type=int, default=1_000_000, help="entries of the ordinary accounts together")
    parser.add_argument("--long", type=int, default=20, help="accounts with 10,000 entries each")
    parser.add_argument("--rounds", type=int, default=7, help="times that ours and the limit take turns; medians are shown")
    parser.add_argument("--seconds", type=float, default=2, help="of each turn")
    parser.add_argument("--seed", type=int, default=20261118, help="which accounts are chosen")
    parser.add_argument("--only", nargs="+", default=[], metavar="SPD", help="only these, for instance SPD1 SPD2")
    parser.add_argument("--profile", action="store_true", help="say where the time goes instead")
    parser.add_argument("--reuse", action="store_true", help="go on with the database of the last run")
    parser.add_argument("--database", default="tillgodo_bench", help="the database that is made anew for this")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
