# What people and CI run. Needs Python 3.11, make and git, nothing else.

PYTHON := $(shell command -v python3.11 || command -v python3)
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/pip --disable-pip-version-check --quiet install --require-hashes
TESTING := DJANGO_SETTINGS_MODULE=tests.settings
ON_SQLITE := env -u DATABASE_URL
# Handed out module by module: what the tests of one share is made in one process alone.
PYTEST := $(BIN)/pytest -q -n auto --maxprocesses 8 --dist loadfile --no-loadscope-reorder

# Asked first, so that nobody reads an address at which another program answers.
define PORT_IS_FREE
import socket, sys
place = socket.socket()
place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
try:
    place.bind(("127.0.0.1", int(sys.argv[1])))
except (OSError, OverflowError, ValueError) as why:
    sys.exit(f"Nothing was started: port {sys.argv[1]} cannot be used ({why}). "
             "Choose another: make run PORT=8001")
endef
export PORT_IS_FREE

define PYTHON_IS_FIT
import sys
if sys.version_info < (3, 11):
    sys.exit(f"qatracker needs Python 3.11 or later; this is {sys.version.split()[0]}.")
try:
    import ensurepip, venv
except ImportError:
    sys.exit("This Python cannot make environments: venv or ensurepip is missing. "
             "On Debian and Ubuntu: apt-get install python3-venv")
endef
export PYTHON_IS_FIT

# Compiled by one process, read by all others.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run test on-sqlite on-postgresql compiled check lint types templates \
	migrations advisories coverage hooks bench requirements
.DELETE_ON_ERROR:

run: .venv/product
	@$(BIN)/python -c "$$PORT_IS_FREE" $(PORT)
	@$(BIN)/python manage.py migrate --verbosity 0
	@CHECK_URL_BASE=http://127.0.0.1:$(PORT) $(BIN)/python manage.py load_demo
	@$(BIN)/python manage.py collectstatic --no-input --verbosity 0
	@echo "qatracker is at http://127.0.0.1:$(PORT)/ - Ctrl-C ends it."
	@CHECK_URL_BASE=http://127.0.0.1:$(PORT) exec $(BIN)/gunicorn qatracker.wsgi \
		--bind 127.0.0.1:$(PORT) --workers 2 --threads 2 --log-level warning

# The parts of the check and the suite on each database side by side, so that no core
# waits for the last of another; each says what it found when it ends.
test: .venv/tests
	@ADDRESS=$$($(BIN)/python tests/postgres.py) && \
		echo "The check and the suite run side by side; each speaks when it ends." && \
		export ADDRESS ON_BOTH=$${ADDRESS:+1} && \
		$(MAKE) --no-print-directory --old-file=.venv/tests --jobs $(SORTED) \
			lint types templates migrations on-sqlite $${ADDRESS:+on-postgresql}

# An older make mixes what they say.
SORTED := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

on-sqlite: compiled
	@$(ON_SQLITE) $(PYTEST)

on-postgresql: compiled
	@DATABASE_URL=$$ADDRESS $(PYTEST)

# By one process, while the parts of the check run: in a new checkout each process of
# both suites would else compile everything for itself. What is wrong the suites say.
compiled: .venv/tests
	@$(ON_SQLITE) $(BIN)/python -m pytest --collect-only -qq >/dev/null 2>&1 || :

# The parts of the check; `make test` takes them too, but for the advisories.
check: .venv/checks lint types templates migrations advisories

lint: .venv/tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: .venv/tests
	$(ON_SQLITE) $(BIN)/mypy

templates: .venv/tests
	$(BIN)/djlint --quiet templates

migrations: .venv/tests
	@$(ON_SQLITE) $(TESTING) $(BIN)/python manage.py makemigrations --check --dry-run

advisories: .venv/checks
	@$(BIN)/python tests/advisories.py $(ADVISORIES)

# Apart from the suite, which it would slow: lots/rules, lots/statistics, lots/evidence
# and reports/issuing, each by its own tests, every line.
COVERED := tests/rules tests/statistics tests/lots/evidence tests/reports/issuing \
	tests/lots/accounts/test_clock.py tests/test_printed_identity.py \
	tests/reports/status/test_periodic_failure.py
coverage: .venv/checks
	@$(ON_SQLITE) $(PYTEST) --cov --cov-report=term $(COVERED)

# Runs the parts of the check that a commit touches, before each commit.
hooks: .venv/checks
	@$(BIN)/pre-commit install

bench: .venv/benchmarks
	@$(ON_SQLITE) $(TESTING) $(BIN)/python -m tests.benchmarks

# A file in .venv says what is installed there, so that a second run is quick.
.venv/product: requirements.txt
	@test -n "$(PYTHON)" || { echo "qatracker needs Python 3.11; none is found." >&2; exit 1; }
	@$(PYTHON) -c "$$PYTHON_IS_FIT"
	@test -x $(BIN)/pip || $(PYTHON) -m venv .venv
	$(PIP) -r requirements.txt
	@touch $@

.venv/tests: .venv/product tests/requirements.txt
	$(PIP) -r requirements.txt -r tests/requirements.txt
	@touch $@

.venv/checks: .venv/tests tests/checks/requirements.txt
	$(PIP) -r requirements.txt -r tests/requirements.txt -r tests/checks/requirements.txt
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
	mkdir -p tests/checks
	$(NAMED) checks | $(COMPILE) --constraint requirements.txt \
		--constraint tests/requirements.txt --output-file tests/checks/requirements.txt -
	$(NAMED) benchmarks | $(COMPILE) --constraint requirements.txt \
		--output-file tests/benchmarks/requirements.txt -
