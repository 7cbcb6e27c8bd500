# The two commands are `make run` and `make test`; both build what they need first.
.PHONY: help setup run test soak bench lock screenshots

help:
	@echo "make run    start Tillgodo on http://127.0.0.1:8000 (PORT= to change), with demo data on the first start"
	@echo "make test   run everything that CI runs"
	@echo "make soak   run the proofs of docs/reliability.md with their large numbers, on SQLite and PostgreSQL (hours)"
	@echo "make bench  measure the ledger and open slots beside the least possible, on PostgreSQL (ARGS=--help for more)"
	@echo "make setup  only build the environment in .venv"
	@echo "make lock   write requirements.lock anew from pyproject.toml (UPGRADE=--upgrade for newer versions)"
	@echo "make screenshots   make the pictures of the README anew from the demo data"

setup:
	@scripts/setup

run:
	@scripts/run

test: setup
	@.venv/bin/python -m scripts.test

soak: setup
	@PROOF_SIZE=large .venv/bin/pytest -q -p no:cacheprovider -rP tests/proofs
	@PROOF_SIZE=large DATABASE_URL=$${DATABASE_URL:-postgres://postgres@127.0.0.1/tillgodo_soak} .venv/bin/pytest -q -p no:cacheprovider -rP tests/proofs

bench: setup
	@.venv/bin/python -m benchmarks $(ARGS)

lock: setup
	@.venv/uv/bin/uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--custom-compile-command "make lock" --quiet --output-file requirements.lock $(UPGRADE)

screenshots: setup
	@.venv/bin/python -m scripts.screenshots
