# The two commands are `make run` and `make test`; both build what they need first.
.PHONY: help setup run test test-all soak bench lock screenshots sbom audit

help:
	@echo "make run    start Tillgodo on http://127.0.0.1:8000 (PORT= to change), with demo data on the first start"
	@echo "make test   run everything that CI runs"
	@echo "make test-all   the same, with every test on PostgreSQL, too"
	@echo "make soak   run the proofs of docs/reliability.md with their large numbers, on SQLite and PostgreSQL, and write a report (hours; ARGS=rel9 for some of them)"
	@echo "make bench  measure the ledger and open slots beside the least possible, on PostgreSQL (ARGS=--help for more)"
	@echo "make setup  only build the environment in .venv"
	@echo "make lock   write requirements.lock anew from pyproject.toml (UPGRADE=--upgrade for newer versions)"
	@echo "make sbom   write what the product is made of to var/sbom.cdx.json (CycloneDX)"
	@echo "make audit  ask PyPI whether weaknesses are known of what it is made of; fails where it cannot ask"
	@echo "make screenshots   make the pictures of the README anew from the demo data"

setup:
	@scripts/setup

run:
	@scripts/run

test: setup
	@.venv/bin/python -m scripts.test

test-all: setup
	@EVERYTHING=1 .venv/bin/python -m scripts.test

soak: setup
	@.venv/bin/python -m scripts.soak $(ARGS)

bench: setup
	@.venv/bin/python -m benchmarks $(ARGS)

lock: setup
	@.venv/uv/bin/uv pip compile pyproject.toml --extra dev --generate-hashes --no-emit-index-url --universal --python-version 3.11 \
		--custom-compile-command "make lock" --quiet --output-file requirements.lock $(UPGRADE)
	@.venv/uv/bin/uv pip compile pyproject.toml --extra einvoice --extra payments --generate-hashes --no-emit-index-url --universal \
		--python-version 3.11 --custom-compile-command "make lock" --constraint requirements.lock --quiet --output-file requirements-run.lock

sbom: setup
	@.venv/bin/python -m scripts.sbom

audit: setup
	@.venv/bin/python -m scripts.audit_packages

screenshots: setup
	@.venv/bin/python -m scripts.screenshots
