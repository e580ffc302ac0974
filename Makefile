# One door to everything. `make` alone says what there is.
# Needs only make and Python 3.11 or newer; the rest is installed into .tools and .venv here.

PYTHON ?= python3
UV_VERSION := 0.13.9
# How many processes run the tests; 0 runs them in one.
WORKERS ?= auto
# After so many minutes `make soak` begins no further round.
MINUTES ?= 60
# What `make test` asks a Neo4j: what only it promises, and a part of what every store does.
ON_NEO4J := $(addprefix tests/conformance/, test_neo4j.py test_forgetting.py test_ties_held.py test_equal_walks.py)
# What else pytest should hear: make test-quick ARGS="-k ties"
ARGS ?=

UV := .tools/uv/bin/uv
BIN := .venv/bin
SYNCED := .venv/.synced
NEO4J := graph_service/neo4j_server
BROWSERS := chromium chromium-browser google-chrome

export UV_PYTHON_DOWNLOADS := never
export UV_PROJECT_ENVIRONMENT := .venv
export NO_COLOR := 1

MAKEFLAGS += --no-print-directory
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-neo4j test-quick soak lint format bench sdl jars server browser
.SILENT:

help: ## say what there is
	echo "trustnet: what make can do"
	echo
	awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(SYNCED) ## install everything it needs, into .venv

demo: setup ## make up a district of 2,000 subjects and serve it on this machine
	$(BIN)/trustnet demo

test: setup browser lint server ## check everything, but for what test-neo4j asks besides
	$(BIN)/python -m pytest -n $(WORKERS) -m "not neo4j" $(ARGS)
	$(BIN)/python -m pytest -m neo4j $(ON_NEO4J)

test-neo4j: setup server ## run every test that asks a Neo4j: about three quarters of an hour
	$(BIN)/python -m pytest -m neo4j $(ARGS)

test-quick: setup ## run the tests that need no Neo4j, stop at the first failure
	$(BIN)/python -m pytest -x -q -m "not neo4j" $(ARGS)

soak: setup ## let new random worlds happen for a while: make soak MINUTES=480
	end=$$(( $$(date +%s) + 60 * $(MINUTES) )); round=0; \
	while [ $$(date +%s) -lt $$end ]; do \
		round=$$(( round + 1 )); seed=$$(date +%s); \
		echo "round $$round, seed $$seed"; \
		TRUSTNET_SOAK=1 $(BIN)/python -m pytest -q -x -n $(WORKERS) -o timeout=0 --hypothesis-seed=$$seed \
			tests/properties $(ARGS) || exit 1; \
	done; \
	echo "$$round rounds, and nothing was found"

lint: setup ## style, types and floors
	echo "ruff check" && $(BIN)/ruff check --quiet
	echo "ruff format" && $(BIN)/ruff format --check --quiet || { \
		$(BIN)/ruff format --check | grep '^Would'; echo "make format puts this right"; exit 1; }
	echo "hadolint" && $(BIN)/hadolint Dockerfile
	echo "mypy" && $(BIN)/mypy --strict --no-error-summary graph_service schema loaders tests
	echo "lint-imports" && { found=$$($(BIN)/lint-imports 2>&1) || { echo "$$found"; exit 1; }; }

format: setup ## put the style right
	$(BIN)/ruff check --fix --quiet || true
	$(BIN)/ruff format

bench: setup ## measure the speed, as ratios in one run
	$(BIN)/python -m benchmarks $(ARGS)
	$(BIN)/python -m benchmarks.replays --store .bench/district-1000000-1000000.db

sdl: setup ## write schema/schema.graphql from the code
	$(BIN)/python -m schema.export

jars: ## lock the jars of Neo4j that pom.xml asks for, by their hashes (needs Maven)
	mkdir -p .tools/maven
	mvn --quiet --batch-mode --file $(NEO4J)/pom.xml -Dmaven.repo.local="$(CURDIR)/.tools/maven" \
		-Dmdep.outputFile="$(CURDIR)/.tools/jars.txt" -Dmdep.includeScope=runtime \
		org.apache.maven.plugins:maven-dependency-plugin:3.6.1:build-classpath
	tr ':' '\n' <.tools/jars.txt | sed 's|^$(CURDIR)/.tools/maven/||' | LC_ALL=C sort >.tools/jars.sorted
	cd .tools/maven && xargs sha256sum <../jars.sorted >../../$(NEO4J)/jars.sha256
	wc -l $(NEO4J)/jars.sha256

server: setup ## make sure that there is a Neo4j server for the tests
	test -n "$$TRUSTNET_TEST_NEO4J" || $(BIN)/trustnet neo4j fetch || { \
		echo "The tests need a Neo4j server. Let its jars be fetched as said above,"; \
		echo "or name a server whose data nobody needs: TRUSTNET_TEST_NEO4J=neo4j://user:password@host:7687/database"; \
		echo "or run the tests that need none: make test-quick"; \
		exit 1; }

browser: ## make sure that there is a browser for the tests
	for name in $(BROWSERS); do \
		if command -v $$name >/dev/null 2>&1; then exit 0; fi; \
	done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then \
		echo "installing chromium"; \
		log=$$(mktemp); \
		if DEBIAN_FRONTEND=noninteractive apt-get update >"$$log" 2>&1 && \
			DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends chromium >>"$$log" 2>&1; \
		then rm -f "$$log"; exit 0; fi; \
		tail -n 20 "$$log"; rm -f "$$log"; \
	fi; \
	echo "The tests open one page in a browser, and there is none here (looked for: $(BROWSERS))."; \
	echo "Install Chromium or Chrome so that one of these names is on the PATH; on Debian:"; \
	echo "  sudo apt-get install chromium"; \
	echo "or run the tests that need none: make test-quick"; \
	exit 1

# The stamps below make a second `make setup` quick: nothing runs unless what it was made from has changed.

$(SYNCED): $(UV)-$(UV_VERSION) pyproject.toml uv.lock
	echo "installing what uv.lock names into .venv"
	$(UV) sync --frozen --all-extras --quiet --python "$(PYTHON)"
	touch $@

$(UV)-$(UV_VERSION):
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "trustnet needs Python 3.11 or newer; $(PYTHON) is not."; \
		echo "Name another: make setup PYTHON=python3.12"; exit 1; }
	echo "installing uv $(UV_VERSION) into .tools"
	$(PYTHON) -m venv --clear .tools/uv || { \
		echo "Python's venv module is incomplete here; on Debian: sudo apt-get install python3-venv"; exit 1; }
	.tools/uv/bin/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	touch $@
