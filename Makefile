# Every command of this repository; `make` alone lists them.
# Each sets up what it needs in .venv, once: a second run starts at once.

PYTHON ?= python3
PORT ?= 8000
ARGS ?=

BIN := .venv/bin
PIP := $(BIN)/pip install -qq --disable-pip-version-check
UV := $(or $(wildcard $(BIN)/uv),uv)
COMPILE := $(UV) pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes --no-emit-index-url --no-header $(ARGS)
CODE := src tests $(wildcard benchmarks)

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
.PHONY: help demo test check format lint bench figures peers growth days long faults lock build clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
	@echo
	@echo "  PYTHON=python3.12 takes another Python, PORT=9000 moves the demo,"
	@echo "  ARGS='-k login' goes to pytest, to the benchmark, or to the lock."

demo: .venv/.run ## start simulator, service and mini-program; the page is on port 8000
	@exec $(BIN)/wxlogin demo --port $(PORT)

test: .venv/.dev ## run every test: Python, databases, mini-program, browser
	@scripts/system-packages
	@scripts/test $(ARGS)

check: lint test ## what CI runs: lint, then every test

lint: .venv/.dev ## formatting, ruff, types, and the arrows between rooms
	$(BIN)/ruff format --check $(CODE)
	$(BIN)/ruff check $(CODE)
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

format: .venv/.dev ## write code the way ruff wants it
	$(BIN)/ruff format $(CODE)
	$(BIN)/ruff check --fix $(CODE)

bench: .venv/.dev ## measure the service
	@exec $(BIN)/python -m benchmarks $(ARGS)

figures: .venv/.dev ## measure all that is said of its speed, beside others too (ARGS=--write keeps it)
	@scripts/system-packages
	@exec $(BIN)/python -m benchmarks.figures $(ARGS)

peers: .venv/.dev ## measure it beside Fastify, Go, better-auth, fastapi-users and Django REST alone
	@scripts/system-packages
	@exec $(BIN)/python -m benchmarks.figures --parts peers $(ARGS)

growth: .venv/.dev ## measure what refreshing does to the database, and its cost as sessions grow
	@exec $(BIN)/python -m benchmarks.growth $(ARGS)

days: .venv/.dev ## let bad days pass: WeChat hangs, a flood, a big database, SQLite under many
	@failed=0; for day in sqlite hang flood big; do echo "== $$day"; \
		$(BIN)/python -m benchmarks.bad_days $$day || failed=1; done; exit $$failed

long: .venv/.dev ## walk sessions, identities and merges for many random steps on each database
	@scripts/system-packages
	@HYPOTHESIS_PROFILE=long $(BIN)/python -m pytest tests/integration/test_session_walk.py \
		tests/integration/test_people_walk.py $(ARGS)

faults: .venv/.dev ## kill processes, databases and connections under 200,000 operations on each database
	@scripts/system-packages
	@exec $(BIN)/python -m tests.campaign $(ARGS)

build: .venv/.run ## make the wheel in dist/
	@$(BIN)/pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	@ls -1 dist/*.whl

lock: ## choose versions anew; needs uv (ARGS=--upgrade for the newest)
	$(COMPILE) pyproject.toml --all-extras -o requirements/run.txt
	$(COMPILE) requirements/build.in -c requirements/run.txt -o requirements/build.txt
	$(COMPILE) pyproject.toml --all-extras --group dev \
		-c requirements/run.txt -c requirements/build.txt -o requirements/dev.txt
	$(COMPILE) benchmarks/peers/requirements.in -o benchmarks/peers/requirements.txt

clean: ## remove everything that was made here
	rm -rf .venv benchmarks/.made benchmarks/peers/*/node_modules build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.python:
	@scripts/new-environment "$(PYTHON)"
	@touch $@

.venv/.run: .venv/.python requirements/run.txt requirements/build.txt pyproject.toml
	@echo "Installing what wxlogin needs into .venv …"
	@$(PIP) --require-hashes -r requirements/run.txt -r requirements/build.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.dev: .venv/.run requirements/dev.txt
	@echo "Installing what its tests need into .venv …"
	@$(PIP) --require-hashes -r requirements/dev.txt
	@touch $@
