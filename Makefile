# The commands of the project. `make` alone lists them; CI calls these and nothing else.

PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r
COMPILE := CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --strip-extras --allow-unsafe \
	--generate-hashes --no-annotate --no-emit-options --no-emit-index-url --no-emit-trusted-host $(LOCK_ARGS)

# What says who may call, or that others can reach this machine: then "make run" does not open the API by itself
SAID := ^ *(export +)?CHATTERKEEP_(API_AUTH *=|ENV[^a-z]+production|PUBLIC_URL[^a-z]+http|TRUSTED_(HOSTS|PROXIES)[^a-z0-9]+[a-z1-9.])

.DEFAULT_GOAL := help
.PHONY: help run test test-fast check fix lint types imports migrate migration lock bench chaos fuzz mutants docs-screenshots image clean

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' Makefile | sort | awk -F'|' '{ printf "%-26s %s\n", $$1, $$2 }'

run: .venv/installed ## the app on http://127.0.0.1:8000 (HOST, PORT and CHATTERKEEP_* are honoured)
	@{ env; cat .env 2>/dev/null; } | grep -qE '$(SAID)' || export CHATTERKEEP_API_AUTH=open; \
	exec $(BIN)/flask serve

test: .venv/installed-dev ## every test (ARGS="-k phone" to choose)
	@$(BIN)/pytest $(ARGS)

test-fast: .venv/installed-dev ## the pure domain and the rules of the house, in seconds
	@$(BIN)/pytest -n 0 tests/domain tests/rules $(ARGS)

check: lint types imports test ## all that CI asks for

fix: .venv/installed-dev ## format, and correct what can be corrected by itself
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

lint: .venv/installed-dev ## ruff: rules and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: .venv/installed-dev ## mypy, strict
	@$(BIN)/mypy

imports: .venv/installed-dev ## the layers: who may import whom
	@$(BIN)/lint-imports --no-logo

migrate: .venv/installed ## bring the database to the newest schema
	@$(BIN)/flask db upgrade

migration: .venv/installed-dev ## a new migration from the models (m="what changed")
	@$(BIN)/flask db migrate -m "$(or $(m),$(error say what changed: make migration m="..."))"

lock: .venv/installed-dev ## pin the dependencies again (LOCK_ARGS=--upgrade for the newest)
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(COMPILE) --extra dev --constraint requirements.txt --output-file requirements-dev.txt pyproject.toml

bench: .venv/installed-dev ## measure this machine, write the table of docs/performance.md
	@$(BIN)/python -m benchmarks $(ARGS)

chaos: .venv/installed-dev ## kill, freeze and restart a server under load, prove that nothing is lost (ARGS="--kills 20")
	@$(BIN)/python -m tests.chaos $(ARGS)

fuzz: .venv/installed-dev ## hold every answer against the OpenAPI document, and live in any order, for longer (ARGS="--lives 50")
	@$(BIN)/python -m tests.fuzz $(ARGS)

mutants: .venv/installed-dev ## change what decides who somebody is in every way: a test must notice (docs/testing.md)
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/mutmut run $(ARGS); $(BIN)/mutmut results

docs-screenshots: .venv/installed-dev ## the pictures of the README, from a real browser
	@$(BIN)/python -m tests.browser.screenshots

image: ## the container image chatterkeep:latest
	docker build --tag chatterkeep:latest .

clean: ## remove the virtual environment and caches; data/ stays
	rm -rf .venv mutants .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/installed: requirements.txt
	@command -v $(PYTHON) >/dev/null || { echo "No '$(PYTHON)' here. Install Python 3.11 or newer, or name one: make PYTHON=/path/to/python3.12 run" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version.split()[0]; sys.exit(None if sys.version_info >= (3, 11) else "ChatterKeep needs Python 3.11 or newer, and $(PYTHON) is " + v + ". Name a newer one: make PYTHON=python3.12 run")'
	@echo "Installing the pinned packages into .venv (once, and when requirements.txt changes) ..."
	@$(PYTHON) -m venv .venv && $(INSTALL) requirements.txt && touch $@

.venv/installed-dev: requirements-dev.txt .venv/installed
	@echo "Installing the tools for development into .venv ..."
	@$(INSTALL) requirements-dev.txt && touch $@
