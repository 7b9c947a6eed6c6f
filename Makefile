# Every target sets the workspace up first, in .venv; a second run finds it ready. The demo needs less.
# Needs python3 (3.11 or newer), make, and a package index that pip knows.

PYTHON ?= python3
RUN := .venv/bin/python
RELEASE := PYTHONPATH=scripts:scripts/docs $(RUN) -m release
CODE := core packages scripts integration-tests conftest.py
PACKAGES := $(patsubst %/__init__.py,%,$(wildcard core/src/*/__init__.py packages/*/src/*/__init__.py))
TESTS := $(sort $(dir $(wildcard core/tests/*.py packages/*/tests/*.py scripts/tests/*.py integration-tests/*.py)))
DOCS := $(filter-out %/__main__.py,$(wildcard scripts/docs/*.py scripts/docs/startup/*.py))
SCALES := $(filter-out %/__main__.py %/server.py,$(wildcard scripts/scale/*.py))
# Some tests wait more than they work, so there is one worker more than the two cores of a small
# machine. A worker that has no test left takes over half of what another still has.
WORKERS := -n 3 --dist worksteal --timeout 120
CONFTESTS := $(wildcard $(addsuffix conftest.py,$(TESTS)))

# Tests start hundreds of interpreters; without bytecode each would compile all that it imports.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo docs docs-check docs-output conformance counterexamples mistakes guide-check matrix bench faults peers otel-check fuzz soak batch-check test check format lint types contracts isolated real-server web-clients pythons oldest newest build release-check front-picture bump clean

help: ## print these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## create .venv and install everything into it
	@$(PYTHON) scripts/bootstrap.py

demo: ## stream from every provider, with no key and no network
	@$(PYTHON) scripts/bootstrap.py --for-demo
	@$(RUN) scripts/demo.py

conformance: setup ## hold every provider to every law of the conformance kit, offline
	$(RUN) -m pytest $(WORKERS) integration-tests/test_conformance.py integration-tests/test_reliability.py

counterexamples: setup ## show that each law bites: its broken model breaks it and no other
	CONFORMANCE_EVERY_LAW=1 $(RUN) -m pytest -n 2 --timeout 300 packages/chat-conformance/tests/test_counterexamples.py

mistakes: setup ## run the kit on twenty mistakes, and write docs/mistakes.md
	$(RUN) scripts/write_mistakes.py

guide-check: setup ## follow the guide for a provider in a bare environment, from built wheels
	$(RUN) scripts/guide_check.py

matrix: setup ## run the conformance suite and write the support matrix and the list of laws
	$(RUN) scripts/support_matrix.py

docs: setup ## build the site of the documentation into site/ and check its links
	@$(RUN) scripts/docs/install.py docs
	@$(RUN) scripts/docs build

docs-check: docs ## look at the site in headless Chromium: links, console, requests, search, colours
	@$(RUN) scripts/docs/install.py docs-check
	@$(RUN) scripts/docs browser

.PHONY: web-check redis-check
web-check: setup ## drive the example page of chat-web in headless Chromium, and take its pictures
	@$(RUN) scripts/docs/install.py docs-check
	CHAT_WEB_PROCESSES=1 $(RUN) -m pytest -q --timeout 120 packages/chat-web/tests/test_web_shutdown.py
	@$(RUN) scripts/web_check.py $(WEB)

redis-check: setup ## hold the Redis store of chat-web to its rules on a real redis-server
	$(RUN) scripts/redis_check.py

docs-output: setup ## write tables of parameters, and below each snippet what it prints
	$(RELEASE) pages
	$(RUN) scripts/docs outputs $(PAGES)

bench: setup ## measure speed beside SDKs and frameworks, and write docs/benchmarks.md
	$(RUN) scripts/bench $(BENCH)

faults: setup ## put every provider to every fault, print the table, write docs/faults.md
	$(RUN) scripts/faults.py

peers: setup ## put the same faults to an SDK and two frameworks, and write the table of the README
	PYTHONPATH=scripts:scripts/bench $(RUN) -m peer_faults

otel-check: setup ## spans beside Logfire, Langfuse and LangSmith, and in the collector Phoenix, on loopback
	$(RUN) scripts/otel_check.py

fuzz: setup ## let a fuzzer loose on every parser and decoder, 20 seconds each
	$(RUN) scripts/fuzz.py $(FUZZ)

soak: setup ## ten thousand streams one after another over each wire, and nothing may grow
	$(RUN) scripts/soak.py $(SOAK)

real-server: setup ## hold three wires to llama.cpp's own server, with a model of one megabyte
	$(RUN) scripts/real_server

web-clients: setup ## read the protocols of chat-web with the npm clients that define them (needs Node)
	$(RUN) scripts/web_clients.py

batch-check: setup ## kill -9 a batch of 1,000 rows twenty times: each row once, none asked again
	BATCH_ROWS=1000 BATCH_KILLS=20 $(RUN) -m pytest -s --timeout 500 packages/chat-batch/tests/test_killed_runs.py

.PHONY: ray scale
ray: setup ## ask a batch on a local cluster of Ray, one of whose two machines is killed half-way
	$(RUN) scripts/ray_check.py $(RAY)

scale: setup ## measure how far one process carries, and write docs/scale.md (SCALE=small for less)
	$(RUN) scripts/scale --size $(or $(SCALE),full)

test: setup ## run every test, on loopback alone; show the branch coverage of core
	$(RUN) -m pytest $(WORKERS) --cov --cov-report=term core/tests
	$(RUN) -m pytest $(WORKERS) packages/*/tests integration-tests scripts/tests

pythons: setup ## run the tests on every Python from 3.11 to 3.14 that is here, and name the others
	$(RUN) scripts/compatibility.py pythons -- $(TEST)

oldest: setup ## run the tests with the oldest versions that the distributions allow
	$(RUN) scripts/compatibility.py oldest -- $(TEST)

newest: setup ## run the tests with the newest releases of everything
	$(RUN) scripts/compatibility.py newest -- $(TEST)

check: lint types contracts test docs real-server isolated ## all that must hold before a merge

format: setup ## rewrite the code in the one format
	$(RUN) -m ruff format $(CODE)
	$(RUN) -m ruff check --fix $(CODE)

lint: setup ## format and lint rules, changing nothing
	$(RUN) -m ruff format --check $(CODE)
	$(RUN) -m ruff check $(CODE)

types: setup ## mypy --strict over code and tests
	$(RUN) -m mypy $(PACKAGES) $(TESTS) scripts/*.py conftest.py scripts/bench scripts/release scripts/peer_faults $(DOCS) $(SCALES) --exclude '/tests/conftest\.py$$'
	@# Two folders have a module called __main__, so each needs a run of its own too.
	MYPYPATH=packages/chat-terminal/tests $(RUN) -m mypy scripts/docs/*.py scripts/workspace.py scripts/bootstrap.py
	@# Every conftest.py is a module called conftest, so each needs a run of its own.
	@$(foreach file,$(CONFTESTS),$(RUN) -m mypy $(file) &&) true

contracts: setup ## who may import whom
	$(RUN) scripts/check_contracts.py

isolated: setup ## each provider alone in a fresh environment
	$(RUN) scripts/check_isolated_installs.py

build: setup ## wheels and sdists of every distribution into dist, contents checked
	$(RELEASE) build

release-check: build ## install each built distribution alone, run its README offline, and the kit
	$(RELEASE) check --laws "$(LAWS)"

front-picture: setup ## draw the terminal of the README from a run of its program
	$(RELEASE) picture

bump: setup ## a new version for every distribution: make bump VERSION=0.2.0
	$(RELEASE) bump "$(VERSION)"

clean: ## remove the environment and every cache
	rm -rf site build .web-clients .venv .venv-bench .venv-ray .venv-real-server .venv-release .venv-otel-check .venv-otel-collector .venv-compatibility dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
