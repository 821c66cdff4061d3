# Skypact: `make run` and `make test` need nothing before them but Python 3.11 or newer.

PYTHON ?= python3
SCENARIO ?= gulf

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
CODE = src tests $(wildcard benchmarks scripts)
comma := ,
SKYPACT_CHROMIUM ?= $(shell command -v chromium || command -v chromium-browser || command -v google-chrome)

# What is installed is remembered in stamp files inside the environment: a step runs again when its lock changes.
MADE := $(VENV)/.made
RUNTIME := $(VENV)/.runtime
DEVELOPMENT := $(VENV)/.development
PROJECT := $(VENV)/.project

export SKYPACT_CHROMIUM

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help run test check chromium tshark docs bench data lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(PROJECT) ## Install what is needed and run a scenario (SCENARIO=gulf)
	@$(BIN)/skypact run $(SCENARIO)

test: check chromium tshark ## Every check and every test
	@echo "pytest"
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

check: $(PROJECT) $(DEVELOPMENT) ## Lint, types, import rules and documentation, without the tests
	@echo "ruff";         $(BIN)/ruff check -q . && $(BIN)/ruff format -q --check .
	@echo "mypy";         $(BIN)/mypy --strict --no-error-summary $(CODE)
	@echo "import rules"; report=$$($(BIN)/lint-imports --no-cache) || { echo "$$report"; exit 1; }
	@echo "docs";         report=$$($(BIN)/mkdocs build --strict 2>&1) || { echo "$$report"; exit 1; }

docs: $(PROJECT) $(DEVELOPMENT) ## Build the documentation into site/
	@report=$$($(BIN)/mkdocs build --strict 2>&1) || { echo "$$report"; exit 1; }
	@echo "site/index.html"

bench: $(PROJECT) $(DEVELOPMENT) ## Measure against peers; writes docs/benchmarks.md and .json
	@$(BIN)/python -m benchmarks

data: $(PROJECT) ## Rebuild the packaged region from its sources (needs npm; installs the large sources in .cache)
	@$(PYTHON) -m venv .cache/data && .cache/data/bin/python -m pip install -qq -r scripts/region-sources.txt
	@.cache/data/bin/python scripts/build_region.py

clean: ## Remove the environment, caches and what was built (never records of runs)
	@rm -rf $(VENV) .cache .hypothesis build dist site
	@find src tests benchmarks scripts docs -name __pycache__ -type d -prune -exec rm -rf {} + 2>/dev/null || true

# ---------------------------------------------------------------------------------------------- environment

$(MADE):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	    { echo "Skypact needs Python 3.11 or newer; '$(PYTHON)' is not. Try: make PYTHON=python3.12 ..."; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	    { echo "'$(PYTHON)' cannot make environments. On Debian or Ubuntu: apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(RUNTIME): $(MADE) requirements.lock
	@echo "Installing Skypact's libraries into $(VENV) (a minute or two the first time)"
	@$(PIP) install --require-hashes -r requirements.lock
	@touch $@

$(PROJECT): $(RUNTIME) pyproject.toml
	@$(PIP) install --no-deps --no-build-isolation --no-index -e .
	@touch $@

$(DEVELOPMENT): $(RUNTIME) requirements-dev.lock
	@echo "Installing the test tools into $(VENV) (a minute or two the first time)"
	@$(PIP) install --require-hashes -r requirements-dev.lock
	@touch $@

# What the tests need of the system. $(call system,where it is found,Debian's packages,which tests,another way)
define system
	@if [ -n "$(1)" ]; then :; \
	elif [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    echo "Installing $(firstword $(2)) for the $(3)"; \
	    report=$$(apt-get -qq update 2>&1 && DEBIAN_FRONTEND=noninteractive \
	        apt-get -qq -y install --no-install-recommends $(2) 2>&1) \
	        || { echo "$$report"; exit 1; }; \
	else \
	    echo "The $(3) need $(firstword $(2)): apt-get install $(firstword $(2)) (or the like)$(4)"; exit 1; \
	fi
endef

chromium:
	$(call system,$(SKYPACT_CHROMIUM),chromium fonts-liberation,browser tests,$(comma) or set SKYPACT_CHROMIUM)

tshark:
	$(call system,$(shell command -v tshark 2>/dev/null),tshark,tests of ASTERIX,)

# The locks are made by uv, in an environment of its own; they carry hashes and no address.
UV := .cache/lock/bin/uv
COMPILE := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	--no-emit-find-links --no-annotate --custom-compile-command "make lock"

lock: ## Resolve the locks again after a change of dependencies (UPGRADE=--upgrade for newer versions)
	@test -x $(UV) || { $(PYTHON) -m venv --clear .cache/lock && .cache/lock/bin/python -m pip -qq install 'uv>=0.9'; }
	@$(COMPILE) $(UPGRADE) --group build pyproject.toml -o requirements.lock
	@$(COMPILE) $(UPGRADE) --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	@$(COMPILE) $(UPGRADE) benchmarks/peer/requirements.in -o benchmarks/peer/requirements.txt
