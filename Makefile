# flowlake. `make` alone lists what there is to make.

PYTHON ?= python3
PORT ?= 8080
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
# Whole files to a worker: their fixtures are built once; the longest first, as tests/conftest.py
# says, not those with the most tests. A minute is slow, ten are a hang.
PYTEST := $(BIN)/pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder --timeout 600
SCRIPTS := .ci/run

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# All of Airflow's state stays in this folder, whatever this shell was set up for.
include deploy/airflow.env
export $(shell sed -n 's/^\([A-Z][A-Z_]*\)=.*/\1/p' deploy/airflow.env)
export AIRFLOW_HOME := $(CURDIR)/.airflow
export AIRFLOW__CORE__DAGS_FOLDER := $(CURDIR)/dags
export AIRFLOW__DATABASE__SQL_ALCHEMY_CONN := sqlite:///$(CURDIR)/.airflow/airflow.db
export PYTHONPATH := $(CURDIR)
# Airflow and Great Expectations take twice as long to import where bytecode is never kept.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s %s\n", $$1, $$2 }'

.PHONY: run
run: export FLOWLAKE_LAKE := $(CURDIR)/lake
run: $(INSTALLED) ## every DAG, in order, through Airflow on the bundled samples; ends in lake/warehouse.duckdb
	@$(BIN)/python -m flowlake.run_dags

.PHONY: test
test: $(INSTALLED) ## the test suite
	@$(PYTEST) -m "not slow"

.PHONY: test-slow
test-slow: $(INSTALLED) ## the tests that take minutes
	@$(PYTEST) -m slow

.PHONY: lint
lint: $(INSTALLED) ## style, types, import contracts, SQL, compose file, scripts
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/sqlfluff lint transforms/models
	$(BIN)/check-jsonschema --builtin-schema vendor.compose-spec docker-compose.yml
	bash -n $(SCRIPTS)

.PHONY: format
format: $(INSTALLED) ## rewrite Python and SQL in house style
	$(BIN)/ruff check --fix
	$(BIN)/ruff format
	$(BIN)/sqlfluff fix transforms/models

.PHONY: up
up: export FLOWLAKE_LAKE ?= $(CURDIR)/lake
up: export FLOWLAKE_DROP ?= $(CURDIR)/samples
up: $(INSTALLED) ## Airflow's UI on http://127.0.0.1:8080 with the same DAGs (PORT=… names another port)
	@$(BIN)/python deploy/up.py $(PORT)

.PHONY: bench
bench: $(INSTALLED) ## benchmarks, each against a named peer in the same run
	@$(BIN)/python -m bench

.PHONY: install
install: $(INSTALLED) ## .venv with what requirements.lock names (the other targets do it when needed)
	@:

$(INSTALLED): requirements.lock pyproject.toml deploy/install.py $(wildcard deploy/locks/*)
	@$(PYTHON) deploy/install.py

.PHONY: lock
lock: $(INSTALLED) ## resolve pyproject.toml again into requirements.lock
	$(BIN)/uv pip compile --only-binary :all: --universal --all-extras --generate-hashes --python-version 3.11 pyproject.toml -o requirements.lock

.PHONY: secrets
secrets: ## passwords and keys for docker compose, into deploy/secrets (git-ignored)
	@$(PYTHON) deploy/write_secrets.py

.PHONY: clean
clean: ## remove what make made, except the lake and the secrets
	rm -rf $(VENV) .airflow .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
