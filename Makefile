# Every command a developer needs. `make demo` and `make test` do all their own set-up.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
TEST_WORKERS ?= 2

.DEFAULT_GOAL := help
.PHONY: help setup demo change-loop simulate test test-docs test-serve slow chaos fuzz chaos-mail test-apprise2 process lint format bench clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-14s %s\n", $$1, $$2}'

setup: $(READY) ## the virtual environment in .venv, with exact versions

$(READY): requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit("leadrelay needs Python 3.11 or newer") if sys.version_info < (3, 11) else None'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	$(BIN)/python -m compileall -q leadrelay notifications flows
	touch $(READY)

demo: $(READY) ## an invented company for three weeks: import, all flows, messages, explanations
	$(BIN)/python -m demo

change-loop: $(READY) ## one change of a rule, from the edit to the rollback, on the demo's data, timed
	test -e var/demo/leadrelay.toml || $(BIN)/python -m demo
	$(BIN)/python -m demo.change_loop

simulate: $(READY) ## an invented company for two years, 200 requests a day, audited every day
	$(BIN)/python -m simulation

test: $(READY) ## all tests but the slow targets below
	$(BIN)/python -m pytest --numprocesses $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder -m 'not slow and not serve and not docs'

test-docs: $(READY) ## every page of docs/: its commands work, and print what it shows (a minute)
	$(BIN)/python -m pytest --numprocesses $(TEST_WORKERS) --dist loadfile --no-loadscope-reorder -m docs

test-serve: $(READY) ## the real `leadrelay serve`, kills, a simulated week, the wheel by itself (4 minutes)
	$(BIN)/python -m pytest -m serve

slow: $(READY) ## all of what `make test` takes a sample of (minutes)
	$(BIN)/python -m pytest -m slow --timeout 1800

chaos: $(READY) ## 500 kills (-9) on each database, and what was lost or done twice (8 minutes)
	$(BIN)/python -m tests.chaos.driver

fuzz: $(READY) ## 100,000 mutated rule files, rows, payloads, forms and paths, and what failed (6 minutes)
	$(BIN)/python -m tests.fuzz.driver

chaos-mail: $(READY) ## delivery over SMTP, 100 kills (-9) over 1,000 messages on each database (4 minutes)
	LEADRELAY_CHAOS_MAIL=1 $(BIN)/python -m pytest -s tests/notifications/test_killed.py

test-apprise2: $(READY) ## the delivery tests on the newest Apprise 2
	.ci/apprise2

process: $(READY) ## docs/process.md anew, from the rules themselves
	$(BIN)/leadrelay rules book --output docs/process.md

lint: $(READY) ## ruff, mypy strict, floors of the house
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(READY) ## put every file in the house style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(READY) ## measure against peers and the bare floor, in one run
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --requirement benchmarks/requirements.txt
	$(BIN)/python -m benchmarks

clean: ## remove what these commands made
	rm -rf $(VENV) build dist var *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis
