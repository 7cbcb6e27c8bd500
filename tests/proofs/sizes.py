"""How large the proofs are: small wherever the tests run, large by `make soak` (PROOF_SIZE=small or large).

All chance comes from one seed (PROOF_SEED), which every proof prints with its figures.
"""

import os
import random
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True, kw_only=True)
class Size:
    """The numbers of every proof."""

    bank_clients: int
    bank_organisations: int
    bank_acts: int
    bank_readers: int
    last_credit: int
    last_credit_repeats: int
    one_slot: int
    one_slot_repeats: int
    calendar_technicians: int
    calendar_days: int
    calendar_clients: int
    calendar_acts: int
    control_repeats: int
    at_once: tuple[int, ...]
    sequences: int
    steps: int
    entries: int
    clean_audits: int
    payloads: int
    calendars_in: int
    mails_in: int
    issuers: int
    issued_each: int
    papers: int
    guesses: int
    faults: int
    kills: int
    effects: int
    load_clients: int
    load_seconds: int
    soak_seconds: int
    neighbour_seconds: int
    neighbour_rounds: int
    strange_requests: int
    strange_forms: int
    tags: int
    logged_rounds: int
    mass_forms: int
    targets: int


SMALL = Size(
    bank_clients=8,
    bank_organisations=3,
    bank_acts=40,
    bank_readers=2,
    last_credit=8,
    last_credit_repeats=2,
    one_slot=10,
    one_slot_repeats=2,
    calendar_technicians=2,
    calendar_days=2,
    calendar_clients=6,
    calendar_acts=12,
    control_repeats=1,
    at_once=(2,),
    sequences=200,
    steps=8,
    entries=2_000,
    clean_audits=3,
    payloads=3,
    calendars_in=300,
    mails_in=300,
    issuers=8,
    issued_each=10,
    papers=12,
    guesses=30,
    faults=3,
    kills=2,
    effects=30,
    load_clients=6,
    load_seconds=2,
    soak_seconds=0,
    neighbour_seconds=3,
    neighbour_rounds=1,
    strange_requests=450,
    strange_forms=120,
    tags=15,
    logged_rounds=1,
    mass_forms=25,
    targets=8,
)
LARGE = Size(
    bank_clients=200,
    bank_organisations=20,
    bank_acts=125,
    bank_readers=4,
    last_credit=100,
    last_credit_repeats=20,
    one_slot=200,
    one_slot_repeats=50,
    calendar_technicians=30,
    calendar_days=14,
    calendar_clients=50,
    calendar_acts=60,
    control_repeats=10,
    at_once=(2, 5, 10),
    sequences=2_000,
    steps=50,
    entries=1_000_000,
    clean_audits=100,
    payloads=30,
    calendars_in=5_000,
    mails_in=20_000,
    issuers=50,
    issued_each=40,
    papers=500,
    guesses=1_000,
    faults=1_000,
    kills=100,
    effects=1_000,
    load_clients=200,
    load_seconds=60,
    soak_seconds=7_200,
    neighbour_seconds=60,
    neighbour_rounds=2,
    strange_requests=20_000,
    strange_forms=10_000,
    tags=200,
    logged_rounds=500,
    mass_forms=1_000,
    targets=1_000,
)

SIZE = {"small": SMALL, "large": LARGE}[os.environ.get("PROOF_SIZE", "small")]
SEED = int(os.environ.get("PROOF_SEED", "20261118"))


def chance(*names: object) -> random.Random:
    """The dice of whoever has these names: the same with the same seed."""
    return random.Random(f"{SEED}:{':'.join(map(str, names))}")


def seats() -> int:
    """How many can be served at once: PostgreSQL has 100 connections unless told otherwise, and we are not alone."""
    return 60 if connection.vendor == "postgresql" else 200


def say(proof: str, **figures: object) -> None:
    """Print what a proof did: pytest shows it with `-s` or `-rP`, and whenever the proof fails."""
    told = "  ".join(
        f"{name.replace('_', ' ')} {value:,}" if isinstance(value, int) else f"{name} {value}" for name, value in figures.items()
    )
    print(f"\n{proof} on {connection.vendor}, seed {SEED}: {told}", flush=True)  # noqa: T201 a proof shows its figures
