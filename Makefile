# Common Ground. `make run` is enough to see it; `make help` lists the rest.

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

BIN := .venv/bin
TRANSLATIONS := translations
APP := .venv/.app
DEV := .venv/.dev
INSTALL := $(BIN)/python requirements/install.py
COMPILE := $(BIN)/uv pip compile --quiet --universal --generate-hashes --no-emit-index-url --no-emit-find-links --python-version 3.11

help: ## List what there is to do
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(APP) ## Start the portal with a demonstration city; prints where to look
	@$(BIN)/python -m demo

test: $(DEV) browser ## Run all tests, or some: make test ONLY=tests/house
	@$(BIN)/python -m compileall -q portal demo
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -rs --durations=10 --numprocesses 2 --dist worksteal $(ONLY)

check: $(DEV) ## Format, lint, types, import contracts, templates, translations, migrations
	@$(MAKE) --jobs 2 types layers templates catalogues style

quick: $(DEV) ## What to run while you work: format, lint, types of what changed, pure rules
	@$(MAKE) --jobs 2 types rules style

release: $(DEV) ## Make what is handed out of this version, in dist/: archive, wheel, packages, licences, hashes
	@$(BIN)/python requirements/release.py

chaos: $(DEV) ## Kill, cut and confuse everything for minutes: CHAOS_SECONDS=180 CHAOS_SEED=7
	CHAOS_SECONDS=$${CHAOS_SECONDS:-180} $(BIN)/python -m pytest --quiet --capture=no tests/chaos

night: $(DEV) browser wrk ## What is long, each part whatever became of the others: programs of a server, storms, measures
	@$(MAKE) --keep-going programs storms examples clocks mutants measures

mutants: $(DEV) ## Put deliberate faults into a copy and count those that no test sees (two hours): SEED=7 ONLY=gate
	$(BIN)/python -m tests.mutants --seed $${SEED:-1} --only "$(ONLY)"

# Each weekday, ten minutes before and after midnight, both changes of the hour, the last day of a month and of a year, and
# the day that most years lack. With a browser or PostgreSQL, which have clocks of their own, nothing is tried.
CLOCKS := 2027-03-14T00:10 2027-11-07T23:50 2028-02-29T23:50 2027-12-31T00:10 2027-05-31T23:50 2027-06-30T00:10 \
	2027-09-30T23:50 2027-07-31T00:10

clocks: $(DEV) ## Run the tests at other times (hours): make clocks CLOCKS=2028-02-29T23:50 ONLY=tests/meetings
	@failed=; for clock in $(CLOCKS); do \
		echo "At $$clock:"; \
		$(BIN)/python -m pytest --quiet --numprocesses 2 --dist worksteal --clock $$clock $(ONLY) || failed="$$failed $$clock"; \
	done; \
	test -z "$$failed" || { echo "Failed at$$failed" >&2; exit 1; }

examples:
	$(BIN)/python -m pytest --quiet --numprocesses 2 --dist worksteal --hypothesis-profile night -m hypothesis
programs:
	$(BIN)/python -m pytest -rs --night
storms:
	@$(MAKE) chaos
measures: wrk
	$(BIN)/python -m bench --quick

BENCHES := load growth texts-read
bench: $(DEV) browser wrk ## Measure the portal beside a bare Flask app (takes minutes); or a part: make bench load
	$(BIN)/python -m bench $(filter $(BENCHES),$(MAKECMDGOALS))

# `make bench load` measures that part alone.
$(BENCHES):
	@:

model: $(DEV) ## Learn again from portal/core/reading/examples what texts mean (some minutes)
	$(BIN)/python -m portal.core.reading.train

messages: $(DEV) ## Collect the texts of the interface, bring the catalogue up to date
	$(BIN)/pybabel --quiet extract --mapping babel.cfg --keywords lazy_gettext --keywords _l --no-location --sort-output \
		--project "Common Ground" --version "" --output $(TRANSLATIONS)/messages.pot portal demo
	$(BIN)/pybabel --quiet update --input-file $(TRANSLATIONS)/messages.pot --output-dir $(TRANSLATIONS) --locale es \
		--no-fuzzy-matching --ignore-obsolete --no-wrap --ignore-pot-creation-date

lock: $(DEV) ## Resolve the dependencies anew and lock them with hashes
	$(COMPILE) --upgrade pyproject.toml --output-file requirements/app.txt
	$(COMPILE) --upgrade pyproject.toml --extra dev --output-file requirements/dev.txt

format: $(DEV) ## Put the code into shape
	$(BIN)/ruff check --quiet --fix --exit-zero
	$(BIN)/ruff format --quiet

clean: ## Forget the environment and everything that was made; the data in var/ stays
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -prune -exec rm -rf {} +

.PHONY: help run test check quick release chaos clocks night mutants examples programs storms measures bench $(BENCHES) messages lock format clean browser wrk style types layers templates catalogues rules

# --- what the above needs ---

$(APP): requirements/app.txt | $(BIN)/python
	@echo "Installing what the portal needs (a minute, once) …"
	@$(INSTALL) requirements/app.txt
	@touch $@

$(DEV): requirements/dev.txt requirements/app.txt | $(BIN)/python
	@echo "Installing what the tests need (a minute, once) …"
	@$(INSTALL) requirements/dev.txt
	@touch $(APP) $@

$(BIN)/python:
	@for python in python3.13 python3.12 python3.11 python3; do \
		if $$python -c 'import sys, venv; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
			exec $$python requirements/environment.py .venv; \
		fi; \
	done; \
	echo "Python 3.11 or newer is needed." >&2; exit 1

# Parts of `check` and `quick`, two of which run at a time.
style:
	$(BIN)/ruff format --quiet --check
	$(BIN)/ruff check --quiet

# Only what changed since the last time, and what depends on it, is looked at anew.
types:
	$(BIN)/mypy

layers:
	$(BIN)/lint-imports

templates:
	$(BIN)/djlint --quiet --lint portal/templates demo/templates

catalogues:
	$(BIN)/python -m pytest --quiet tests/house/test_translations.py tests/house/test_migrations.py

rules:
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest --quiet --quick --numprocesses 2

# The journeys walk through the portal in a real browser.
browser:
	@if command -v chromium >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then as_root=env; elif sudo -n true 2>/dev/null; then as_root="sudo -n env"; else \
		echo "The tests need a browser: apt-get install chromium" >&2; exit 1; \
	fi; \
	echo "Installing Chromium for the tests …"; \
	$$as_root DEBIAN_FRONTEND=noninteractive apt-get -qq update && \
	$$as_root DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >/dev/null </dev/null

# Sends the requests that are measured.
wrk:
	@if command -v wrk >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ]; then as_root=env; elif sudo -n true 2>/dev/null; then as_root="sudo -n env"; else \
		echo "Measuring needs a load generator: apt-get install wrk" >&2; exit 1; \
	fi; \
	echo "Installing wrk …"; \
	$$as_root DEBIAN_FRONTEND=noninteractive apt-get -qq update && \
	$$as_root DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends wrk >/dev/null </dev/null
