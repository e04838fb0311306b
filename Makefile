# What people and CI run. Needs Python 3.11, make and git, nothing else.

PYTHON := $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet install --require-hashes
TESTING := DJANGO_SETTINGS_MODULE=tests.settings
ON_SQLITE := env -u DATABASE_URL

.PHONY: run test bench requirements
.DELETE_ON_ERROR:

run: .venv/product
	@$(BIN)/python manage.py migrate --verbosity 0
	@CHECK_URL_BASE=http://127.0.0.1:$(PORT) $(BIN)/python manage.py load_demo
	@$(BIN)/python manage.py collectstatic --no-input --verbosity 0
	@echo "qatracker is at http://127.0.0.1:$(PORT)/ - Ctrl-C ends it."
	@CHECK_URL_BASE=http://127.0.0.1:$(PORT) exec $(BIN)/gunicorn qatracker.wsgi \
		--bind 127.0.0.1:$(PORT) --workers 2 --threads 2 --log-level warning

test: .venv/tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	@$(ON_SQLITE) $(TESTING) $(BIN)/python manage.py makemigrations --check --dry-run
	@address=$$($(BIN)/python tests/postgres.py) && if [ -n "$$address" ]; then \
		DATABASE_URL=$$address $(BIN)/pytest -q -n 2; fi
	@$(ON_SQLITE) $(BIN)/pytest -q -n 2

bench: .venv/benchmarks
	@$(ON_SQLITE) $(TESTING) $(BIN)/python -m tests.benchmarks

# A file in .venv says what is installed there, so that a second run is quick.
.venv/product: requirements.txt
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) -r requirements.txt
	@touch $@

.venv/tests: .venv/product tests/requirements.txt
	$(PIP) -r requirements.txt -r tests/requirements.txt
	@touch $@

.venv/benchmarks: .venv/tests tests/benchmarks/requirements.txt
	$(PIP) -r requirements.txt -r tests/benchmarks/requirements.txt
	@touch $@

# Pins anew from pyproject.toml; needs pip-tools. Only what a set adds is in its file.
COMPILE := CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/pip-compile --quiet \
	--generate-hashes --strip-extras --allow-unsafe --no-emit-index-url \
	--no-emit-find-links --no-emit-trusted-host
NAMED := $(BIN)/python -c 'import sys, tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["project"] \
	["optional-dependencies"][sys.argv[1]], sep="\n")'
requirements:
	$(COMPILE) --output-file requirements.txt pyproject.toml
	$(NAMED) tests | $(COMPILE) --constraint requirements.txt \
		--output-file tests/requirements.txt -
	$(NAMED) benchmarks | $(COMPILE) --constraint requirements.txt \
		--output-file tests/benchmarks/requirements.txt -
