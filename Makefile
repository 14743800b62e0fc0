# City Grants Portal. `make run` serves it, `make test` proves it; `make help` lists the rest.

SHELL := /bin/sh
PYTHON ?= python3
BIN := .venv/bin
ARGS ?=
LANGUAGES := en es fr ja pt ru sw zh ar
KEYWORDS := -k _ -k gettext -k ngettext:1,2 -k lazy_gettext -k lazy_ngettext:1,2 -k pgettext:1c,2 -k N_

# Dates and empty names in the heads of catalogues would make every run a change.
PLAIN_HEADER := sed -i.old -e '/^"POT-Creation-Date/d' -e '/^"PO-Revision-Date/d' -e '/^"Last-Translator: FULL/d' \
  -e '/^"Language-Team/d' -e '/^"Report-Msgid-Bugs-To/d' -e '/^\# FIRST AUTHOR/d' -e '/^\#, fuzzy$$/d'

.DEFAULT_GOAL := help
.PHONY: help run test bench lint format messages lock clean

help:  ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run:  ## install what is missing and serve on PORTAL_BIND (127.0.0.1:8000)
	@exec $(PYTHON) portal/install.py run

test:  ## install what is missing and run every check and test (ARGS="-k clocks" for some)
	@$(PYTHON) portal/install.py test $(ARGS)

bench: setup  ## measure the pages against the bare page (ARGS="--help" for sizes)
	@$(BIN)/portal bench $(ARGS)

lint: setup  ## style, types, imports, templates
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/djlint --quiet --lint templates

format: setup  ## put the code into its form
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .

messages: setup  ## collect the texts of the interface and bring every translation up to date
	@mkdir -p translations
	@$(BIN)/pybabel -q extract -F babel.cfg $(KEYWORDS) --add-comments=Translators: --sort-output --no-location \
	  --no-wrap --project="City Grants Portal" --version=1 --copyright-holder="The City Grants Portal authors" \
	  --msgid-bugs-address="" -o translations/messages.pot .
	@$(PLAIN_HEADER) translations/messages.pot && rm -f translations/messages.pot.old
	@for code in $(LANGUAGES); do \
	  po=translations/$$code/LC_MESSAGES/messages.po; \
	  if test -f $$po; then \
	    $(BIN)/pybabel -q update -N --no-wrap --ignore-obsolete --ignore-pot-creation-date \
	      -i translations/messages.pot -o $$po -l $$code; \
	  else \
	    $(BIN)/pybabel -q init --no-wrap -i translations/messages.pot -o $$po -l $$code; \
	  fi || exit 1; \
	  $(PLAIN_HEADER) $$po && rm -f $$po.old; \
	done

lock: setup  ## lock the packages named in pyproject.toml and package.json again (ARGS="--upgrade" for newer ones)
	@for line in "requirements.lock pyproject.toml" "requirements-dev.lock pyproject.toml --group dev -c requirements.lock" \
	  "requirements-uv.lock --group uv" "requirements-node.lock --group node"; do \
	  set -- $$line; file=$$1; shift; echo "$$file"; \
	  $(BIN)/uv pip compile "$$@" --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --no-annotate --quiet $(ARGS) -o $$file || exit 1; \
	done
	@PATH="$(CURDIR)/$(BIN):$$PATH" npm install --package-lock-only --no-progress
	@! grep -l -E -- '--index-url|--find-links|https?:' requirements*.lock
	@! grep -n '"resolved"' package-lock.json

clean:  ## remove everything that was installed or built; data in var/ stays
	@rm -rf .venv node_modules portal/static/vendor .cache .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache htmlcov .coverage*
	@find translations -name '*.mo' -delete 2>/dev/null || true
	@find portal forms tests migrations -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

.PHONY: setup
setup:
	@$(PYTHON) portal/install.py setup --dev
