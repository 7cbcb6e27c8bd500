"""The reviewed table of who gets what with each form, filled in as its page would: `access_forms.txt`, beside this module (SEC1).

A row is an address by its name, a column is a role. `done` means that something changed; any other word is the status of
the answer, and nothing changed (`login`, `403`, `404` … as in `access_matrix.py`; `302` leads on without a change).

The forms are those of `writes.py`: about a client's things, filled in by who may send them. What they did is undone.

    ACCESS_MATRIX=write .venv/bin/pytest tests/proofs/test_sec1_forms.py

writes the table anew. Read the difference before you commit it: every `done` in it is a promise.
"""

from pathlib import Path

from tests.proofs.access_matrix import Table

FORMS = Table(Path(__file__).with_suffix(".txt"))
