PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: audit help up install web web-test pictures check test faults faults-nightly lock docs clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/'

up: install web ## Install, build the web app when Node is there, and run everything on this machine
	$(BIN)/proteus up

install: $(VENV)/.base ## Make .venv with everything that `proteus up` needs

$(VENV)/.base: requirements/embedded.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Proteus needs Python 3.11 or newer; set PYTHON=…")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements/embedded.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps -e .
	touch $@

$(VENV)/.dev: $(VENV)/.base requirements/dev.txt requirements/tools.txt
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements/dev.txt
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/tools.txt
	touch $@

HAS_NODE := node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null

web: ## Build the web app (needs Node 20 or newer; does nothing without it)
	@if $(HAS_NODE); then \
	  $(MAKE) --no-print-directory web/dist/index.html; \
	else \
	  echo "No Node 20 or newer here: serving the API without the web app."; \
	fi

WEB_SOURCES := $(shell find web samples -type f -not -path '*/node_modules/*' -not -path 'web/dist/*' -not -path 'web/public/samples/*' -not -path 'web/public/vendor/*' 2>/dev/null)

web/node_modules/.package-lock.json: web/package-lock.json
	cd web && npm ci --no-audit --no-fund
	touch $@

web/dist/index.html: web/node_modules/.package-lock.json $(WEB_SOURCES)
	cd web && npm run --silent build

check: $(VENV)/.dev ## Lint and check types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(VENV)/.dev web ## Install what tests need and run every test, on real servers and in a real browser
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 --dist loadscope
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --sort=cover --fail-under=90
	$(MAKE) --no-print-directory web-test

web-test: $(VENV)/.dev web ## Check and test the web app in Chromium (needs Node 20 and chromium)
	@if $(HAS_NODE); then \
	  cd web && npm run --silent check && npm run --silent test && npm run --silent budget && npm run --silent e2e; \
	else \
	  echo "No Node 20 or newer here: the web app was not tested."; \
	fi

pictures: $(VENV)/.dev web ## Take the documents' pictures of the web app anew
	cd web && PICTURES=../docs/images npm run --silent e2e -- -g picture

audit: $(VENV)/.dev ## Ask the public registers for known weaknesses of what is locked; a report, which needs the internet
	-$(BIN)/pip-audit --progress-spinner off --disable-pip --require-hashes -r requirements/embedded.txt
	-@if $(HAS_NODE); then cd web && npm audit --omit=dev; fi

faults: $(VENV)/.dev ## Break every part of a system during 500 jobs each and print what became of them (about 20 minutes)
	$(BIN)/proteus bench faults

faults-nightly: $(VENV)/.dev ## The same for 20 seeds (hours)
	$(BIN)/proteus bench faults --seeds 20

lock: ## Write the lock files anew from pyproject.toml (needs uv)
	requirements/lock.sh

docs: $(VENV)/.dev ## Rewrite the generated parts of the documents
	$(BIN)/python -m docs.generate

clean: ## Remove what was installed and built; data of `proteus up` stays
	rm -rf $(VENV) build dist web/dist web/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis
