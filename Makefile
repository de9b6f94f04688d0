# `make` alone lists what there is. Environment: PORT and VAR_DIR for the demo, PYTHON (3.11 or newer) for the venv.

# Distributions compile their Python with profile-guided optimisation. One that pyenv compiles is not unless told so, and
# takes a twentieth more processor time for each event (docs/decisions/0011-what-a-batch-costs.md).
PYTHON ?= $(shell /usr/bin/python3 -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	&& echo /usr/bin/python3 || echo python3)
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links
# The JavaScript clients that tests send events with; without Node those tests are skipped.
CLIENTS := tests/flows/clients
NODE_CLIENTS := $(and $(shell command -v node),$(shell command -v npm),$(CLIENTS)/node_modules/.package-lock.json)

.PHONY: help demo test bench lint schema lock clean
.DEFAULT_GOAL := help

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "%-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: .venv/installed ## Start Agora with four communities to look at on http://localhost:8000 (PORT=..., VAR_DIR=...)
	@$(BIN)/python manage.py demo

test: .venv/installed-dev $(NODE_CLIENTS) ## Run the tests; ARGS goes to pytest: make test ARGS="-k ledger"
	$(BIN)/pytest -n logical --dist worksteal $(ARGS)

bench: .venv/installed-dev ## Measure ingestion, rollups, the ledger and abuse patterns on this machine
	$(BIN)/python -m tests.bench $(ARGS)

lint: .venv/installed-dev ## Check style, types, imports, migrations and the API schema
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python -W 'ignore:Got an error checking' manage.py makemigrations --check --dry-run # needs no database
	@mkdir -p .venv/lint
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file .venv/lint/openapi.yaml
	@diff -u docs/reference/openapi.yaml .venv/lint/openapi.yaml || \
		{ echo 'docs/reference/openapi.yaml is not what the code says: run `make schema` and commit it' >&2; exit 1; }

schema: .venv/installed-dev ## Write docs/reference/openapi.yaml from the code
	$(BIN)/python manage.py spectacular --validate --fail-on-warn --file docs/reference/openapi.yaml

lock: .venv/installed-dev ## Pin the dependencies of pyproject.toml with hashes; ARGS=--upgrade for newer ones
	$(COMPILE) $(ARGS) --output-file deploy/requirements.lock
	$(COMPILE) $(ARGS) --group dev --output-file deploy/requirements-dev.lock

clean: ## Remove the venv and caches; the data in var/ stay
	rm -rf $(CLIENTS)/node_modules .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# A stamp is older than its lock when the lock has changed: what it pins is installed over what is there.
.venv/installed: deploy/requirements.lock | .venv/bin/python
	@echo 'Installing what $< pins (a minute at first) ...'
	@$(PIP) -r $< && touch $@

.venv/installed-dev: deploy/requirements-dev.lock | .venv/bin/python
	@echo 'Installing what $< pins (a minute at first) ...'
	@$(PIP) -r $< && touch $@ .venv/installed

$(CLIENTS)/node_modules/.package-lock.json: $(CLIENTS)/package-lock.json
	@echo 'Installing what $< pins ...'
	@npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --prefix $(CLIENTS) && touch $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Agora needs Python 3.11 or newer, and $(PYTHON) is $$($(PYTHON) --version 2>/dev/null || echo missing)." \
			"Name another one: make PYTHON=/path/to/python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -m venv .venv

# A venv whose Python is gone or whose making was interrupted is made anew.
ifneq ($(wildcard .venv),)
$(shell $(BIN)/python -m pip --version >/dev/null 2>&1 || rm -rf .venv)
endif
